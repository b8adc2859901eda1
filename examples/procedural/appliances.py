"""Machines and fixtures of kitchen and bath; fronts at -Y."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    around,
    ball,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    number,
    ring,
    soft,
    spread,
    tube,
    upright,
)
from .structures import rod, union

APPLIANCE = ("appliance", "household appliance")
HOUSE = ("household item",)


def fridge(rng: Generator) -> Made:
    width, depth, tall, doors = (
        rng.uniform(0.55, 0.7),
        rng.uniform(0.55, 0.65),
        rng.uniform(1.1, 1.9),
        number(rng, 1, 2),
    )
    parts, split = [box((width, depth, tall))], rng.uniform(0.3, 0.65)
    spans = [(0.03, tall - 0.02)] if doors == 1 else [(0.03, tall * split - 0.01), (tall * split + 0.01, tall - 0.01)]
    for low, high in spans:
        parts += [
            box((width - 0.01, 0.07, high - low), (0, -depth / 2 - 0.02, low)),
            box((0.03, 0.05, 0.3), (-width * 0.4, -depth / 2 - 0.07, (low + high) / 2 - 0.15)),
        ]
    return Made(
        union(parts),
        ("fridge", "refrigerator", "fridge freezer" if doors == 2 else "icebox"),
        between(tall, 1.3, 1.6, ("low", "tall")),
        (f"with {counted(doors, 'door')}", f"with {counted(doors, 'handle')}"),
        APPLIANCE,
        {"genus": 0},
    )


def stove(rng: Generator) -> Made:
    width, tall, plates = rng.uniform(0.55, 0.75), 0.85, int(rng.choice([4, 4, 2, 6]))
    columns = plates // 2
    body = (
        box((width, 0.6, tall))
        + box((width - 0.06, 0.04, 0.5), (0, -0.31, 0.1))
        - box((width * 0.6, 0.04, 0.25), (0, -0.33, 0.22))
    )
    r = min(0.11, width / columns * 0.38)
    tops = [
        cyl(r, 0.03, (x, y, tall - 0.005)) - cyl(r * 0.4, 0.03, (x, y, tall + 0.01))
        for x in spread(columns, width * (1 - 1 / columns))
        for y in (-0.14, 0.14)
    ]
    knobs = [cyl(0.025, 0.04, (x, -0.33, 0.75), "y") for x in spread(plates, width * 0.75)]
    bar = rod((-width * 0.36, -0.37, 0.64), (width * 0.36, -0.37, 0.64), 0.015) + both(
        rod((width * 0.33, -0.37, 0.64), (width * 0.33, -0.29, 0.64), 0.014)
    )
    door_ = box((width - 0.06, 0.04, 0.08), (0, -0.31, 0.6))
    return Made(
        union([body, *tops, *knobs, bar, door_]),
        ("stove", "cooker", "oven", "kitchen range"),
        (),
        (f"with {counted(plates, 'burner')}", f"with {counted(plates, 'knob')}", "with an oven door"),
        APPLIANCE,
    )


def washing_machine(rng: Generator) -> Made:
    width, tall, r = rng.uniform(0.55, 0.65), rng.uniform(0.8, 0.95), rng.uniform(0.17, 0.22)
    z = tall * 0.45
    body = box((width, 0.58, tall)) - box((width * 0.3, 0.03, 0.08), (-width * 0.28, -0.29, tall * 0.87))
    port = ring(r, 0.04, (0, -0.29, z), "y") + ball(r * 0.95, (0, -0.25, z), (1, 0.35, 1))
    parts = [body, port, cyl(0.05, 0.05, (width * 0.3, -0.33, tall * 0.91), "y")]
    return Made(
        union(parts),
        ("washing machine", "washer", "dryer"),
        (),
        ("with a round door", "with a porthole"),
        APPLIANCE,
        {"genus": 0},
    )


def range_hood(rng: Generator) -> Made:
    width, tall = rng.uniform(0.6, 1), rng.uniform(0.4, 0.8)
    cone_ = Manifold.batch_hull([box((width, 0.5, 0.06)), box((0.28, 0.26, 0.02), (0, 0.1, rng.uniform(0.2, 0.35)))])
    low = cone_ - Manifold.batch_hull(
        [box((width - 0.05, 0.45, 0.04), (0, 0, -0.01)), box((0.2, 0.18, 0.02), (0, 0.1, 0.15))]
    )
    return Made(
        low + box((0.27, 0.25, tall), (0, 0.1, 0.2)),
        ("range hood", "extractor hood", "kitchen hood", "cooker hood"),
        (),
        ("with a chimney",),
        APPLIANCE,
        {"genus": 0},
    )


def fan(rng: Generator) -> Made:
    """On a foot; a cage in front, or none."""
    blades, tall, caged = number(rng, 3, 6), rng.uniform(0.35, 1.2), chance(rng, 0.7)
    blade = ball(0.5, (0.2, 0, 0), (0.3, 0.16, 0.03)).rotate((30, 0, 0))
    wheel_ = (around(blade, blades) + cyl(0.07, 0.14, (0, 0, -0.07))).rotate((90, 0, 0))
    parts = [
        wheel_,
        cyl(0.1, 0.25, (0, 0.02, 0), "y"),
        rod((0, 0.18, 0), (0, 0.18, -tall), 0.03),
        cyl(0.22, 0.05, (0, 0.12, -tall - 0.02), sides=40),
    ]
    if caged:
        parts += [ring(0.4, 0.014, (0, y, 0), "y") for y in (-0.1, 0.1)] + [ring(0.2, 0.01, (0, -0.12, 0), "y")]
        bends = [(0, -0.13, 0), (0.2, -0.12, 0), (0.4, -0.1, 0), (0.4, 0.1, 0), (0.06, 0.15, 0)]
        spoke = union([rod(a, b, 0.008, 6) for a, b in zip(bends, bends[1:], strict=False)])
        parts += [spoke.rotate((0, 30 * k + 7, 0)) for k in range(12)] + [ball(0.04, (0, -0.13, 0))]
    return Made(
        union(parts),
        ("fan", "ventilator", "pedestal fan" if tall > 0.7 else "table fan"),
        ("tall",) if tall > 0.7 else ("small",),
        (f"with {counted(blades, 'blade')}", "with a cage" if caged else "without cage", "on a foot"),
        APPLIANCE,
    )


def radiator(rng: Generator) -> Made:
    count, tall = number(rng, 6, 16), rng.uniform(0.5, 0.9)
    ribs = [soft((0.06, 0.14, tall), (x, 0, 0.08), 0.028) for x in spread(count, 0.08 * (count - 1))]
    wide = 0.08 * (count - 1)
    parts = [
        *ribs,
        rod((-wide / 2, 0, 0.16), (wide / 2 + 0.12, 0, 0.16), 0.03),
        rod((-wide / 2, 0, tall), (wide / 2, 0, tall), 0.03),
        *(box((0.05, 0.12, 0.1), (s * wide / 2, 0, 0)) for s in (-1, 1)),
    ]
    return Made(
        union(parts), ("radiator", "heater"), ("ribbed",), (f"with {counted(count, 'rib')}", "on two feet"), HOUSE
    )


def sink(rng: Generator) -> Made:
    """A wash basin, on a column or as a slab."""
    width, depth, column = rng.uniform(0.5, 0.8), rng.uniform(0.42, 0.5), chance(rng)
    if column:
        bowl_ = ball(0.5, (0, 0, 0.85), (width, depth, 0.45)) ^ box((2, 2, 0.4), (0, 0, 0.45))
        bowl_ += upright(width, depth, 0.15, 0.05, (0, 0.0, 0.82))
        bowl_ -= ball(0.5, (0, -0.03, 0.9), (width * 0.75, depth * 0.65, 0.4))
        base = [cyl(0.1, 0.75, top=0.07), cyl(0.14, 0.05)]
    else:
        bowl_ = box((width, depth, 0.2), (0, 0, 0.7)) - soft((width * 0.8, depth * 0.65, 0.3), (0, -0.03, 0.74), 0.06)
        base = []
    tap = tube(
        [(0, depth * 0.4, z) for z in (0.84, 0.95)]
        + [(0, depth * 0.4 - 0.09 * (1 - np.cos(a)), 0.95 + 0.09 * np.sin(a)) for a in np.linspace(0.1, np.pi, 14)],
        0.022,
    )
    handles = both(cyl(0.025, 0.06, (0.1, depth * 0.4, 0.84)))
    return Made(
        union([bowl_, *base, tap, handles]),
        ("sink", "wash basin", "washbasin"),
        (),
        ("with a tap", "on a column" if column else "without column"),
        ("bathroom fixture",),
        {"genus": 0},
    )


def bathtub(rng: Generator) -> Made:
    long, wide, tall, feet = rng.uniform(1.5, 1.8), rng.uniform(0.65, 0.8), rng.uniform(0.5, 0.6), chance(rng)
    oval = feet or chance(rng)
    shell = upright(long, wide, wide * 0.48 if oval else 0.04, tall) - upright(
        long - 0.12, wide - 0.12, wide * 0.4 if oval else 0.15, tall, (0, 0, 0.1)
    )
    parts = [shell.translate((0, 0, 0.12 if feet else 0))]
    if feet:
        parts += [limb_(x * long * 0.35, y * wide * 0.3) for x in (-1, 1) for y in (-1, 1)] + [
            upright(long + 0.04, wide + 0.04, wide * 0.5, 0.05, (0, 0, tall + 0.08))
            - upright(long - 0.1, wide - 0.1, wide * 0.42, 1, (0, 0, 0))
        ]
    return Made(
        union(parts),
        ("bathtub", "bath", "tub"),
        ("oval",) if oval else ("rectangular",),
        ("on four feet" if feet else "without feet",),
        ("bathroom fixture",),
        {"feet": 4} if feet else {"feet": 1},
    )


def limb_(x: float, y: float) -> Manifold:
    return rod((x * 1.06, y * 1.1, 0.035), (x, y, 0.2), 0.04) + ball(0.05, (x * 1.06, y * 1.1, 0.04))


def toilet(rng: Generator) -> Made:
    lid_up, tank = chance(rng), rng.uniform(0.3, 0.42)
    seat = CrossSection.circle(0.2, 48).scale((0.95, 1.25)).translate((0, -0.05))
    bowl_ = Manifold.batch_hull([seat.extrude(0.03).translate((0, 0, 0.36)), box((0.22, 0.35, 0.02), (0, 0.05, 0.0))])
    bowl_ -= ball(0.5, (0, -0.06, 0.42), (0.28, 0.36, 0.45))
    lid = seat.extrude(0.03)
    lid = (
        lid.translate((0, -0.19, 0)).rotate((-97, 0, 0)).translate((0, 0.17, 0.42))
        if lid_up
        else lid.translate((0, 0, 0.385))
    )
    parts = [
        bowl_,
        lid,
        soft((0.42, 0.18, tank), (0, 0.27, 0.36), 0.03),
        box((0.24, 0.2, 0.38), (0, 0.22, 0)),
        soft((0.45, 0.21, 0.05), (0, 0.27, 0.34 + tank), 0.015),
    ]
    return Made(
        union(parts),
        ("toilet", "WC", "lavatory"),
        (),
        ("with a raised lid" if lid_up else "with a closed lid", "with a tank"),
        ("bathroom fixture",),
    )


def shower(rng: Generator) -> Made:
    """A tray, two walls, two glass frames and a shower head."""
    wide, tall = rng.uniform(0.8, 1), rng.uniform(1.8, 2.1)
    tray = box((wide, wide, 0.12)) - box((wide - 0.1, wide - 0.1, 0.1), (0, 0, 0.06))
    walls = box((wide, 0.04, tall), (0, wide / 2, 0)) + box((0.04, wide, tall), (-wide / 2, 0, 0))
    frame = box((wide, 0.04, tall), (0, -wide / 2 + 0.02, 0)) - box((wide - 0.1, 1, tall - 0.2), (0, -wide / 2, 0.15))
    right = box((0.04, wide, tall), (wide / 2 - 0.02, 0, 0)) - box((1, wide - 0.1, tall - 0.2), (wide / 2, 0, 0.15))
    pipe_ = (
        rod((0, wide / 2, 0.9), (0, wide / 2 - 0.05, tall - 0.25), 0.02)
        + rod((0, wide / 2, tall - 0.25), (0, wide / 2 - 0.3, tall - 0.2), 0.02)
        + cyl(0.13, 0.04, (0, wide / 2 - 0.3, tall - 0.24))
    )
    return Made(
        union([tray, walls, frame, right, pipe_]),
        ("shower cabin", "shower", "shower stall"),
        ("tall",),
        ("with a shower head", "with a tray"),
        ("bathroom fixture",),
    )


APPLIANCES: tuple[Named, ...] = (
    *(fridge, stove, washing_machine, range_hood, fan, radiator, sink, bathtub, toilet, shower),
)
