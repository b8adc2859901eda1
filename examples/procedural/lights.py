"""Lamps and candles."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    arc,
    around,
    ball,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    smooth,
    tube,
    turned,
)
from .structures import rod, union

HOUSEHOLD = ("household item",)


def shade(rng: Generator, low: float, top: float, tall: float) -> Manifold:
    """A lamp's, open below and above."""
    return turned((low, top), (0, tall)) - turned((low - 0.02, top - 0.02), (-0.001, tall + 0.001))


def table_lamp(rng: Generator) -> Made:
    low, top, tall, stem = (
        rng.uniform(0.2, 0.32),
        rng.uniform(0.1, 0.2),
        rng.uniform(0.2, 0.32),
        rng.uniform(0.25, 0.45),
    )
    bulbous = chance(rng)
    if bulbous:
        foot = turned(smooth([0.1, 0.17, 0.12, 0.04, 0.03], 24), np.linspace(0, stem, 24))
    else:
        foot = cyl(0.14, 0.03) + cyl(0.02, stem)
    z = stem - 0.02
    bars = rod((-low, 0, z + 0.033), (low, 0, z + 0.033), 0.012) ^ cyl(low - 0.005, 1, (0, 0, 0), sides=48)
    lamp = union(
        [
            foot,
            shade(rng, low, top, tall).translate((0, 0, z)),
            bars,
            ball(0.06, (0, 0, z + 0.1)),
            cyl(0.02, 0.1, (0, 0, z)),
        ]
    )
    return Made(
        lamp,
        ("table lamp", "lamp", "desk lamp"),
        ("bulbous",) if bulbous else ("slim",),
        ("with a shade", "on a foot"),
        ("light", *HOUSEHOLD),
    )


def desk_lamp(rng: Generator) -> Made:
    """With a jointed arm."""
    first, second, lean = rng.uniform(0.35, 0.5), rng.uniform(0.3, 0.45), rng.uniform(10, 35)
    elbow = np.array([-first * np.sin(np.radians(lean)), 0, 0.04 + first * np.cos(np.radians(lean))])
    end = elbow + (second * 0.85, 0, second * 0.5)
    head = cyl(0.14, 0.18, (0, 0, -0.18), top=0.05) - cyl(0.125, 0.17, (0, 0, -0.19), top=0.03)
    parts = [
        cyl(0.16, 0.04, sides=40),
        rod((0, 0, 0.03), elbow, 0.018),
        rod(elbow, end, 0.016),
        ball(0.035, elbow),
        ball(0.045, end),
        head.rotate((0, -20, 0)).translate(tuple(end)),
    ]
    return Made(
        union(parts),
        ("desk lamp", "reading lamp", "lamp"),
        ("jointed",),
        ("with a jointed arm", "with a round foot"),
        ("light", *HOUSEHOLD),
        {"feet": 1},
    )


def floor_lamp(rng: Generator) -> Made:
    tall, form = rng.uniform(1.3, 1.7), either(rng, "shade", "arc", "tripod")
    low = rng.uniform(0.18, 0.26)
    lamp_head = union(
        [
            shade(rng, low, low * 0.7, 0.3),
            rod((-low + 0.01, 0, 0.03), (low - 0.01, 0, 0.03), 0.012),
            cyl(0.02, 0.12),
            ball(0.05, (0, 0, 0.14)),
        ]
    )
    if form == "shade":
        parts, said = [cyl(0.17, 0.03), cyl(0.018, tall), lamp_head.translate((0, 0, tall - 0.03))], "on a round foot"
    elif form == "tripod":
        parts = [
            *(rod((0.3 * x, 0.3 * y, 0), (0, 0, tall * 0.95), 0.018) for x, y in arc(1, 90, 450, 4)[:3]),
            cyl(0.025, 0.3, (0, 0, tall - 0.25)),
            lamp_head.translate((0, 0, tall - 0.03)),
        ]
        said = "on three legs"
    else:
        path = [(-0.45 + 0.9 * k, 0, tall * np.sin(np.pi * (0.02 + 0.68 * k)) ** 0.6) for k in np.linspace(0, 1, 30)]
        tip = np.array(path[-1])
        parts = [
            cyl(0.18, 0.04, (-0.45, 0, 0)),
            cyl(0.018, 0.4, (-0.45, 0, 0)),
            tube(path, 0.016),
            (ball(0.2) ^ box((1, 1, 1))).translate(tuple(tip - (0, 0, 0.17))),
        ]
        said = "with a curved arm"
    return Made(
        union(parts),
        ("floor lamp", "standing lamp", "lamp"),
        ("tall", "high"),
        (said, "with a shade"),
        ("light", *HOUSEHOLD),
        {"feet": 3} if form == "tripod" else {},
    )


