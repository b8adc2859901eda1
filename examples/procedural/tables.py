"""What things are laid on, and what people lie in: tables, desks and beds."""

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
    rectangle,
    soft,
    spread,
)
from .seats import legs
from .structures import rod, union

TABLE = ("piece of furniture",)


def table(rng: Generator) -> Made:
    width, depth, height = rng.uniform(0.9, 2), rng.uniform(0.7, 0.95), rng.uniform(0.7, 0.8)
    feet, splayed = legs(rng, width * 0.92, depth * 0.9, height)
    top, parts = box((width, depth, rng.uniform(0.025, 0.06)), (0, 0, height)), [feet]
    if chance(rng):
        frame = rectangle(width * 0.88, depth * 0.82) - rectangle(width * 0.88 - 0.05, depth * 0.82 - 0.05)
        parts.append(frame.extrude(0.1).translate((0, 0, height - 0.095)))
    shape = ("rectangular", *between(width / depth, 1.3, 1.9, ("short", "long")))
    return Made(
        union([top, *parts]),
        ("table", "dining table", "kitchen table"),
        shape,
        ("with four legs", *splayed),
        TABLE,
        {"feet": 4},
    )


def round_table(rng: Generator) -> Made:
    radius, height, form = rng.uniform(0.35, 0.7), rng.uniform(0.6, 0.78), either(rng, "legs", "column", "cross")
    parts = [cyl(radius, rng.uniform(0.02, 0.05), (0, 0, height), sides=64)]
    if form == "legs":
        feet, splayed = legs(rng, radius * 1.25, radius * 1.25, height)
        parts.append(feet)
        having, facts = ("with four legs", *splayed), {"feet": 4}
    elif form == "column":
        parts += [cyl(0.05, height + 0.01), cyl(radius * 0.6, 0.05, top=0.07)]
        having, facts = ("on a column", "with one central leg", "with a round foot"), {"feet": 1}
    else:
        toe = rod((0, 0, 0.25), (radius * 0.75, 0, 0.03), 0.035) + ball(0.036, (radius * 0.75, 0, 0.034))
        count = number(rng, 3, 4)
        parts += [cyl(0.05, height - 0.1, (0, 0, 0.11)), around(toe, count)]
        having, facts = (f"on a column with {counted(count, 'foot', 'feet')}", "with one central leg"), {"feet": count}
    return Made(
        union(parts),
        ("round table", "table", "bistro table" if form != "legs" else "circular table"),
        ("round",),
        having,
        ("table", *TABLE),
        facts,
    )


def coffee_table(rng: Generator) -> Made:
    width, depth, height, shelf = rng.uniform(0.8, 1.3), rng.uniform(0.5, 0.75), rng.uniform(0.3, 0.45), chance(rng)
    oval = chance(rng, 0.4)
    inset = 0.8 if oval else 0.95
    feet, _ = legs(rng, width * inset, depth * inset, height)
    top = (
        cyl(0.5, 0.04, (0, 0, height), sides=64).scale((width * 1.25, depth * 1.25, 1))
        if oval
        else box((width, depth, 0.04), (0, 0, height))
    )
    parts = [
        feet,
        top,
        *([box((width * inset + 0.06, depth * inset + 0.06, 0.025), (0, 0, height * 0.35))] if shelf else []),
    ]
    having = ("with a shelf below" if shelf else "without shelf", "with four legs")
    return Made(
        union(parts),
        ("coffee table", "low table", "sofa table"),
        ("low", "oval" if oval else "rectangular"),
        having,
        ("table", *TABLE),
        {"feet": 4},
    )


def drawers(count: int, width: float, height: float, front: float, at: Place, knob: str) -> Manifold:
    """Fronts one above the other that stand out a little, with knobs or bars; `at` is the bottom's middle."""
    tall, parts = height / count, []
    for k in range(count):
        z = at[2] + k * tall
        parts.append(box((width - 0.03, 0.03, tall - 0.025), (at[0], front, z + 0.012)))
        if knob == "knobs":
            parts.append(ball(0.02, (at[0], front - 0.03, z + tall / 2)))
        else:
            parts.append(box((width * 0.35, 0.03, 0.018), (at[0], front - 0.025, z + tall / 2)))
    return union(parts)


