"""Arches, columns, temples, bridges and other structures without rooms."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .buildings import gable, gap
from .making import Made, Named, around, ball, both, box, chance, counted, cyl, either, number, ring, soft, spread, tube
from .structures import rod, union

BUILDING = ("building",)


def bridge(rng: Generator) -> Made:
    """Along X: on arches, hung from two pylons, or a truss."""
    form, arches, long, width = (
        either(rng, "arch", "suspension", "truss"),
        number(rng, 1, 5),
        2.0,
        rng.uniform(0.25, 0.4),
    )
    if form == "arch":
        span, tall = long / arches, rng.uniform(0.35, 0.6)
        r = span / 2 - 0.05
        cuts = [
            cyl(0.5, 9, (0, -4, 0), "y", sides=48).scale((2 * r, 1, 2 * (tall - 0.12))).translate((x, 0, 0))
            for x in spread(arches, long - span)
        ]
        made = box((long, width, tall)) - union(cuts)
        made += both(box((long, 0.04, 0.08), (0, width / 2 - 0.02, tall - 0.01)), 1)
        return Made(
            made,
            ("arch bridge", "bridge", "stone bridge") if arches < 4 else ("viaduct", "bridge", "aqueduct"),
            ("long",),
            (f"with {counted(arches, 'arch', 'arches')}",),
            ("structure",),
            {"genus": 0, "feet": arches + 1},
        )
    deck = box((long, width, 0.05))
    if form == "suspension":
        tall, x = rng.uniform(0.45, 0.65), 0.55
        pylon = both(box((0.06, 0.05, tall + 0.3), (x, width / 2 + 0.02, -0.3)), 1) + union(
            [box((0.06, width, 0.05), (x, 0, z)) for z in (tall * 0.6, tall - 0.06, -0.05)]
        )
        t = np.linspace(-1, 1, 30)
        cable = tube([(x * k, width / 2, 0.1 + (tall - 0.12) * k**2) for k in t], 0.014) + both(
            rod((x, width / 2, tall - 0.02), (1, width / 2, 0.02), 0.014)
        )
        hangers = [
            rod((k * x, width / 2, 0), (k * x, width / 2, 0.1 + (tall - 0.12) * k**2), 0.008, 6)
            for k in np.linspace(-0.85, 0.85, 11)
        ]
        made = union([deck, both(pylon), both(union([cable, *hangers]), 1)])
        return Made(
            made, ("suspension bridge", "bridge"), ("long",), ("with two pylons", "with cables"), ("structure",)
        )
    count, tall = number(rng, 4, 7), rng.uniform(0.3, 0.4)
    xs = np.linspace(-0.95, 0.95, 2 * count + 1)
    zig = [
        rod(
            (xs[k], width / 2, 0.02 if k % 2 == 0 else tall),
            (xs[k + 1], width / 2, tall if k % 2 == 0 else 0.02),
            0.02,
            6,
        )
        for k in range(2 * count)
    ]
    top = rod((xs[1], width / 2, tall), (xs[-2], width / 2, tall), 0.025, 6)
    made = union(
        [
            deck,
            both(union([*zig, top]), 1),
            *(rod((x, -width / 2, tall), (x, width / 2, tall), 0.015, 6) for x in xs[1::2]),
        ]
    )
    return Made(
        made,
        ("truss bridge", "bridge", "railway bridge"),
        ("long",),
        ("with a truss", "with diagonal bars"),
        ("structure",),
    )


def lighthouse(rng: Generator) -> Made:
    low, tall = rng.uniform(0.16, 0.24), rng.uniform(0.9, 1.2)
    top = low * rng.uniform(0.5, 0.7)
    body = cyl(low, tall, top=top, sides=40) - gap(0.07, 0.12, (0, -low, -0.001), True)
    body += cyl(low * 1.4, 0.08, (0, 0, -0.06), sides=40)
    posts = around(cyl(0.006, 0.09, (top * 1.4, 0, tall + 0.02)), 12) + ring(top * 1.4, 0.008, (0, 0, tall + 0.1))
    lamp = [
        cyl(top * 1.5, 0.04, (0, 0, tall - 0.01), sides=40),
        cyl(top * 0.75, 0.2, (0, 0, tall)),
        cyl(top * 0.95, 0.12, (0, 0, tall + 0.18), top=0.01),
        ball(0.02, (0, 0, tall + 0.3)),
    ]
    return Made(
        union([body, posts, *lamp]),
        ("lighthouse", "beacon"),
        ("round", "tall"),
        ("with a gallery", "with a lantern on top"),
        ("tower", *BUILDING),
    )


def windmill(rng: Generator) -> Made:
    """Of the old kind with lattice sails, or a wind turbine."""
    if chance(rng, 0.4):
        tall, blades, turn = rng.uniform(1.2, 1.6), number(rng, 2, 4), rng.uniform(0, 90)
        blade = Manifold.batch_hull(
            [
                ball(0.03),
                box((0.07, 0.015, 0.02), (0.02, 0, 0.18)),
                box((0.02, 0.008, 0.01), (0, 0, rng.uniform(0.55, 0.8))),
            ]
        )
        rotor = union([blade.rotate((0, 360 * k / blades + turn, 0)) for k in range(blades)] + [ball(0.055)]).translate(
            (0, -0.14, tall)
        )
        return Made(
            union([rotor, cyl(0.05, tall, top=0.03), soft((0.09, 0.28, 0.09), (0, 0, tall - 0.045), 0.03)]),
            ("wind turbine", "windmill", "wind wheel"),
            ("tall", "slim"),
            (f"with {counted(blades, 'blade')}",),
            ("machine", "structure"),
        )
    low, tall, turn = rng.uniform(0.25, 0.35), rng.uniform(0.7, 0.9), rng.uniform(0, 45)
    body = cyl(low, tall, top=low * 0.65, sides=8) - gap(0.1, 0.16, (0, -low * 0.95, -0.001), True)
    cap = ball(low * 0.68, (0, 0, tall), (1, 1, 0.8))
    rungs = [box((0.15, 0.015, 0.015), (0.05, 0, z)) for z in np.linspace(0.18, 0.58, 7)]
    sail = union(
        [
            box((0.03, 0.03, 0.62)),
            *rungs,
            box((0.015, 0.015, 0.42), (0.12, 0, 0.18)),
            box((0.015, 0.015, 0.42), (-0.02, 0, 0.18)),
        ]
    )
    rotor = union([sail.rotate((0, 90 * k + turn, 0)) for k in range(4)]).translate((0, -low * 0.85, tall)) + cyl(
        0.035, low, (0, -low * 0.95, tall), "y"
    )
    return Made(union([body, cap, rotor]), ("windmill", "mill"), (), ("with four sails", "with a door"), BUILDING)


def archway(rng: Generator) -> Made:
    width, tall, depth = rng.uniform(0.6, 1), rng.uniform(0.5, 0.9), rng.uniform(0.15, 0.5)
    wall, flat_top = rng.uniform(0.12, 0.25), chance(rng)
    bore = box((width, 9, tall), (0, 0, -0.001)) + cyl(width / 2, 9, (0, -4, tall), "y", sides=64)
    outer = (
        box((width + 2 * wall, depth, tall + width / 2 + wall))
        if flat_top
        else box((width + 2 * wall, depth, tall)) + cyl(width / 2 + wall, depth, (0, -depth / 2, tall), "y", sides=64)
    )
    if flat_top:
        outer += box((width + 2 * wall + 0.1, depth + 0.08, 0.08), (0, 0, tall + width / 2 + wall - 0.01))
    return Made(
        outer - bore,
        ("triumphal arch", "arch", "gate") if flat_top else ("arch", "archway"),
        ("massive",) if wall > 0.2 else (),
        ("with a flat top" if flat_top else "with a round top", "on two pillars"),
        ("structure", "part of a building"),
        {"feet": 2, "genus": 0},
    )


def column(rng: Generator) -> Made:
    radius, tall, flutes = rng.uniform(0.09, 0.14), rng.uniform(0.8, 1), number(rng, 8, 16) if chance(rng, 0.6) else 0
    shaft_ = cyl(radius, tall, (0, 0, 0.08), top=radius * 0.85, sides=64)
    if flutes:
        shaft_ -= around(cyl(radius * 0.13, tall * 0.86, (radius, 0, 0.14)), flutes)
    parts = [
        shaft_,
        box((radius * 3, radius * 3, 0.06)),
        cyl(radius * 1.35, 0.05, (0, 0, 0.05), sides=48),
        cyl(radius * 0.9, 0.09, (0, 0, tall + 0.06), top=radius * 1.35, sides=48),
        box((radius * 3, radius * 3, 0.06), (0, 0, tall + 0.14)),
    ]
    return Made(
        union(parts),
        ("column", "pillar"),
        ("round", "tall", *(("fluted",) if flutes else ("smooth",))),
        (f"with {counted(flutes, 'flute')}" if flutes else "without flutes", "with a base and a capital"),
        ("part of a building",),
        {"genus": 0},
    )


def temple(rng: Generator) -> Made:
    """Columns about a hall, under a gable."""
    columns, rows, steps, tall = number(rng, 4, 6), number(rng, 4, 7), number(rng, 1, 3), rng.uniform(0.4, 0.55)
    width, depth = columns * 0.2, rows * 0.2
    base = [box((width + 0.1 * (steps - k), depth + 0.1 * (steps - k), 0.055), (0, 0, 0.05 * k)) for k in range(steps)]
    z = 0.05 * steps - 0.002
    xs, ys = spread(columns, width - 0.1), spread(rows, depth - 0.1)
    posts = [
        cyl(0.045, tall, (x, y, z), top=0.038, sides=20)
        for x in xs
        for y in ys
        if x in (xs[0], xs[-1]) or y in (ys[0], ys[-1])
    ]
    hall = box((width - 0.36, depth - 0.36, tall), (0, 0, z))
    roof = gable(depth, width, width * 0.25, (0, 0, z + tall + 0.05), 0.04).rotate((0, 0, 90))
    return Made(
        union([*base, *posts, hall, box((width + 0.04, depth + 0.04, 0.06), (0, 0, z + tall - 0.005)), roof]),
        ("temple", "Greek temple"),
        (),
        (f"with {counted(columns, 'column')} in front", "with a gable roof", f"on {counted(steps, 'step')}"),
        BUILDING,
    )


def fireplace(rng: Generator) -> Made:
    width, tall, depth, arched = rng.uniform(1, 1.5), rng.uniform(0.9, 1.2), rng.uniform(0.25, 0.4), chance(rng, 0.4)
    hole = rng.uniform(0.5, 0.65)
    body = box((width, depth, tall)) - box((width * hole, depth * 1.4, tall * 0.5), (0, -depth * 0.8, 0.06))
    if arched:
        body -= (
            cyl(0.5, depth * 0.7, (0, 0, 0), "y")
            .scale((width * hole, 1, tall * 0.3))
            .translate((0, -depth * 0.6, 0.06 + tall * 0.5))
        )
    parts = [
        body,
        box((width + 0.16, depth + 0.12, 0.07), (0, -0.03, tall - 0.02)),
        box((width + 0.1, depth + 0.3, 0.06), (0, -0.1, 0)),
    ]
    if chimney := chance(rng):
        parts.append(box((width * 0.6, depth * 0.8, tall * 0.8), (0, 0, tall)))
    return Made(
        union(parts),
        ("fireplace", "fireplace mantel", "hearth"),
        ("arched",) if arched else ("rectangular",),
        ("with a mantelpiece", "with a chimney" if chimney else "without chimney"),
        ("part of a building",),
    )


def well(rng: Generator) -> Made:
    """Round, with two posts, a roof and a crank."""
    radius, tall, posts = 0.35, rng.uniform(0.3, 0.45), rng.uniform(0.5, 0.7)
    body = cyl(radius, tall, sides=40) - cyl(radius - 0.08, tall, (0, 0, 0.05), sides=40)
    parts = [
        body,
        both(box((0.06, 0.06, tall + posts), (radius - 0.04, 0, 0))),
        gable(0.75, 0.6, 0.25, (0, 0, tall + posts - 0.03)),
        rod((-radius, 0, tall + 0.25), (radius + 0.15, 0, tall + 0.25), 0.03),
        rod((radius + 0.14, 0, tall + 0.25), (radius + 0.14, 0, tall + 0.08), 0.015),
        rod((0, 0, tall + 0.25), (0, 0, tall + 0.05), 0.01),
        cyl(0.07, 0.12, (0, 0, tall - 0.05), top=0.09),
    ]
    return Made(
        union(parts),
        ("well", "wishing well", "draw well"),
        ("round",),
        ("with a roof", "with a bucket"),
        ("structure",),
    )


MONUMENTS: tuple[Named, ...] = (*(bridge, lighthouse, windmill, archway, column, temple, fireplace, well),)
