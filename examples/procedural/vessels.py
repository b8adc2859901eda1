"""What food and drink are held and eaten with: bottles, vases, cups, pots, plates, cutlery."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import Made, Named, ball, between, chance, counted, cyl, hollowed, number, smooth, tube, turned
from .structures import union

VESSEL = ("vessel", "container")


def ear(radius: float, low: float, high: float, reach: float, thick: float, lower: float | None = None) -> Manifold:
    """A handle at the right, from a height to another; `radius` of the wall at its top, `lower` at its bottom."""
    t = np.linspace(0, 1, 30)
    start, end = radius - thick, (radius if lower is None else lower) - thick
    path = [(start + (end - start) * k + reach * np.sin(np.pi * k), 0, high + (low - high) * k) for k in t]
    return tube(path, thick)


def bottle(rng: Generator) -> Made:
    radius, height, neck = rng.uniform(0.12, 0.22), 1, rng.uniform(0.3, 0.5)
    body, tall, lid = rng.uniform(0.45, 0.68), rng.uniform(0.02, 0.06), chance(rng, 0.4)
    heights = np.array([0, 0.02, body, body + rng.uniform(0.08, 0.2), height - tall, height - tall + 0.001, height])
    thin = radius * neck
    radii = np.array([radius * 0.93, radius, radius, thin, thin, thin * 1.15, thin * 1.15])
    square = chance(rng, 0.2)
    made = hollowed(radii, heights, 0.015) if not lid else turned(radii, heights)
    if square:
        made = turned(radii, heights, 4).rotate((0, 0, 45))
    if lid:
        made += cyl(thin * 1.3, 0.07, (0, 0, height - 0.04))
    having = (("with a cap",) if lid else ()) + ("with a long neck" if height - body > 0.45 else "with a neck",)
    shape = (*between(radius, 0.15, 0.19, ("slim", "wide")), *(("square",) if square else ("round",)))
    return Made(made, ("bottle", "flask"), shape, having, VESSEL)


def vase(rng: Generator) -> Made:
    height = rng.uniform(0.6, 1.2)
    radii = smooth(
        [
            rng.uniform(0.12, 0.25),
            rng.uniform(0.2, 0.38),
            rng.uniform(0.15, 0.3),
            rng.uniform(0.08, 0.16),
            rng.uniform(0.12, 0.25),
        ]
    )
    made, ears = hollowed(radii, np.linspace(0, height, 50), 0.02), number(rng, 0, 2) if chance(rng, 0.4) else 0
    for k in range(ears):
        handle = ear(
            np.interp(0.85, np.linspace(0, 1, 50), radii),
            0.5 * height,
            0.85 * height,
            0.18,
            0.025,
            np.interp(0.5, np.linspace(0, 1, 50), radii),
        )
        made += handle if not k else handle.mirror((1, 0, 0))
    made = made - turned(np.maximum(radii - 0.02, 0.02), np.linspace(0.02, height + 0.01, 50)) if ears else made
    having = (f"with {counted(ears, 'handle')}" if ears else "without handles", "with a narrow neck")
    return Made(
        made,
        ("vase", "urn", "amphora") if ears == 2 else ("vase",),
        ("round", *between(height / radii.max(), 2.4, 3.6, ("bulbous", "tall slim"))),
        having,
        VESSEL,
        {"genus": ears},
    )


def flower_pot(rng: Generator) -> Made:
    """A pot with leaves."""
    height, top, low = rng.uniform(0.25, 0.4), rng.uniform(0.18, 0.26), rng.uniform(0.12, 0.17)
    parts = [
        cyl(low, height, top=top, sides=40),
        cyl(top * 1.08, 0.06, (0, 0, height - 0.05), sides=40) - cyl(top * 0.95, 0.1, (0, 0, height - 0.02)),
    ]
    count, long = number(rng, 6, 12), rng.uniform(0.35, 0.75)
    for k in range(count):
        rise, turn = np.radians(rng.uniform(35, 85)), 360 * k / count + rng.uniform(-15, 15)
        t = np.linspace(0, 1, 14)
        path = np.stack(
            [
                0.03 + long * t * np.cos(rise) + 0.15 * t**2,
                0 * t,
                height - 0.03 + long * t * np.sin(rise) - 0.25 * t**3,
            ],
            axis=1,
        )
        leaf = tube(path, 0.012 + 0.045 * np.sin(np.pi * np.clip(t, 0.02, 0.97)) ** 1.2, 8)
        parts.append(leaf.rotate((0, 0, turn)))
    return Made(
        union(parts),
        ("potted plant", "flower pot with plant", "houseplant", "pot plant"),
        ("leafy",),
        (f"with {counted(count, 'leaf', 'leaves')}", "in a pot"),
        ("plant", "decoration"),
    )


def bowl(rng: Generator) -> Made:
    height, radius, foot = rng.uniform(0.2, 0.5), 0.5, chance(rng)
    angles = np.linspace(0.25, np.pi / 2, 30)
    radii, heights = radius * np.sin(angles), height * (1 - np.cos(angles) / np.cos(0.25))
    made = hollowed(radii, heights, 0.025)
    if foot:
        made += cyl(0.2, 0.08, (0, 0, -0.06)) - cyl(0.16, 0.05, (0, 0, -0.07))
    shape = ("round", *between(height, 0.28, 0.4, ("shallow", "deep")))
    return Made(made, ("bowl", "dish"), shape, ("with a foot" if foot else "without foot",), VESSEL, {"genus": 0})


def cup(rng: Generator) -> Made:
    """A mug, or a cup that widens upwards."""
    height, mug = rng.uniform(0.6, 1), chance(rng, 0.6)
    radii = (0.36, 0.36) if mug else smooth([0.2, 0.3, 0.42, 0.48])
    heights = np.linspace(0, height, len(radii))
    handle = ear(
        radii[-1] * (1 if mug else 0.95),
        0.25 * height,
        0.8 * height,
        rng.uniform(0.16, 0.28),
        rng.uniform(0.03, 0.05),
        0.36 if mug else 0.31,
    )
    made = (
        handle
        - turned(np.asarray(radii) - 0.015, heights + np.linspace(0.015, 0.02, len(radii)))
        + hollowed(radii, heights, 0.03)
    )
    saucer = not mug and chance(rng)
    if saucer:
        made += turned((0.3, 0.45, 0.7, 0.7, 0.3), (-0.04, -0.04, 0.05, 0.07, 0.001))
    nouns = ("mug", "cup", "coffee mug") if mug else ("cup", "teacup", "coffee cup")
    return Made(made, nouns, ("round",), ("with a handle", *(("on a saucer",) if saucer else ())), VESSEL, {"genus": 1})


def goblet(rng: Generator) -> Made:
    height, wide, stem = rng.uniform(0.3, 0.55), rng.uniform(0.2, 0.32), rng.uniform(0.2, 0.45)
    radii = smooth([0.04, wide, wide * rng.uniform(1, 1.1), wide * rng.uniform(0.75, 1.05)])
    made = hollowed(radii, np.linspace(stem, stem + height, 50), 0.02)
    foot = turned((0.24, 0.24, 0.06, 0.025, 0.025, 0.04), (0, 0.02, 0.05, 0.1, stem - 0.03, stem + 0.03))
    return Made(
        made + foot,
        ("wine glass", "goblet", "glass", "chalice"),
        ("round", *between(stem, 0.26, 0.38, ("short-stemmed", "long-stemmed"))),
        ("with a stem", "with a round foot"),
        VESSEL,
        {"genus": 0},
    )


def tumbler(rng: Generator) -> Made:
    height, low = rng.uniform(0.6, 1.2), rng.uniform(0.24, 0.34)
    made = hollowed((low, rng.uniform(0.33, 0.38)), (0, height), 0.025)
    return Made(
        made,
        ("drinking glass", "tumbler", "beaker", "glass"),
        ("round", *between(height, 0.75, 1, ("short", "tall"))),
        ("without handle",),
        VESSEL,
        {"genus": 0},
    )


def teapot(rng: Generator) -> Made:
    tall = rng.uniform(0.75, 1.1)
    t = np.linspace(-1.1, 1.2, 30)
    body = turned(0.42 * np.cos(t), tall * 0.42 * np.sin(t))
    top, base = tall * 0.42 * np.sin(1.2), tall * 0.42 * np.sin(-1.1)
    spout = tube(
        [(-0.3 - 0.4 * k, 0, -0.1 + 0.42 * k**1.6) for k in np.linspace(0, 1, 20)], np.linspace(0.1, 0.035, 20)
    )
    handle = ear(0.42 * float(np.sqrt(1 - (0.2 / (0.42 * tall)) ** 2)), -0.2, 0.2, rng.uniform(0.22, 0.32), 0.035)
    lid = [
        cyl(0.2, 0.04, (0, 0, top - 0.01), top=0.12),
        ball(0.05, (0, 0, top + 0.06)),
        cyl(0.22, 0.05, (0, 0, base - 0.04)),
    ]
    return Made(
        union([body, spout, handle, *lid]),
        ("teapot", "tea pot"),
        ("round", *between(tall, 0.85, 1, ("low", "tall"))),
        ("with a spout and a handle", "with a lid"),
        ("vessel", "pot"),
        {"genus": 1},
    )


def jug(rng: Generator) -> Made:
    """Its lip is the rim, drawn out at the left."""
    height, lip = rng.uniform(0.8, 1.1), rng.uniform(0.08, 0.16)
    radii = smooth([0.25, rng.uniform(0.28, 0.38), rng.uniform(0.26, 0.32), rng.uniform(0.16, 0.24), 0.24])
    heights = np.linspace(0, height, 50)

    def pour(places: np.ndarray) -> np.ndarray:
        x, y, z = places.T
        near = np.exp(-((y / 0.09) ** 2)) * (x < 0) * np.clip((z / height - 0.75) / 0.25, 0, 1) ** 2
        return np.stack([x - lip * near, y, z], axis=1)

    low = float(np.interp(0.3, np.linspace(0, 1, 50), radii))
    handle = ear(0.23, 0.3 * height, 0.9 * height, rng.uniform(0.18, 0.26), 0.035, low)
    made = hollowed(radii, heights, 0.025).warp_batch(pour) + (handle - turned(radii - 0.012, heights))
    return Made(
        made,
        ("jug", "pitcher"),
        ("round", "tall"),
        ("with a handle and a lip", "with a handle", "with a spout"),
        VESSEL,
    )


VESSELS: tuple[Named, ...] = (*(bottle, vase, flower_pot, bowl, cup, goblet, tumbler, teapot, jug),)
