"""What things are kept in: shelves, wardrobes, chests, boxes, baskets, barrels."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    arc,
    ball,
    between,
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
from .tables import drawers

STORAGE = ("storage", "piece of furniture")


def shelf(rng: Generator) -> Made:
    """Open in front, with or without a rear wall."""
    width, depth, height, wall = (
        rng.uniform(0.4, 1.4),
        rng.uniform(0.22, 0.38),
        rng.uniform(0.8, 2.2),
        rng.uniform(0.018, 0.03),
    )
    rows, columns, closed = number(rng, 2, 6), number(rng, 1, 3), chance(rng, 0.7)
    cell = ((width - wall) / columns, (height - wall) / rows)
    holes = [
        box((cell[0] - wall, depth + 1, cell[1] - wall), (x, -0.5 - wall if closed else 0, wall + k * cell[1]))
        for x in spread(columns, width - wall - cell[0])
        for k in range(rows)
    ]
    made = box((width, depth, height)) - union(holes)
    having = (
        f"with {counted(rows * columns, 'compartment')}",
        f"with {counted(rows + 1, 'board')}" if columns == 1 else f"in {counted(columns, 'column')}",
    )
    having = (*having, *(() if closed else ("without rear wall",)))
    shape = between(height / width, 1, 1.8, ("low wide", "tall"))
    return Made(
        made,
        ("bookshelf", "shelf", "bookcase", "shelving unit"),
        ("open", *shape),
        having,
        STORAGE,
        {} if closed else {"genus": rows * columns},
    )


def wardrobe(rng: Generator) -> Made:
    count, height, depth = number(rng, 2, 4), rng.uniform(1.8, 2.3), rng.uniform(0.5, 0.65)
    width, low = count * rng.uniform(0.4, 0.55), number(rng, 0, 2)
    foot, base = rng.uniform(0.03, 0.12), rng.uniform(0.3, 0.45) if low else 0.02
    parts = [box((width, depth, height - foot), (0, 0, foot)), box((width - 0.06, depth - 0.1, foot + 0.01))]
    for k, x in enumerate(spread(count, width * (1 - 1 / count))):
        parts.append(box((width / count - 0.025, 0.03, height - foot - base - 0.04), (x, -depth / 2, foot + base)))
        parts.append(
            box(
                (0.02, 0.03, 0.25),
                (x + (0.4 if k % 2 == 0 else -0.4) * width / count, -depth / 2 - 0.025, height * 0.5),
            )
        )
    if low:
        parts.append(drawers(low, width, base, -depth / 2, (0, 0, foot), "bars"))
    if chance(rng, 0.3):
        parts.append(box((width + 0.08, depth + 0.06, 0.06), (0, -0.01, height - 0.03)))
    having = (f"with {counted(count, 'door')}", *((f"with {counted(low, 'drawer')} below",) if low else ()))
    return Made(union(parts), ("wardrobe", "closet", "armoire"), ("tall",), having, STORAGE)


def chest_of_drawers(rng: Generator) -> Made:
    rows, columns, knob = number(rng, 2, 6), number(rng, 1, 2), either(rng, "knobs", "bars")
    width, depth, height = columns * rng.uniform(0.45, 0.75), rng.uniform(0.4, 0.5), rows * rng.uniform(0.17, 0.24)
    foot = rng.uniform(0.03, 0.15)
    parts = [
        box((width, depth, height), (0, 0, foot)),
        box((width + 0.05, depth + 0.04, 0.03), (0, 0, foot + height - 0.005)),
    ]
    for x in spread(columns, width / 2 if columns > 1 else 0):
        parts.append(drawers(rows, width / columns, height, -depth / 2, (x, 0, foot), knob))
    parts += [
        box((0.06, 0.06, foot + 0.01), (x * (width / 2 - 0.04), y * (depth / 2 - 0.04), 0))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    shape = between(height / width, 0.7, 1.3, ("wide low", "tall narrow"))
    having = (f"with {counted(rows * columns, 'drawer')}", "on four feet")
    return Made(union(parts), ("chest of drawers", "dresser", "commode"), shape, having, STORAGE, {"feet": 4})


def night_stand(rng: Generator) -> Made:
    width, depth, height, count = (
        rng.uniform(0.38, 0.5),
        rng.uniform(0.35, 0.42),
        rng.uniform(0.45, 0.6),
        number(rng, 1, 3),
    )
    foot, opened = rng.uniform(0.1, 0.22), count == 1
    body = box((width, depth, height - foot), (0, 0, foot))
    rise = 0.55 * (height - foot) if opened else 0
    if opened:
        body -= box((width - 0.05, depth, rise - 0.03), (0, -0.03, foot + 0.02))
    parts = [
        body,
        drawers(count, width, height - foot - rise, -depth / 2, (0, 0, foot + rise), either(rng, "knobs", "bars")),
    ]
    parts += [
        cyl(0.018, foot + 0.01, (x * (width / 2 - 0.04), y * (depth / 2 - 0.04), 0)) for x in (-1, 1) for y in (-1, 1)
    ]
    having = (f"with {counted(count, 'drawer')}", *(("with an open compartment",) if opened else ()), "on four legs")
    return Made(union(parts), ("nightstand", "bedside table", "night table"), ("small",), having, STORAGE, {"feet": 4})


def tv_stand(rng: Generator) -> Made:
    width, depth, height, columns = (
        rng.uniform(1.1, 2),
        rng.uniform(0.38, 0.48),
        rng.uniform(0.35, 0.55),
        number(rng, 2, 4),
    )
    foot, cell = rng.uniform(0.03, 0.15), (width - 0.03) / columns
    body, parts, doors = box((width, depth, height - foot), (0, 0, foot)), [], 0
    for k, x in enumerate(spread(columns, width - 0.03 - cell)):
        if k in (0, columns - 1) and columns > 2:
            doors += 1
            parts += [
                box((cell - 0.02, 0.03, height - foot - 0.05), (x, -depth / 2, foot + 0.025)),
                ball(0.018, (x - (0.35 if k else -0.35) * cell, -depth / 2 - 0.025, foot + 0.2)),
            ]
        else:
            body -= box((cell - 0.03, depth, height - foot - 0.06), (x, -0.03, foot + 0.03))
    parts += [
        box((0.05, 0.05, foot + 0.01), (x * (width / 2 - 0.06), y * (depth / 2 - 0.05), 0))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    having = ((f"with {counted(doors, 'door')}",) if doors else ()) + (
        f"with {counted(columns - doors, 'open compartment')}",
        "on four feet",
    )
    return Made(
        union([body, *parts]),
        ("TV stand", "media console", "lowboard", "TV cabinet"),
        ("low", "wide"),
        having,
        STORAGE,
        {"feet": 4},
    )


def cabinet_with_doors(rng: Generator) -> Made:
    """A sideboard or cupboard."""
    count, height, depth = number(rng, 1, 4), rng.uniform(0.7, 1.1), rng.uniform(0.38, 0.5)
    width, foot, low = count * rng.uniform(0.4, 0.5), rng.uniform(0.08, 0.2), number(rng, 0, 1)
    base = 0.2 if low else 0
    parts = [
        box((width, depth, height - foot), (0, 0, foot)),
        box((width + 0.04, depth + 0.03, 0.03), (0, 0, height - 0.01)),
    ]
    for x in spread(count, width * (1 - 1 / count)):
        parts.append(box((width / count - 0.03, 0.03, height - foot - base - 0.04), (x, -depth / 2, foot + 0.02)))
        parts.append(ball(0.018, (x + 0.38 * width / count, -depth / 2 - 0.03, foot + (height - foot) * 0.5)))
        if low:
            parts.append(drawers(1, width / count, 0.19, -depth / 2, (x, 0, height - 0.2), "bars"))
    parts += [
        cyl(0.02, foot + 0.01, (x * (width / 2 - 0.05), y * (depth / 2 - 0.05), 0)) for x in (-1, 1) for y in (-1, 1)
    ]
    having = (f"with {counted(count, 'door')}", *((f"with {counted(count, 'drawer')}",) if low else ()), "on four legs")
    nouns = ("cabinet", "sideboard", "buffet") if count > 2 else ("cabinet", "cupboard")
    return Made(
        union(parts), nouns, between(width / height, 0.9, 1.5, ("narrow", "wide")), having, STORAGE, {"feet": 4}
    )


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


STORAGES: tuple[Named, ...] = (
    *(shelf, wardrobe, chest_of_drawers, night_stand, tv_stand, cabinet_with_doors, crate, lidded_box, open_box),
    *(basket, bucket, barrel, bin_with_lid),
)
