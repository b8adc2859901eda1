"""Parts that turn or cool or close: gears, pulleys, shafts, propellers, heat sinks, knobs, cams, cases."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection
from numpy.random import Generator

from .making import Made, Named, around, ball, between, box, chance, counted, cyl, number, outline, ring, spread, turned
from .structures import rod, union

PART = ("machine part",)


def gear(rng: Generator) -> Made:
    teeth, height, deep = number(rng, 8, 24), rng.uniform(0.06, 0.35), rng.uniform(0.12, 0.2)
    wide, bore, spoked = 2 * np.pi / teeth, rng.uniform(0.06, 0.14), chance(rng, 0.3)
    inner = 0.5 * (1 - deep * 12 / max(teeth, 12))
    angles = np.concatenate([k * wide + wide * np.array([-0.27, -0.13, 0.13, 0.27]) for k in range(teeth)])
    radii = np.tile([inner, 0.5, 0.5, inner], teeth)
    flat = CrossSection([np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)])
    holes = 1
    body = flat.extrude(height) - cyl(bore, 2, (0, 0, -1))
    if spoked:
        count = number(rng, 3, 6)
        body -= around(cyl(min(0.08, 0.9 / count * 0.3), 2, (0.27, 0, -1)), count)
        holes += count
    having = (
        f"with {counted(teeth, 'tooth', 'teeth')}",
        *((f"with {counted(holes - 1, 'opening')} in its disc",) if spoked else ()),
    )
    shape = between(height, 0.13, 0.25, ("thin", "thick"))
    return Made(body, ("gear", "cog", "cogwheel", "gear wheel"), ("toothed", *shape), having, PART, {"genus": holes})


def pulley(rng: Generator) -> Made:
    count, bore, deep = number(rng, 1, 3), rng.uniform(0.06, 0.15), rng.uniform(0.06, 0.15)
    radii, heights = [0.5], [0.0]
    for k in range(count):
        radii += [0.5, 0.5 - deep, 0.5 - deep, 0.5]
        heights += [0.22 * k + z for z in (0.04, 0.09, 0.15, 0.2)]
    radii.append(0.5)
    heights.append(0.22 * count + 0.02)
    body = turned(radii, heights, 64) - cyl(bore, 3, (0, 0, -1))
    return Made(
        body,
        ("pulley", "belt pulley", "sheave"),
        ("round",),
        (f"with {counted(count, 'groove')}", "with a bore"),
        PART,
        {"genus": 1},
    )


def shaft(rng: Generator) -> Made:
    """Stepped, lying."""
    count = number(rng, 2, 5)
    radii, long = [], []
    for _ in range(count):
        choices = [r for r in (0.05, 0.075, 0.1, 0.13, 0.16) if not radii or abs(r - radii[-1]) > 0.02]
        radii.append(float(rng.choice(choices)))
        long.append(rng.uniform(0.15, 0.45))
    starts = np.concatenate([[0], np.cumsum(long)])
    body = union([cyl(r, n + 0.001, (x, 0, 0), "x") for r, n, x in zip(radii, long, starts, strict=False)])
    return Made(
        body,
        ("shaft", "stepped shaft", "axle"),
        ("round", "stepped", "long"),
        (f"with {counted(count, 'section')}", f"with {counted(count - 1, 'step')}"),
        PART,
        {"genus": 0},
    )


def bearing(rng: Generator) -> Made:
    """Two rings with balls between them."""
    count, inner, height = number(rng, 7, 12), rng.uniform(0.2, 0.26), rng.uniform(0.15, 0.25)
    middle, size = (inner + 0.5) / 2, 0.5 * (0.5 - inner) / 2
    size = min(size, 0.9 * np.pi * middle / count)
    outer = cyl(0.5, height, sides=64) - cyl(middle + 0.6 * size, 1, (0, 0, -0.5), sides=64)
    core = cyl(middle - 0.6 * size, height, sides=64) - cyl(inner * 0.7, 1, (0, 0, -0.5), sides=48)
    balls = around(ball(min(size, height * 0.55), (middle, 0, height / 2)), count)
    cage = ring(middle, 0.3 * size, (0, 0, height / 2))
    return Made(
        union([outer, core, balls, cage]),
        ("ball bearing", "bearing"),
        ("round",),
        (f"with {counted(count, 'ball')}", "with two rings"),
        PART,
    )


def heat_sink(rng: Generator) -> Made:
    count, width, depth = number(rng, 5, 16), rng.uniform(0.6, 1), rng.uniform(0.4, 1)
    base, tall = rng.uniform(0.04, 0.1), rng.uniform(0.15, 0.5)
    fins = [
        box((width / count * 0.35, depth, tall), (x, 0, base - 0.005))
        for x in spread(count, width * (1 - 0.35 / count))
    ]
    made = union([box((width, depth, base)), *fins])
    return Made(
        made, ("heat sink", "heatsink", "cooler"), ("finned",), (f"with {counted(count, 'fin')}",), PART, {"genus": 0}
    )


def propeller(rng: Generator) -> Made:
    count, pitch, wide = number(rng, 2, 6), rng.uniform(25, 50), rng.uniform(0.1, 0.2)
    blade = (
        CrossSection.circle(0.5, 40).scale((0.42, wide)).translate((0.27, 0)).extrude(0.03).translate((0, 0, -0.015))
    )
    blade = blade.rotate((pitch, 0, 0))
    hub = cyl(0.09, 0.2, (0, 0, -0.1)) + ball(0.09, (0, 0, 0.1), (1, 1, 0.8))
    nouns = ("propeller", "screw propeller", "rotor")
    return Made(union([around(blade, count), hub]), nouns, (), (f"with {counted(count, 'blade')}",), PART, {"genus": 0})


def impeller(rng: Generator) -> Made:
    """Curved blades standing on a disc."""
    count, tall, bend = number(rng, 5, 10), rng.uniform(0.1, 0.3), rng.uniform(20, 60)
    t = np.linspace(0, 1, 12)
    radius, turn = 0.13 + 0.33 * t, np.radians(bend) * t
    middle = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    across = np.stack([-np.sin(turn), np.cos(turn)], axis=1) * 0.014
    blade = outline([*(middle - across), *(middle + across)[::-1]]).extrude(tall).translate((0, 0, 0.03))
    made = union([cyl(0.5, 0.04, sides=64), cyl(0.15, tall + 0.03), around(blade, count)]) - cyl(0.06, 2, (0, 0, -1))
    return Made(
        made,
        ("impeller", "pump wheel", "turbine wheel"),
        ("round",),
        (f"with {counted(count, 'curved blade')}", f"with {counted(count, 'blade')}"),
        PART,
        {"genus": 1},
    )


def hand_wheel(rng: Generator) -> Made:
    """A valve's or a ship's or a car's."""
    spokes, tube_ = number(rng, 3, 8), rng.uniform(0.03, 0.055)
    grips = spokes >= 6 and chance(rng, 0.7)
    reach = 0.62 if grips else 0.42
    parts = [
        ring(0.42, tube_),
        cyl(0.1, 0.14, (0, 0, -0.07)),
        around(rod((0, 0, 0), (reach, 0, 0), tube_ * 0.6), spokes),
    ]
    nouns = ("ship's wheel", "steering wheel", "helm") if grips else ("handwheel", "valve wheel", "wheel with spokes")
    having = (f"with {counted(spokes, 'spoke')}", *(("with grips",) if grips else ()))
    return Made(union(parts), nouns, ("round",), having, ("wheel",), {"genus": spokes})


GEARS: tuple[Named, ...] = (*(gear, pulley, shaft, bearing, heat_sink, propeller, impeller, hand_wheel),)
