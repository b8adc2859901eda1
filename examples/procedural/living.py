"""People, animals and plants."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import Made, Named, Place, ball, between, both, chance, cyl, either, outline, tube
from .structures import rod, union

ANIMAL = ("animal",)


def limb(points: list[Place], radii: list[float]) -> Manifold:
    """Balls at points, each hulled with the next."""
    balls = [Manifold.sphere(r, 14).translate(tuple(p)) for p, r in zip(points, radii, strict=True)]
    return union([Manifold.batch_hull([a, b]) for a, b in zip(balls, balls[1:], strict=False)])


def person(rng: Generator) -> Made:
    """Standing, the arms down, out, up, or one waving."""
    pose, wide, stance = either(rng, "down", "out", "up", "waving"), rng.uniform(0.17, 0.23), rng.uniform(0.08, 0.2)
    leg = limb(
        [(0.08, 0, 0.85), (0.08 + stance * 0.4, -0.01, 0.47), (0.08 + stance * 0.6, 0, 0.06)], [0.085, 0.06, 0.045]
    )
    foot = limb([(0.08 + stance * 0.6, 0.02, 0.04), (0.1 + stance * 0.7, -0.14, 0.035)], [0.04, 0.035])
    ends = {
        "down": [(0.08, 0, -0.28), (0.1, -0.03, -0.55)],
        "out": [(0.28, 0, -0.01), (0.55, 0, 0)],
        "up": [(0.15, 0, 0.25), (0.17, -0.02, 0.52)],
    }

    def arm(way: str) -> Manifold:
        shoulder = np.array([wide, 0, 1.38])
        return limb([shoulder, *(shoulder + e for e in ends[way])], [0.06, 0.045, 0.035]) + ball(
            0.05, shoulder + np.array(ends[way][1]) * 1.05
        )

    right = arm("up" if pose == "waving" else pose)
    left = arm("down" if pose == "waving" else pose).mirror((1, 0, 0))
    trunk = Manifold.batch_hull(
        [both(ball(0.08, (wide - 0.06, 0, 1.37))), both(ball(0.09, (0.08, 0, 0.9))), ball(0.1, (0, -0.02, 1.25))]
    )
    head = [ball(0.12, (0, 0, 1.68), (0.85, 1, 1.1)), cyl(0.05, 0.2, (0, 0, 1.42)), ball(0.02, (0, -0.12, 1.67))]
    skirt = chance(rng, 0.25)
    parts = [both(leg + foot), right, left, trunk, *head, *([cyl(0.3, 0.5, (0, 0, 0.45), top=0.14)] if skirt else [])]
    said = {
        "down": "with arms hanging down",
        "out": "with arms stretched out",
        "up": "with raised arms",
        "waving": "with one raised arm",
    }[pose]
    return Made(
        union(parts),
        ("person", "human", "man" if not skirt else "woman", "human figure"),
        ("standing",),
        (said, *(("with a skirt",) if skirt else ())),
        ("figure",),
    )


def quadruped(rng: Generator) -> Made:
    """A dog, horse, cow, cat, elephant or giraffe, by its proportions; looking to the left and front."""
    form = either(rng, "dog", "horse", "cow", "cat", "elephant", "giraffe", "pig", "sheep")
    #          legs, trunk length, thickness, neck forward, neck up, head length, head thickness, tail, leg thickness
    rows = {
        "dog": (0.42, 0.7, 0.16, 0.2, 0.25, 0.22, 0.09, 0.35, 0.045),
        "horse": (0.75, 0.95, 0.22, 0.3, 0.5, 0.36, 0.1, 0.55, 0.055),
        "cow": (0.55, 1.05, 0.3, 0.25, 0.15, 0.3, 0.13, 0.55, 0.065),
        "cat": (0.32, 0.6, 0.12, 0.13, 0.15, 0.08, 0.1, 0.5, 0.035),
        "elephant": (0.6, 1.0, 0.4, 0.22, 0.15, 0.15, 0.24, 0.4, 0.12),
        "giraffe": (1.0, 0.75, 0.22, 0.35, 1.15, 0.26, 0.08, 0.4, 0.05),
        "pig": (0.22, 0.75, 0.25, 0.15, 0.02, 0.2, 0.13, 0.12, 0.06),
        "sheep": (0.35, 0.7, 0.26, 0.18, 0.15, 0.2, 0.09, 0.12, 0.04),
    }
    high, long, thick, ahead, up, snout, skull, tail, leg = np.array(rows[form]) * rng.uniform(0.9, 1.1, 9)
    z, h = high + thick * 0.6, long / 2
    parts = [
        limb(
            [(-h + thick * 0.5, 0, z), (0, 0, z - 0.02), (h - thick * 0.5, 0, z)],
            [thick, thick * rng.uniform(0.9, 1.05), thick * 0.95],
        )
    ]
    chest = np.array([-h + thick * 0.2, 0, z + thick * 0.3])
    head = chest + (-ahead, 0, up + thick * 0.2)
    parts.append(limb([chest, head], [thick * 0.65, skull * 0.8]))
    parts.append(limb([head, head + (-snout, 0, -snout * 0.55)], [skull, skull * (0.65 if form != "pig" else 0.75)]))
    for x in (-h + thick * 0.6, h - thick * 0.6):
        for y in (-thick * 0.55, thick * 0.55):
            step = rng.uniform(-0.06, 0.06)
            parts.append(limb([(x, y, z), (x + 0.03, y, high * 0.5), (x + step, y, leg)], [leg * 1.7, leg * 1.1, leg]))
    lift = 0.3 if form in ("dog", "cat") else -0.8
    parts.append(
        limb(
            [
                (h - thick * 0.1, 0, z + thick * 0.4),
                (h + tail * 0.5, 0, z + thick * 0.4 + tail * lift * 0.4),
                (h + tail * 0.6, 0, z + tail * lift),
            ],
            [leg * 0.6, leg * 0.5, leg * 0.4],
        )
    )
    ears = {
        "elephant": ball(0.28, (0.12, 0.3, 0), (0.3, 0.9, 1.1)),
        "cow": rod((0, 0.08, 0.08), (0, 0.2, 0.25), 0.03),
        "pig": ball(0.07, (0, 0.1, 0.12), (0.5, 1, 1)),
    }
    ear_ = ears.get(
        form, limb([(0, skull * 0.55, skull * 0.6), (0.02, skull * 0.75, skull * 1.6)], [skull * 0.3, skull * 0.12])
    )
    parts.append(both(ear_, 1).translate(tuple(head)))
    if form == "elephant":
        parts.append(
            limb([head + (-0.15, 0, -0.05), head + (-0.4, 0, -0.35), head + (-0.42, 0, -0.75)], [0.12, 0.08, 0.05])
        )
    made = union(parts).rotate((0, 0, float(rng.choice([0, 90]))))
    having = {"elephant": ("with a trunk",), "giraffe": ("with a long neck",), "cow": ("with horns",)}.get(form, ())
    extra = {
        "horse": ("pony",),
        "cow": ("bull",),
        "dog": ("hound",),
        "pig": ("hog",),
        "cat": ("kitten",),
        "sheep": ("lamb",),
    }.get(form, ())
    return Made(
        made, (form, *extra), ("standing",), (*having, "on four legs"), (*ANIMAL, "quadruped", "mammal"), {"feet": 4}
    )


def bird(rng: Generator) -> Made:
    """Standing, or flying with spread wings."""
    flying, fat = chance(rng), rng.uniform(0.14, 0.2)
    parts = [
        limb([(0, 0.2, 0), (0, -0.12, 0.03), (0, -0.3, 0.16)], [fat * 0.6, fat, fat * 0.55]),
        ball(0.11, (0, -0.33, 0.22)),
    ]
    parts.append(cyl(0.035, 0.15, (0, 0, 0), top=0.004).rotate((90, 0, 0)).translate((0, -0.42, 0.21)))
    parts.append(Manifold.batch_hull([ball(0.04, (0, 0.25, 0)), both(ball(0.02, (0.1, 0.6, 0.02)))]))
    if flying:
        tip, back_ = rng.uniform(0.6, 0.9), rng.uniform(0.0, 0.25)
        wing = Manifold.batch_hull(
            [
                ball(0.03, (0.08, -0.15, 0.08)),
                ball(0.03, (0.08, 0.15, 0.06)),
                ball(0.02, (tip * 0.5, -0.16, 0.22)),
                ball(0.02, (tip * 0.5, 0.12, 0.2)),
            ]
        )
        wing += Manifold.batch_hull(
            [ball(0.02, (tip * 0.5, -0.16, 0.22)), ball(0.02, (tip * 0.5, 0.12, 0.2)), ball(0.012, (tip, back_, 0.2))]
        )
        parts.append(both(wing))
    else:
        leg = (
            rod((0.06, 0.02, 0), (0.07, 0, -0.32), 0.014)
            + rod((0.07, 0, -0.32), (0.07, -0.09, -0.33), 0.012)
            + rod((0.07, 0, -0.32), (0.11, -0.07, -0.33), 0.012)
        )
        parts += [both(leg), both(ball(0.2, (fat * 0.8, 0.05, 0.03), (0.25, 1, 0.55)))]
    having = ("with spread wings",) if flying else ("with folded wings", "on two legs")
    return Made(union(parts), ("bird",), ("flying",) if flying else ("standing",), (*having, "with a beak"), ANIMAL)


def fish(rng: Generator) -> Made:
    """Along X."""
    tall, thick, shark = rng.uniform(0.16, 0.3), rng.uniform(0.09, 0.14), chance(rng, 0.25)
    t = np.linspace(0, 1, 40)
    tall = 0.13 if shark else tall
    size = np.clip(np.sin(np.pi * t**0.75) ** 0.8, 0.05, 1) * np.where(t > 0.8, 1, 1) + 0.08
    body = tube([(k - 0.5, 0, 0) for k in t], size, 20).scale((1, thick, tall))
    tail = (
        outline([(0.4, 0), (0.72, 0.26), (0.62, 0), (0.72, -0.26)][::-1])
        .extrude(0.03)
        .rotate((90, 0, 0))
        .translate((0, 0.015, 0))
    )
    fin = (
        outline(
            [
                (-0.15, tall * 0.8),
                (0.2, tall * 0.6),
                (0.25 if shark else 0.1, tall + 0.15),
                (-0.05 + 0.15 * shark, tall + 0.17),
            ]
        )
        .extrude(0.025)
        .rotate((90, 0, 0))
        .translate((0, 0.012, 0))
    )
    side_ = Manifold.batch_hull(
        [
            ball(0.025, (-0.2, thick * 0.8, -0.05)),
            ball(0.012, (0.02, thick + 0.2, -0.12)),
            ball(0.012, (0.0, thick * 0.8, -0.05)),
        ]
    )
    eye = both(ball(0.025, (-0.36, thick * 0.75, 0.04)), 1)
    return Made(
        union([body, tail, fin, both(side_, 1), eye]),
        ("shark", "fish") if shark else ("fish",),
        between(tall, 0.18, 0.25, ("slim", "tall")),
        ("with fins", "with a tail fin"),
        ANIMAL,
    )


LIVING: tuple[Named, ...] = (*(person, quadruped, bird, fish),)
