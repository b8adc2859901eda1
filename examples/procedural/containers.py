"""Boxes, baskets, buckets, barrels and bins."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    arc,
    ball,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    hollowed,
    number,
    ring,
    spread,
    tube,
    turned,
)
from .structures import rod, union


def crate(rng: Generator) -> Made:
    """Of slats, open at the top."""
    width, depth, rows, thick = rng.uniform(0.5, 0.9), rng.uniform(0.4, 0.6), number(rng, 2, 4), 0.02
    height = rows * rng.uniform(0.1, 0.14)
    parts = [
        box((0.05, 0.05, height), (x * (width / 2 - 0.035), y * (depth / 2 - 0.035), 0))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    parts.append(box((width - 0.02, depth - 0.02, 0.03)))
    tall = height / rows * rng.uniform(0.6, 0.8)
    for k in range(rows):
        z = k * height / rows + 0.01
        parts += [box((width, thick, tall), (0, y, z)) for y in (-depth / 2 + 0.005, depth / 2 - 0.005)]
        parts += [box((thick, depth, tall), (x, 0, z)) for x in (-width / 2 + 0.005, width / 2 - 0.005)]
    return Made(
        union(parts),
        ("crate", "wooden box", "fruit crate"),
        ("slatted", "open"),
        (f"with {counted(rows, 'slat')} on each side", "without lid"),
        ("container", "box"),
    )


def lidded_box(rng: Generator) -> Made:
    """A box with its lid on, ajar, or opened up."""
    width, depth, height, wall = rng.uniform(0.5, 1), rng.uniform(0.4, 0.7), rng.uniform(0.2, 0.5), 0.03
    state, domed = either(rng, "open", "closed"), chance(rng, 0.4)
    body = box((width, depth, height)) - box((width - 2 * wall, depth - 2 * wall, height), (0, 0, wall))
    if domed:
        lid = cyl(depth / 2 + 0.01, width + 0.02, (-width / 2 - 0.01, 0, 0), "x", sides=48) ^ box((2, 2, 1))
        lid = lid.scale((1, 1, 0.6)) - box((width - 0.06, depth - 0.06, 0.04), (0, 0, -0.01))
    else:
        lid = box((width + 0.03, depth + 0.03, 0.07)) - box((width - 0.04, depth - 0.04, 0.06), (0, 0, -0.02))
    lid = (
        lid.translate((0, -depth / 2, 0))
        .rotate((-rng.uniform(60, 100) if state == "open" else 0, 0, 0))
        .translate((0, depth / 2, height - 0.01))
    )
    nouns = ("chest", "treasure chest", "box with lid") if domed else ("box", "box with lid", "casket")
    having = (f"with {'an open' if state == 'open' else 'a closed'} lid",)
    return Made(
        union([body, lid]), nouns, (("domed",) if domed else ("rectangular",)), having, ("container", "storage")
    )


def open_box(rng: Generator) -> Made:
    """A bin, tray or carton without a lid, perhaps with compartments."""
    width, depth, height, wall = rng.uniform(0.5, 1), rng.uniform(0.4, 0.8), rng.uniform(0.08, 0.7), 0.025
    columns, rows = number(rng, 1, 3), number(rng, 1, 2)
    cell = ((width - wall) / columns, (depth - wall) / rows)
    holes = [
        box((cell[0] - wall, cell[1] - wall, height), (x, y, wall))
        for x in spread(columns, width - wall - cell[0])
        for y in spread(rows, depth - wall - cell[1])
    ]
    nouns = ("tray",) if height < 0.2 else ("open box", "bin", "box")
    count = columns * rows
    having = (f"with {counted(count, 'compartment')}",) if count > 1 else ("without lid",)
    return Made(
        box((width, depth, height)) - union(holes),
        nouns,
        ("rectangular", *(("shallow",) if height < 0.2 else ())),
        having,
        ("container",),
        {"genus": 0},
    )


def basket(rng: Generator) -> Made:
    """Woven: rings and uprights, with or without a handle."""
    low, top, height = rng.uniform(0.25, 0.35), rng.uniform(0.36, 0.46), rng.uniform(0.25, 0.5)
    rows, posts, handle, long = number(rng, 4, 7), number(rng, 14, 22), chance(rng, 0.6), rng.uniform(1, 1.4)
    wide = lambda t: low + (top - low) * t  # noqa: E731
    parts = [ring(wide(t), 0.022, (0, 0, t * height + 0.02)) for t in np.linspace(0, 1, rows)]
    parts += [rod((low, 0, 0.02), (top, 0, height + 0.02), 0.016).rotate((0, 0, 360 * k / posts)) for k in range(posts)]
    parts.append(cyl(low + 0.01, 0.03))
    if handle:
        parts.append(tube([(x, 0, height + z * 1.1) for x, z in arc(top, 0, 180, 30)], 0.022))
    return Made(
        union(parts).scale((long, 1, 1)),
        ("basket", "wicker basket"),
        ("woven", "oval" if long > 1.15 else "round"),
        ("with a handle" if handle else "without handle",),
        ("container",),
    )


def bucket(rng: Generator) -> Made:
    height, top, low = rng.uniform(0.5, 0.8), rng.uniform(0.35, 0.42), rng.uniform(0.22, 0.3)
    body, up = hollowed((low, top), (0, height), 0.02), chance(rng, 0.6)
    parts = [body, ring(top, 0.018, (0, 0, height))]
    bow = tube([(x, 0, z) for x, z in arc(top + 0.005, 0, 180, 30)], 0.012)
    parts.append((bow if up else bow.rotate((rng.uniform(50, 75), 0, 0))).translate((0, 0, height - 0.01)))
    parts.append(both(ball(0.03, (top, 0, height - 0.02))))
    return Made(union(parts), ("bucket", "pail"), ("round", "open"), ("with a handle",), ("container",))


def barrel(rng: Generator) -> Made:
    height, low, belly, lying = (
        rng.uniform(0.8, 1.1),
        rng.uniform(0.26, 0.34),
        rng.uniform(1.15, 1.35),
        chance(rng, 0.25),
    )
    t = np.linspace(0, 1, 25)
    radii = low * (1 + (belly - 1) * np.sin(np.pi * t))
    count = int(rng.choice([2, 4]))
    parts = [turned(radii, t * height) - cyl(low * 0.9, 0.03, (0, 0, height - 0.02))]
    for z in (0.08, 0.92, 0.3, 0.7)[:count]:
        parts.append(
            cyl(low * (1 + (belly - 1) * np.sin(np.pi * z)) * 1.02, 0.05, (0, 0, z * height - 0.025), sides=48)
        )
    made = union(parts)
    return Made(
        made.rotate((0, 90, 0)) if lying else made,
        ("barrel", "cask", "keg"),
        ("round", "lying" if lying else "standing"),
        (f"with {counted(count, 'hoop')}",),
        ("container",),
        {"genus": 0},
    )


def bin_with_lid(rng: Generator) -> Made:
    """A dustbin: round with a lid and a knob, or on wheels."""
    if chance(rng):
        height, radius = rng.uniform(0.7, 1), rng.uniform(0.25, 0.33)
        body = cyl(radius * rng.uniform(0.75, 0.95), height, top=radius)
        lid = turned(
            radius * 1.06 * np.cos(np.linspace(0, 1.3, 12)), height - 0.02 + 0.15 * np.sin(np.linspace(0, 1.3, 12))
        )
        parts = [
            body,
            lid,
            tube([(x, 0, height + 0.1 + z) for x, z in arc(0.07, 0, 180)], 0.015),
            *(ring(radius * 0.95, 0.012, (0, 0, height * z)) for z in (0.6, 0.75)),
        ]
        return Made(
            union(parts), ("dustbin", "trash can", "garbage can", "bin"), ("round",), ("with a lid",), ("container",)
        )
    width, depth, height = rng.uniform(0.45, 0.55), rng.uniform(0.5, 0.6), rng.uniform(0.85, 1.0)
    body = Manifold.batch_hull(
        [box((width * 0.8, depth * 0.75, 0.02), (0, 0.03, 0.05)), box((width, depth, 0.02), (0, 0, height))]
    )
    lid = box((width + 0.05, depth + 0.06, 0.06), (0, 0, height)) + cyl(
        0.025, width, (-width / 2, depth / 2 + 0.04, height), "x"
    )
    wheels = both(cyl(0.1, 0.05, (width / 2 - 0.06, depth / 2 - 0.02, 0.1), "x")) + cyl(
        0.02, width - 0.05, (0.025 - width / 2, depth / 2 - 0.02, 0.1), "x"
    )
    return Made(
        union([body, lid, wheels]),
        ("wheelie bin", "dustbin", "garbage bin", "trash bin"),
        ("rectangular",),
        ("with two wheels", "with a lid"),
        ("container",),
    )


CONTAINERS: tuple[Named, ...] = (*(crate, lidded_box, open_box, basket, bucket, barrel, bin_with_lid),)
