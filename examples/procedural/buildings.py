"""Houses, towers, bridges and what stands about: their doors look at -Y."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    Place,
    around,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    outline,
    spread,
)
from .structures import union

BUILDING = ("building",)


def gable(width: float, depth: float, rise: float, at: Place, over: float = 0.05) -> Manifold:
    """A roof whose ridge runs along X."""
    half = depth / 2 + over
    made = outline([(-half, 0), (half, 0), (0, rise)]).extrude(width + 2 * over).rotate((90, 0, 90))
    return made.translate((at[0] - width / 2 - over, at[1], at[2]))


def gap(width: float, height: float, at: Place, arched: bool = False) -> Manifold:
    """To be cut out of a front."""
    made = box((width, 0.1, height), at)
    return made + cyl(width / 2, 0.1, (at[0], at[1] - 0.05, at[2] + height), "y") if arched else made


def house(rng: Generator) -> Made:
    width, depth, floors = rng.uniform(0.8, 1.4), rng.uniform(0.6, 0.9), number(rng, 1, 3)
    form, chimney, tall = either(rng, "gable", "gable", "hip", "flat"), chance(rng), 0.0
    tall = 0.42 * floors
    rise, columns = rng.uniform(0.3, 0.55), number(rng, 2, 4)
    body = box((width, depth, tall))
    cuts = [gap(0.16, 0.28, (0, -depth / 2, -0.001))]
    for k in range(floors):
        for x in spread(columns, width * 0.7):
            if k or abs(x) > 0.16:
                cuts.append(gap(0.13, 0.16, (x, -depth / 2, 0.42 * k + 0.15)))
        cuts += [
            box((0.1, 0.15, 0.16), (s * width / 2, y, 0.42 * k + 0.15))
            for s in (-1, 1)
            for y in spread(2, depth * 0.45)
        ]
    if form == "gable":
        roof = gable(width, depth, rise, (0, 0, tall - 0.002))
    elif form == "hip":
        roof = Manifold.batch_hull(
            [
                box((width + 0.1, depth + 0.1, 0.02), (0, 0, tall - 0.01)),
                box((max(width - depth, 0.05), 0.02, 0.01), (0, 0, tall + rise)),
            ]
        )
    else:
        roof = box((width + 0.08, depth + 0.08, 0.06), (0, 0, tall - 0.01))
    made = body - union(cuts) + roof
    if chimney:
        made += box((0.1, 0.1, rise + 0.1), (width * 0.28, depth * 0.1, tall))
    said = {"gable": "with a gable roof", "hip": "with a hipped roof", "flat": "with a flat roof"}[form]
    having = (said, f"with {counted(floors, 'floor')}", "with a chimney" if chimney else "without chimney")
    return Made(made, ("house", "home"), between(floors, 2, 2, ("low", "tall")), having, BUILDING, {"genus": 0})


def high_rise(rng: Generator) -> Made:
    width, depth, floors, columns = rng.uniform(0.4, 0.7), rng.uniform(0.4, 0.6), number(rng, 8, 16), number(rng, 3, 6)
    step, tall, inset = 0.14, 0.0, chance(rng, 0.4)
    tall = floors * step + 0.1
    cuts = [
        box((width / columns * 0.6, 0.06, step * 0.55), (x, s * depth / 2, 0.1 + step * k))
        for k in range(floors)
        for x in spread(columns, width * (1 - 1 / columns))
        for s in (-1, 1)
    ]
    made = box((width, depth, tall)) - union(cuts)
    if inset:
        made += box((width * 0.6, depth * 0.6, tall * 0.2), (0, 0, tall - 0.01))
    mast = chance(rng)
    if mast:
        made += cyl(0.02, 0.5, (0, 0, tall - 0.01 + (tall * 0.19 if inset else 0)), top=0.005)
    having = (f"with {counted(floors, 'floor')}", *(("with a mast",) if mast else ()), "with a flat roof")
    return Made(
        made, ("skyscraper", "high-rise", "tower block", "office tower"), ("tall",), having, BUILDING, {"genus": 0}
    )


def crenels(radius: float, count: int, at: Place, tall: float = 0.07) -> Manifold:
    return around(box((0.07, np.pi * radius / count, tall), (radius - 0.035, 0, 0)), count).translate(tuple(at))


def tower(rng: Generator) -> Made:
    """Round or square, with battlements or a pointed roof."""
    radius, tall, roofed, round_ = rng.uniform(0.15, 0.25), rng.uniform(0.7, 1.1), chance(rng), chance(rng, 0.7)
    made = cyl(radius * 1.1, tall, top=radius, sides=40) if round_ else box((2 * radius, 2 * radius, tall))
    made -= union(
        [
            gap(0.08, 0.14, (0, -radius * 1.05, -0.001), True),
            *(box((0.03, 0.12, 0.1), (0, -radius, z * tall)) for z in (0.4, 0.65)),
        ]
    )
    top = radius * 1.25
    made += (
        cyl(top, 0.12, (0, 0, tall - 0.01), sides=40) if round_ else box((2 * top, 2 * top, 0.12), (0, 0, tall - 0.01))
    )
    if roofed:
        made += (
            Manifold.cylinder(rng.uniform(0.25, 0.5), top * (1.1 if round_ else 1.5), 0.005, 40 if round_ else 4)
            .rotate((0, 0, 45))
            .translate((0, 0, tall + 0.1))
        )
    elif round_:
        made += crenels(top, 10, (0, 0, tall + 0.1))
    else:
        made += union(
            [
                box((0.07, 0.07, 0.08), (x * (top - 0.035), y * (top - 0.035), tall + 0.1))
                for x in (-1, 0, 1)
                for y in (-1, 0, 1)
                if x or y
            ]
        )
    return Made(
        made,
        ("tower", "castle tower"),
        ("round" if round_ else "square", "tall"),
        ("with a pointed roof" if roofed else "with battlements", "with a door"),
        BUILDING,
        {"genus": 0},
    )


def castle(rng: Generator) -> Made:
    """Four towers, walls between them with battlements, a gate, perhaps a keep."""
    size, wall, roofed, keep = rng.uniform(0.8, 1.2), rng.uniform(0.25, 0.35), chance(rng), chance(rng, 0.6)
    tall, r, h = wall * rng.uniform(1.4, 1.9), rng.uniform(0.1, 0.15), 0.0
    h = size / 2
    walls = box((size, size, wall)) - box((size - 0.14, size - 0.14, wall), (0, 0, 0.03))
    count = int(size / 0.12)
    merlons = [
        box((0.06, 0.07, 0.06), (x, s * (h - 0.035), wall - 0.005)) for x in spread(count, size * 0.8) for s in (-1, 1)
    ]
    merlons += [
        box((0.07, 0.06, 0.06), (s * (h - 0.035), y, wall - 0.005)) for y in spread(count, size * 0.8) for s in (-1, 1)
    ]
    one = cyl(r, tall, sides=24) + cyl(r * 1.2, 0.06, (0, 0, tall - 0.01), sides=24)
    one += (
        cyl(r * 1.25, 0.25, (0, 0, tall + 0.04), top=0.004, sides=24)
        if roofed
        else crenels(r * 1.2, 7, (0, 0, tall + 0.04), 0.06)
    )
    towers = [one.translate((x * h, y * h, 0)) for x in (-1, 1) for y in (-1, 1)]
    gate = box((0.26, 0.16, wall * 1.25), (0, -h + 0.04, 0)) - gap(0.13, wall * 0.45, (0, -h - 0.04, 0.03), True)
    parts = [walls, *merlons, *towers, gate]
    if keep:
        parts += [
            box((0.32, 0.32, tall * 1.3), (0, 0.1, 0.0)),
            gable(0.32, 0.32, 0.2, (0, 0.1, tall * 1.3 - 0.005), 0.02),
        ]
    return Made(
        union(parts),
        ("castle", "fortress"),
        ("square",),
        (
            "with four towers",
            "with pointed roofs" if roofed else "with battlements",
            *(("with a keep",) if keep else ()),
        ),
        BUILDING,
    )


def church(rng: Generator) -> Made:
    width, long, tall = rng.uniform(0.45, 0.6), rng.uniform(0.8, 1.2), rng.uniform(0.4, 0.55)
    side_, height, windows = rng.uniform(0.24, 0.32), rng.uniform(0.8, 1.1), number(rng, 3, 5)
    nave = box((width, long, tall), (0, long / 2, 0)) - union(
        [both(box((0.06, 0.07, 0.2), (width / 2, y, 0.12))) for y in np.linspace(0.15, 0.85, windows) * long]
    )
    roof = (
        gable(long, width, rng.uniform(0.25, 0.4), (0, 0, tall - 0.002), 0.04)
        .rotate((0, 0, 90))
        .translate((0, long / 2, 0))
    )
    front = (
        box((side_, side_, height))
        - gap(0.12, 0.16, (0, -side_ / 2, -0.001), True)
        - gap(0.07, 0.1, (0, -side_ / 2, height * 0.75), True)
    )
    spire, thin = rng.uniform(0.4, 0.7), 0.012
    top = Manifold.cylinder(spire, side_ * 0.78, 0.006, 4).rotate((0, 0, 45)).translate((0, 0, height - 0.005))
    cross_ = box((thin * 2, thin * 2, 0.16), (0, 0, height + spire - 0.05)) + box(
        (0.1, thin * 2, thin * 2), (0, 0, height + spire + 0.05)
    )
    return Made(
        union([nave, roof, front, top, cross_]),
        ("church", "chapel"),
        (),
        ("with a steeple", "with a cross on top", f"with {counted(windows, 'window')} on each side"),
        BUILDING,
    )


BUILDINGS: tuple[Named, ...] = (*(house, high_rise, tower, castle, church),)
