"""What cuts, and what is swung: axes, saws, scissors, swords, keys."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    ball,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    outline,
    rectangle,
    ring,
    spread,
    tube,
)
from .structures import rod, union

TOOL = ("tool", "hand tool")


def axe(rng: Generator) -> Made:
    long, wide, double = rng.uniform(0.8, 1.1), rng.uniform(0.22, 0.34), chance(rng, 0.3)
    blade = Manifold.batch_hull(
        [
            box((0.14, 0.05, 0.08), (0, 0, -0.04)),
            *(
                box((0.01, 0.01, 0.01), (wide * c * 0.5, -0.3 + 0.05 * abs(c) ** 2, -0.005))
                for c in np.linspace(-1, 1, 9)
            ),
        ]
    )
    head = both(blade, 1) if double else blade + box((0.12, 0.1, 0.08), (0, 0.05, -0.04))
    bow = rng.uniform(0, 0.06)
    grip = tube([(0.1 - (long + 0.1) * k, bow * np.sin(2 * np.pi * k), 0) for k in np.linspace(0, 1, 20)], 0.035)
    return Made(
        grip + head,
        ("double axe", "battle axe", "axe") if double else ("axe", "hatchet"),
        (),
        ("with two blades" if double else "with a blade", "with a long handle"),
        TOOL,
    )


def saw(rng: Generator) -> Made:
    teeth, long, wide = number(rng, 14, 24), rng.uniform(0.8, 1), rng.uniform(0.16, 0.25)
    edge = [(long * k / (2 * teeth), -0.035 * (k % 2)) for k in range(2 * teeth + 1)]
    blade = outline([*edge, (long, wide * 0.5), (0, wide)]).extrude(0.015).translate((0, 0, 0.02))
    grip = rectangle(0.26, 0.28, 0.08) - rectangle(0.13, 0.15, 0.05)
    return Made(
        blade + grip.extrude(0.055).translate((-0.1, wide * 0.45, 0)),
        ("saw", "handsaw"),
        ("flat", "toothed"),
        ("with teeth", "with a closed handle"),
        TOOL,
        {"genus": 1},
    )


def scissors(rng: Generator) -> Made:
    opened, blade, eye = rng.uniform(8, 28), rng.uniform(0.5, 0.8), rng.uniform(0.1, 0.14)
    long = rng.uniform(0.25, 0.38)
    edge = outline([(-0.04, 0.0), (blade, 0.0), (0.08, 0.08), (-0.04, 0.07)]).extrude(0.02)
    arm = rod((0, 0.03, 0.012), (-long, -0.06, 0.012), 0.028) + ring(
        eye, 0.026, (-long - eye * 0.9, -0.06 - eye * 0.5, 0.012)
    )
    half = (edge + arm).rotate((0, 0, opened / 2))
    other = half.mirror((0, 1, 0)).translate((0, 0, 0.015))
    return Made(
        union([half, other, cyl(0.04, 0.06, (0, 0.0, -0.01))]),
        ("scissors", "pair of scissors", "shears"),
        ("open",),
        ("with two finger rings", "with two blades"),
        TOOL,
        {},
    )


def key(rng: Generator) -> Made:
    teeth, long, form = number(rng, 2, 5), rng.uniform(0.5, 0.8), either(rng, "round", "square")
    bow = (
        CrossSection.circle(0.17, 40) - CrossSection.circle(0.1, 32)
        if form == "round"
        else rectangle(0.3, 0.3, 0.06) - CrossSection.circle(0.06, 24).translate((-0.06, 0))
    )
    shank = CrossSection.square((long, 0.07), True).translate((0.13 + long / 2, 0))
    flat = bow + shank
    for k in range(teeth):
        depth = rng.uniform(0.06, 0.13)
        flat += CrossSection.square((0.035, depth), True).translate((0.13 + long - 0.02 - 0.07 * k, -0.03 - depth / 2))
    return Made(
        flat.extrude(rng.uniform(0.03, 0.07)),
        ("key", "door key"),
        ("flat",),
        (f"with {counted(teeth, 'tooth', 'teeth')}", f"with a {form} bow"),
        ("tool",),
        {"genus": 1},
    )


def sword(rng: Generator) -> Made:
    """A sword, a dagger, or a curved sabre; standing on its tip."""
    form = either(rng, "sword", "dagger", "sabre")
    long, wide, guard = (
        rng.uniform(0.8, 1) if form != "dagger" else rng.uniform(0.35, 0.45),
        rng.uniform(0.06, 0.09),
        rng.uniform(0.12, 0.2),
    )
    blade = Manifold.batch_hull(
        [
            box((wide, 0.006, 0.01)),
            box((0.012, 0.03, 0.01)),
            box((wide * 0.85, 0.006, 0.01), (0, 0, -long * 0.88)),
            box((0.012, 0.025, 0.01), (0, 0, -long * 0.88)),
            box((0.006, 0.006, 0.01), (0, 0, -long)),
        ]
    )
    if form == "sabre":
        blade = blade.refine_to_length(0.07).warp_batch(
            lambda p: p + np.stack([0.22 * p[:, 2] ** 2, 0 * p[:, 0], 0 * p[:, 0]], axis=1)
        )
    parts = [blade, rod((-guard, 0, 0.01), (guard, 0, 0.01), 0.022), cyl(0.024, 0.2), ball(0.04, (0, 0, 0.22))]
    nouns = {
        "sword": ("sword", "longsword"),
        "dagger": ("dagger", "short sword"),
        "sabre": ("sabre", "saber", "sword"),
    }[form]
    return Made(
        union(parts),
        nouns,
        ("curved" if form == "sabre" else "straight", "short" if form == "dagger" else "long"),
        ("with a cross guard", "with a pommel"),
        ("weapon",),
        {"genus": 0},
    )


def magnifier(rng: Generator) -> Made:
    """A magnifying glass, or a racket with strings."""
    racket, long = chance(rng), rng.uniform(0.35, 0.6)
    head = ring(0.25, 0.03).scale((1.25 if racket else 1, 1, 1))
    end = 0.3 if racket else 0.25
    parts = [head, rod((end, 0, 0), (end + long, 0, 0), 0.035)]
    if racket:
        net = [box((0.56, 0.008, 0.008), (0, y, -0.004)) for y in spread(7, 0.36)] + [
            box((0.008, 0.46, 0.008), (x, 0, -0.006)) for x in spread(9, 0.44)
        ]
        parts += [n ^ cyl(0.25, 1, (0, 0, -0.5), sides=48).scale((1.25, 1, 1)) for n in net]
        return Made(
            union(parts),
            ("tennis racket", "racket"),
            ("oval",),
            ("with strings", "with a handle"),
            ("sports equipment",),
        )
    return Made(
        union([*parts, cyl(0.24, 0.02, (0, 0, -0.01), sides=48)]),
        ("magnifying glass", "magnifier", "hand lens"),
        ("round",),
        ("with a handle", "with a lens"),
        TOOL,
        {"genus": 0},
    )


BLADES: tuple[Named, ...] = (*(axe, saw, scissors, key, sword, magnifier),)
