"""People, animals and plants."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    Place,
    around,
    ball,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    outline,
    tube,
    turned,
)
from .structures import rod, union

ANIMAL = ("animal",)
PLANT = ("plant",)


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


def conifer(rng: Generator) -> Made:
    count, wide, trunk = number(rng, 2, 5), rng.uniform(0.25, 0.4), rng.uniform(0.1, 0.3)
    step = (1 - trunk) / (count + 0.7)
    cones = [
        cyl(
            wide * (1 - 0.7 * k / count), step * 1.8, (0, 0, trunk + step * k), top=0.01, sides=int(rng.choice([8, 32]))
        )
        for k in range(count)
    ]
    return Made(
        union([cyl(0.05, trunk + 0.1), *cones]),
        ("fir tree", "conifer", "pine tree", "Christmas tree", "tree"),
        between(wide, 0.29, 0.36, ("slim", "wide")),
        (f"with {counted(count, 'tier')}", "with a trunk"),
        PLANT,
        {"genus": 0},
    )


def broadleaf(rng: Generator) -> Made:
    """A crown of balls on branches, or bare."""
    tall, bare, count = rng.uniform(0.4, 0.8), chance(rng, 0.3), number(rng, 4, 8)
    parts = [tube([(0.03 * np.sin(5 * k), 0, tall * k) for k in np.linspace(0, 1, 12)], np.linspace(0.09, 0.05, 12))]
    for k in range(count):
        angle, rise = 2 * np.pi * k / count + rng.uniform(-0.3, 0.3), rng.uniform(0.15, 0.5)
        out = rng.uniform(0.2, 0.35)
        end = np.array([out * np.cos(angle), out * np.sin(angle), tall + rise])
        start = np.array([0, 0, tall * rng.uniform(0.75, 0.98)])
        parts.append(rod(start, end, 0.025))
        if bare:
            for turn in (-0.5, 0.5):
                way = np.array([np.cos(angle + turn), np.sin(angle + turn), 1.0]) * rng.uniform(0.12, 0.25)
                parts.append(rod((start + end) / 2, (start + end) / 2 + way, 0.014))
        else:
            parts.append(Manifold.sphere(rng.uniform(0.18, 0.28), 16).translate(tuple(end)))
    if not bare:
        parts.append(Manifold.sphere(0.3, 16).translate((0, 0, tall + 0.35)))
    return Made(
        union(parts),
        ("tree", "broadleaf tree", "deciduous tree"),
        ("bare", "leafless") if bare else ("leafy",),
        ("with bare branches",) if bare else ("with a round crown", "with a trunk"),
        PLANT,
    )


def palm(rng: Generator) -> Made:
    tall, bend, count = rng.uniform(0.8, 1.3), rng.uniform(-0.25, 0.25), number(rng, 6, 10)
    trunk = tube([(bend * k**2, 0, tall * k) for k in np.linspace(0, 1, 20)], np.linspace(0.06, 0.035, 20))
    t = np.linspace(0, 1, 14)
    long = rng.uniform(0.45, 0.65)
    spine = np.stack([long * t, 0 * t, 0.22 * np.sin(np.pi * t) - 0.35 * t**2], axis=1)
    leaf = tube(spine, 0.02 + 0.09 * np.sin(np.pi * np.clip(t, 0.03, 0.97)), 8).scale((1, 1, 1))
    leaf = leaf.warp_batch(
        lambda p: np.stack(
            [
                p[:, 0],
                p[:, 1],
                0.22 * np.sin(np.pi * np.clip(p[:, 0] / long, 0, 1))
                - 0.35 * (p[:, 0] / long) ** 2
                + 0.25
                * (p[:, 2] - 0.22 * np.sin(np.pi * np.clip(p[:, 0] / long, 0, 1)) + 0.35 * (p[:, 0] / long) ** 2),
            ],
            axis=1,
        )
    )
    crown = around(leaf, count).translate((bend, 0, tall))
    nuts = around(ball(0.05, (0.045, 0, tall - 0.05)), 3).translate((bend, 0, 0))
    return Made(
        union([trunk, crown, nuts]),
        ("palm tree", "palm", "coconut palm"),
        ("leaning",) if abs(bend) > 0.12 else ("upright",),
        (f"with {counted(count, 'leaf', 'leaves')}",),
        ("tree", *PLANT),
    )


def cactus(rng: Generator) -> Made:
    arms, thick, tall, potted = number(rng, 1, 4), rng.uniform(0.08, 0.12), rng.uniform(0.8, 1.2), chance(rng, 0.4)
    parts = [limb([(0, 0, 0), (0, 0, tall)], [thick, thick])]
    for k in range(arms):
        z, out, up = tall * rng.uniform(0.3, 0.6), thick + rng.uniform(0.12, 0.2), rng.uniform(0.2, 0.4)
        arm = limb([(0, 0, z), (out, 0, z + 0.04), (out + 0.02, 0, z + up)], [thick * 0.6, thick * 0.65, thick * 0.6])
        parts.append(arm.rotate((0, 0, 180 * k + 35 * (k // 2) * 2)))
    if potted:
        parts.append(cyl(0.16, 0.25, (0, 0, -0.25), top=0.22) + cyl(0.24, 0.06, (0, 0, -0.05)))
    else:
        parts = [union(parts) ^ box((9, 9, 9))]
    return Made(
        union(parts),
        ("cactus", "saguaro"),
        ("tall",),
        (f"with {counted(arms, 'arm')}", *(("in a pot",) if potted else ())),
        PLANT,
    )


def flower(rng: Generator) -> Made:
    petals, tall, wide = number(rng, 5, 9), rng.uniform(0.7, 1.1), rng.uniform(0.09, 0.13)
    petal = (
        ball(0.5, (0, 0, 0), (0.36, 2 * wide * 5 / petals + 0.04, 0.06))
        .translate((0.2, 0, 0))
        .rotate((0, -rng.uniform(5, 45), 0))
    )
    head = (
        union([around(petal, petals), ball(0.1, (0, 0, 0.02), (1, 1, 0.6))])
        .rotate((rng.uniform(10, 55), 0, 0))
        .translate((0, 0, tall))
    )
    leaf = ball(0.5, (0.17, 0, 0), (0.34, 0.12, 0.03)).rotate((0, -35, 0)).translate((0, 0, tall * 0.35))
    return Made(
        union([head, cyl(0.02, tall), leaf, leaf.rotate((0, 0, 180)).translate((0, 0, 0.1))]),
        ("flower", "blossom", "daisy"),
        (),
        (f"with {counted(petals, 'petal')}", "with a stem and two leaves"),
        PLANT,
    )


def mushroom(rng: Generator) -> Made:
    wide, tall, thick = rng.uniform(0.3, 0.5), rng.uniform(0.4, 0.8), rng.uniform(0.07, 0.14)
    high = rng.uniform(0.2, 0.4)
    a = np.linspace(0, 1.53, 20)
    cap = turned(
        np.concatenate([[thick], wide * np.cos(a)]), np.concatenate([[tall - 0.02], tall - 0.06 + high * np.sin(a)])
    )
    stem = turned(thick * np.array([1.3, 1.1, 0.9, 0.9]), np.array([0, 0.15, 0.6, 1.02]) * tall)
    dots = chance(rng, 0.4)
    parts = [cap, stem]
    if dots:
        parts += [
            around(ball(0.05, (wide * np.cos(e), 0, tall - 0.06 + high * np.sin(e))), n).rotate((0, 0, 40 * e))
            for e, n in ((0.4, 7), (0.95, 5))
        ]
    return Made(
        union(parts),
        ("mushroom", "toadstool", "fungus"),
        between(high, 0.25, 0.34, ("flat", "bell-shaped")),
        ("with a cap and a stem", *(("with dots",) if dots else ())),
        PLANT,
        {"genus": 0},
    )


LIVING: tuple[Named, ...] = (*(person, quadruped, bird, fish, conifer, broadleaf, palm, cactus, flower, mushroom),)