def desk(rng: Generator) -> Made:
    width, depth, height, count = (
        rng.uniform(1.1, 1.7),
        rng.uniform(0.55, 0.75),
        rng.uniform(0.7, 0.78),
        number(rng, 2, 4),
    )
    sides, side, case = number(rng, 1, 2), float(rng.choice([-1, 1])), 0.38
    parts, knob = [box((width, depth, 0.04), (0, 0, height))], either(rng, "knobs", "bars")
    for x in (side, -side)[:sides]:
        place = x * (width / 2 - case / 2 - 0.03)
        parts.append(box((case, depth * 0.9, height + 0.01), (place, 0, 0)))
        parts.append(drawers(count, case, height - 0.06, -depth * 0.45, (place, 0, 0.04), knob))
    if sides == 1:
        parts += [box((0.05, 0.05, height + 0.01), (-side * (width / 2 - 0.05), y * depth * 0.42, 0)) for y in (-1, 1)]
    if chance(rng):
        parts.append(box((width - 0.1, 0.02, height * 0.6), (0, depth * 0.35, height * 0.42)))
    having = (
        f"with {counted(count * sides, 'drawer')}",
        *(("with two pedestals",) if sides == 2 else ("with two legs",)),
    )
    return Made(union(parts), ("desk", "writing desk", "office desk"), ("rectangular",), having, ("table", *TABLE))


def side_table(rng: Generator) -> Made:
    width, height, form = rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.65), either(rng, "round", "square")
    feet, _ = legs(
        rng, width * (0.72 if form == "round" else 0.95), width * (0.72 if form == "round" else 0.95), height
    )
    top = (
        cyl(width / 2, 0.03, (0, 0, height), sides=48) if form == "round" else box((width, width, 0.03), (0, 0, height))
    )
    return Made(
        union([feet, top]),
        ("side table", "end table", "small table"),
        (form, "small", "tall"),
        ("with four legs",),
        ("table", *TABLE),
        {"feet": 4},
    )


def picnic_table(rng: Generator) -> Made:
    """With a bench at either side."""
    width, reach, count = rng.uniform(1.4, 2), rng.uniform(0.65, 0.8), number(rng, 3, 5)
    top = [box((width, 0.75 / count - 0.012, 0.04), (0, y, 0.72)) for y in spread(count, 0.75 * (1 - 1 / count))]
    seats = [box((width, 0.26, 0.04), (0, y * reach, 0.42)) for y in (-1, 1)]
    x = width * 0.36
    ends = [rod((x, y * 0.65, 0.03), (x, y * 0.2, 0.73), 0.04, 4) for y in (-1, 1)]
    ends += [box((0.06, 2 * reach + 0.2, 0.08), (x, 0, 0.35)), box((0.06, 0.72, 0.08), (x, 0, 0.65))]
    having = ("with two benches", "with attached seats")
    return Made(
        union([*top, *seats, both(union(ends))]),
        ("picnic table", "beer garden table"),
        ("slatted",),
        having,
        ("table", *TABLE),
    )


