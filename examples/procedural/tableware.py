"""Plates, pans and pots, cutlery."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    ball,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    hollowed,
    number,
    outline,
    rectangle,
    soft,
    spread,
    tube,
    turned,
)
from .structures import rod, union


def dish(rng: Generator) -> Made:
    """A plate to eat from."""
    rim, height = rng.uniform(0.3, 0.38), rng.uniform(0.04, 0.09)
    made = turned((0.28, rim, 0.5, 0.5, rim, 0.26), (0, 0.0, height, height + 0.02, 0.03, 0.02), 64)
    return Made(
        made,
        ("plate", "dinner plate", "dish"),
        ("round", "flat", "shallow"),
        ("with a rim",),
        ("tableware", "dish"),
        {"genus": 0},
    )


def pan(rng: Generator) -> Made:
    height, long = rng.uniform(0.1, 0.16), rng.uniform(0.45, 0.7)
    made = hollowed((0.33, 0.4), (0, height), 0.025)
    handle = rod((0.38, 0, height - 0.03), (0.4 + long, 0, height + 0.06), 0.028)
    return Made(
        made + handle,
        ("frying pan", "pan", "skillet"),
        ("round", "shallow"),
        ("with a long handle",),
        ("kitchenware", "cookware"),
        {"genus": 0},
    )


def pot(rng: Generator) -> Made:
    """With two ears and perhaps a lid, or with one long handle."""
    height, long, lid = rng.uniform(0.35, 0.7), chance(rng, 0.35), chance(rng)
    made = hollowed((0.4, 0.4), (0, height), 0.025)
    if lid:
        angles = np.linspace(0, 1.5, 15)
        made += (
            turned(0.41 * np.cos(angles), height - 0.01 + 0.1 * np.sin(angles))
            + cyl(0.02, 0.1, (0, 0, height + 0.06))
            + ball(0.05, (0, 0, height + 0.16), (1, 1, 0.6))
        )
    if long:
        made += rod((0.39, 0, height * 0.8), (1.0, 0, height * 0.85), 0.03)
    else:
        made += both(
            tube(
                [
                    (0.375 + 0.11 * np.sin(np.radians(a)), 0.13 * np.cos(np.radians(a)), height * 0.75)
                    for a in np.linspace(0, 180, 20)
                ],
                0.022,
            )
        )
    having = ("with a long handle" if long else "with two handles", "with a lid" if lid else "without lid")
    return Made(
        made,
        ("saucepan", "pot") if long else ("pot", "cooking pot", "stock pot"),
        ("round", *between(height, 0.45, 0.6, ("low", "deep"))),
        having,
        ("kitchenware", "cookware"),
        {} if lid else {"genus": 0 if long else 2},
    )


def spoon(rng: Generator) -> Made:
    long, wide, size = rng.uniform(0.6, 0.8), rng.uniform(0.07, 0.11), rng.uniform(1.2, 1.6)
    cup = (
        ball(wide, (0, 0, 0), (1, size, 0.6))
        - ball(wide * 0.9, (0, 0, 0.02), (1, size, 0.6))
        - box((1, 1, 1), (0, 0, 0.004))
    )
    end = wide * size * 0.97
    t = np.linspace(0, 1, 20)
    stem = Manifold.batch_hull(
        [cyl(0.016, 0.02, (0, long + end, 0.05)), cyl(0.028, 0.018, (0, long + end - 0.02, 0.05))]
    )
    path = [(0, end - 0.01 + long * k, 0.0 + 0.06 * np.sin(np.pi * min(k, 0.5))) for k in t]
    return Made(
        union([cup, tube(path, 0.012 + 0.012 * t), stem]),
        ("spoon", "tablespoon"),
        ("long",),
        ("with a handle", "with an oval bowl"),
        ("cutlery", "tableware"),
    )


def fork(rng: Generator) -> Made:
    tines, long, wide = number(rng, 2, 5), rng.uniform(0.55, 0.75), rng.uniform(0.13, 0.17)
    parts = [box((0.55 * wide / tines, 0.24, 0.02), (x, -0.12, 0)) for x in spread(tines, wide * (1 - 0.55 / tines))]
    parts.append((rectangle(wide, 0.16, 0.05).translate((0, 0.05))).extrude(0.02))
    parts.append(Manifold.batch_hull([cyl(0.018, 0.02, (0, 0.1, 0)), cyl(0.03, 0.02, (0, long, 0))]))
    bow = rng.uniform(0.1, 0.3)
    made = (
        union(parts)
        .refine_to_length(0.06)
        .warp_batch(lambda p: np.stack([p[:, 0], p[:, 1], p[:, 2] + bow * (p[:, 1] - 0.1) ** 2], axis=1))
    )
    return Made(
        made,
        ("fork", "table fork"),
        ("long",),
        (f"with {counted(tines, 'tine')}", f"with {counted(tines, 'prong')}"),
        ("cutlery", "tableware"),
        {"genus": 0},
    )


def knife(rng: Generator) -> Made:
    blade, handle, wide = rng.uniform(0.4, 0.7), rng.uniform(0.25, 0.4), rng.uniform(0.06, 0.14)
    tip = rng.uniform(0.2, 0.8)
    edge = outline(
        [(0, 0), (wide, 0), (wide * 0.98, blade * 0.6), (wide * tip, blade), (0, blade * rng.uniform(0.85, 1))]
    )
    made = edge.extrude(0.02).translate((0, 0, 0.012)) + soft((0.06, handle, 0.045), (0.04, 0.02 - handle / 2, 0), 0.02)
    nouns = ("knife", "kitchen knife", "chef's knife") if wide > 0.1 else ("knife", "table knife")
    return Made(made, nouns, ("long", "pointed"), ("with a blade and a handle",), ("cutlery", "tool"), {"genus": 0})


TABLEWARE: tuple[Named, ...] = (*(dish, pan, pot, spoon, fork, knife),)
