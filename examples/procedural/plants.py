"""Trees, flowers, cacti and mushrooms."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .living import limb
from .making import Made, Named, around, ball, between, box, chance, counted, cyl, number, tube, turned
from .structures import rod, union

PLANT = ("plant",)


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


PLANTS: tuple[Named, ...] = (*(conifer, broadleaf, palm, cactus, flower, mushroom),)