def bed(rng: Generator) -> Made:
    double = chance(rng)
    width, long, height = rng.uniform(1.4, 1.8) if double else rng.uniform(0.85, 1.0), 2.0, rng.uniform(0.25, 0.4)
    head, foot = rng.uniform(0.5, 0.8) + 0.3, rng.choice([0, rng.uniform(0.1, 0.3)])
    parts = [
        box((width, long, 0.14), (0, 0, height - 0.12)),
        soft((width - 0.06, long - 0.08, 0.22), (0, 0, height - 0.02), 0.06),
    ]
    parts.append(box((width + 0.06, 0.07, head), (0, long / 2, 0)))
    if foot:
        parts.append(box((width + 0.06, 0.06, height + foot), (0, -long / 2, 0)))
    else:
        parts.append(both(box((0.08, 0.08, height), (width / 2 - 0.06, -long / 2 + 0.06, 0))))
    count = 2 if double else 1
    parts += [soft((0.6, 0.4, 0.16), (x, long / 2 - 0.32, height + 0.16), 0.07) for x in spread(count, width / 2)]
    having = ("with a headboard", f"with {counted(count, 'pillow')}", *(("with a footboard",) if foot else ()))
    return Made(
        union(parts),
        ("bed", "double bed" if double else "single bed"),
        ("wide",) if double else ("narrow",),
        having,
        TABLE,
    )


def bunk_bed(rng: Generator) -> Made:
    width, long, low, high, post = (
        rng.uniform(0.9, 1.05),
        2.0,
        rng.uniform(0.3, 0.45),
        rng.uniform(1.2, 1.45),
        rng.uniform(0.06, 0.09),
    )
    parts = [box((post, post, high + 0.45), (x * long / 2, y * width / 2, 0)) for x in (-1, 1) for y in (-1, 1)]
    for z in (low, high):
        parts += [box((long, width, 0.1), (0, 0, z)), soft((long - 0.08, width - 0.08, 0.17), (0, 0, z + 0.08), 0.05)]
        parts += [box((0.05, width, 0.25), (x * long / 2, 0, z + 0.15)) for x in (-1, 1)]
    parts += [box((long, 0.04, 0.1), (0, width / 2, high + 0.3)), box((long, 0.04, 0.1), (0, -width / 2, high + 0.3))]
    side, lean = float(rng.choice([-1, 1])), number(rng, 4, 6)
    rails = [
        rod(
            (side * long * (0.35 + d), -width / 2 - 0.25, 0.02),
            (side * long * (0.35 + d), -width / 2, high + 0.3),
            0.025,
        )
        for d in (-0.09, 0.09)
    ]
    rungs = [
        rod(
            (side * long * 0.35 - 0.18, -width / 2 - 0.25 * (1 - t), t * (high + 0.3)),
            (side * long * 0.35 + 0.18, -width / 2 - 0.25 * (1 - t), t * (high + 0.3)),
            0.02,
        )
        for t in np.linspace(0.15, 0.85, lean)
    ]
    having = ("with a ladder", "with two beds one above the other", "with four posts")
    return Made(union([*parts, *rails, *rungs]), ("bunk bed", "double-decker bed"), ("tall",), having, ("bed", *TABLE))


def crib(rng: Generator) -> Made:
    width, long, height, count = (
        rng.uniform(0.55, 0.7),
        rng.uniform(1, 1.3),
        rng.uniform(0.75, 0.95),
        number(rng, 8, 13),
    )
    parts = [box((0.05, 0.05, height), (x * long / 2, y * width / 2, 0)) for x in (-1, 1) for y in (-1, 1)]
    parts += [box((long, width, 0.08), (0, 0, 0.25)), soft((long - 0.06, width - 0.06, 0.1), (0, 0, 0.3), 0.04)]
    for y in (-width / 2, width / 2):
        parts.append(box((long, 0.04, 0.05), (0, y, height - 0.08)))
        parts += [box((0.022, 0.022, height - 0.3), (x, y, 0.26)) for x in spread(count, long - 0.15)]
    for x in (-long / 2, long / 2):
        parts.append(box((0.04, width, 0.05), (x, 0, height - 0.08)))
        parts += [box((0.022, 0.022, height - 0.3), (x, y, 0.26)) for y in spread(count // 2, width - 0.15)]
    return Made(
        union(parts),
        ("crib", "cot", "baby bed"),
        (),
        ("with bars", "with railings on all sides"),
        ("bed", *TABLE),
        {"feet": 4},
    )


TABLES: tuple[Named, ...] = (table, round_table, coffee_table, desk, side_table, picnic_table, bed, bunk_bed, crib)
