"""What things are kept in: shelves, wardrobes, chests, boxes, baskets, barrels."""

from __future__ import annotations

from numpy.random import Generator

from .making import Made, Named, ball, between, box, chance, counted, cyl, either, number, spread
from .structures import union
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


STORAGES: tuple[Named, ...] = (*(shelf, wardrobe, chest_of_drawers, night_stand, tv_stand, cabinet_with_doors),)