def hanging_lamp(rng: Generator) -> Made:
    """A pendant, or a chandelier with arms."""
    arms, cord = number(rng, 4, 8), rng.uniform(0.4, 0.8)
    if chance(rng):
        low, tall = rng.uniform(0.2, 0.35), rng.uniform(0.15, 0.3)
        parts = [
            shade(rng, low, 0.06, tall),
            cyl(0.055, 0.05, (0, 0, tall - 0.03)),
            cyl(0.01, cord, (0, 0, tall)),
            cyl(0.07, 0.04, (0, 0, tall + cord - 0.02)),
            ball(0.07, (0, 0, tall - 0.1)),
            cyl(0.03, 0.08, (0, 0, tall - 0.08)),
        ]
        return Made(
            union(parts),
            ("hanging lamp", "pendant lamp", "ceiling lamp", "lamp"),
            ("round", "conical"),
            ("on a cord", "with a shade"),
            ("light", *HOUSEHOLD),
        )
    t = np.linspace(0, 1, 20)
    arm = tube([(0.42 * k, 0, 0.12 * (k**2) - 0.18 * np.sin(np.pi * k)) for k in t], 0.018)
    arm += union(
        [
            cyl(0.05, 0.03, (0.42, 0, 0.11)),
            cyl(0.022, 0.14, (0.42, 0, 0.12)),
            cyl(0.02, 0.06, (0.42, 0, 0.25), top=0.003),
        ]
    )
    parts = [
        around(arm, arms),
        ball(0.08, (0, 0, -0.03)),
        cyl(0.03, 0.25),
        cyl(0.012, cord),
        cyl(0.08, 0.04, (0, 0, cord - 0.02)),
    ]
    return Made(
        union(parts),
        ("chandelier", "hanging lamp", "lamp"),
        ("round",),
        (f"with {counted(arms, 'arm')}", "with candles"),
        ("light", *HOUSEHOLD),
    )


def candle_holder(rng: Generator) -> Made:
    arms, tall = int(rng.choice([1, 1, 3, 5])), rng.uniform(0.25, 0.5)
    candle = union(
        [
            cyl(0.06, 0.03, (0, 0, -0.02)),
            cyl(0.035, 0.22),
            cyl(0.01, 0.05, (0, 0, 0.21)),
            ball(0.018, (0, 0, 0.27), (1, 1, 1.8)),
        ]
    )
    parts = [
        turned((0.16, 0.15, 0.04, 0.025, 0.03), np.array([0, 0.03, 0.06, 0.12, 1]) * [1, 1, 1, 1, tall]),
        candle.translate((0, 0, tall)),
    ]
    for k in range(arms // 2):
        reach = 0.18 * (k + 1)
        path = [(reach * np.sin(a / 2), 0, tall - 0.02 - reach * 0.6 * np.sin(a)) for a in np.linspace(0, np.pi, 16)]
        parts.append(both(tube(path, 0.016) + candle.translate((reach, 0, tall - 0.02))))
    nouns = ("candelabra", "candlestick", "candle holder") if arms > 1 else ("candlestick", "candle holder")
    return Made(union(parts), nouns, (), (f"with {counted(arms, 'candle')}",), ("light", "decoration"))


LIGHTS: tuple[Named, ...] = (*(table_lamp, desk_lamp, floor_lamp, hanging_lamp, candle_holder),)
