"""What is padded, or long enough for several: sofas, benches, loungers."""

from __future__ import annotations

from manifold3d import Manifold
from numpy.random import Generator

from .making import Made, Named, both, box, chance, counted, cyl, number, soft, spread
from .seats import back, legs
from .structures import union

SEAT = ("seat", "piece of furniture")


def arm_chair(rng: Generator) -> Made:
    """Wooden with arms, or padded."""
    if chance(rng, 0.45):
        width, depth, height, tall = (
            rng.uniform(0.48, 0.6),
            rng.uniform(0.42, 0.52),
            rng.uniform(0.38, 0.46),
            rng.uniform(0.4, 0.75),
        )
        feet, splayed = legs(rng, width, depth, height)
        rest, said = back(rng, width, tall, (0, depth / 2 - 0.04, height + 0.02))
        rise, thick = rng.uniform(0.17, 0.26), rng.uniform(0.035, 0.06)
        arms = both(
            box((thick, depth * 0.95, 0.035), (width / 2 - thick / 2, 0, height + rise))
            + box((0.035, 0.035, rise + 0.01), (width / 2 - 0.02, -depth * 0.4, height + 0.01))
        )
        made = union([box((width, depth, 0.04), (0, 0, height)), feet, rest, arms])
        return Made(
            made,
            ("armchair", "chair with arms"),
            (),
            ("with arms", *said, *splayed, "with four legs"),
            SEAT,
            {"feet": 4},
        )
    made, legged = padded(rng, rng.uniform(0.75, 1), 1)
    having = ("with arms", "with four legs" if legged else "without legs")
    return Made(made, ("armchair", "easy chair", "club chair"), ("upholstered", "padded"), having, SEAT)


def padded(rng: Generator, width: float, cushions: int, arms: bool = True) -> tuple[Manifold, bool]:
    """A block with arms, a back and cushions, and whether it has legs."""
    depth, seat, tall, arm = (
        rng.uniform(0.75, 0.95),
        rng.uniform(0.28, 0.4),
        rng.uniform(0.3, 0.5),
        rng.uniform(0.1, 0.22),
    )
    soften, legged, rise = rng.uniform(0.02, 0.08), chance(rng), rng.uniform(0.15, 0.26)
    wide = width + (2 * arm if arms else 0)
    parts = [soft((width + 0.06, depth, seat - 0.1), (0, 0, 0), 0.03)]
    parts.append(soft((wide - 0.02, 0.22, seat + tall), (0, depth / 2 - 0.1, 0), soften))
    for x in spread(cushions, width * (1 - 1 / cushions)):
        parts.append(soft((width / cushions - 0.01, depth - 0.2, 0.16), (x, -0.12, seat - 0.13), 0.05))
        parts.append(soft((width / cushions - 0.02, 0.18, tall - 0.02), (x, depth / 2 - 0.26, seat - 0.02), 0.06))
    if arms:
        parts.append(both(soft((arm, depth, seat + rise), (width / 2 + arm / 2 - 0.01, -0.02, 0), soften)))
    made = union(parts)
    if not legged:
        return made, False
    posts = [
        cyl(0.02, 0.13, (x * (wide / 2 - 0.1), y * (depth / 2 - 0.12), -0.1), top=0.035)
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return union([made, *posts]), True


def sofa(rng: Generator) -> Made:
    count, arms = number(rng, 2, 4), chance(rng, 0.85)
    made, legged = padded(rng, count * rng.uniform(0.55, 0.75), count, arms)
    having = (f"with {counted(count, 'seat')}", "with arms" if arms else "without arms")
    having = (*having, "with legs" if legged else "without legs")
    nouns = (
        "sofa",
        "couch",
        "settee",
        *(("two-seater",) if count == 2 else ()),
        *(("three-seater",) if count == 3 else ()),
    )
    return Made(made, nouns, ("padded", *(("long",) if count == 4 else ())), having, SEAT)


def corner_sofa(rng: Generator) -> Made:
    long, other, depth, seat = (
        rng.uniform(2, 2.8),
        rng.uniform(1.5, 2.1),
        rng.uniform(0.8, 0.95),
        rng.uniform(0.36, 0.44),
    )
    tall, side = rng.uniform(0.7, 0.85), float(rng.choice([-1, 1]))
    parts = [
        soft((long, depth, seat), (0, 0, 0), 0.05),
        soft((depth, other, seat), (long / 2 - depth / 2, depth / 2 - other / 2, 0), 0.05),
    ]
    parts.append(soft((long, 0.24, tall), (0, depth / 2 - 0.11, 0), 0.07))
    parts.append(soft((0.24, other, tall), (long / 2 - 0.11, depth / 2 - other / 2, 0), 0.07))
    parts.append(soft((0.2, depth, tall - 0.15), (0.1 - long / 2, 0, 0), 0.07))
    parts += [soft((0.6, 0.16, 0.36), (x, depth / 2 - 0.28, seat - 0.03), 0.07) for x in spread(3, long - 1.5) - 0.2]
    made = union(parts).mirror((1, 0, 0)) if side < 0 else union(parts)
    return Made(
        made,
        ("corner sofa", "sectional sofa", "L-shaped couch", "corner couch"),
        ("L-shaped",),
        ("with a chaise",),
        ("sofa", *SEAT),
    )


def bench(rng: Generator) -> Made:
    width, depth, height, backed = rng.uniform(1, 1.8), rng.uniform(0.3, 0.45), rng.uniform(0.4, 0.48), chance(rng)
    slats = number(rng, 1, 5)
    planks = [
        box((width, depth / slats - 0.015, 0.035), (0, y, height)) for y in spread(slats, depth * (1 - 1 / slats))
    ]
    side = box((0.05, depth, height + 0.01), (width * 0.42, 0, 0)) - (
        box((0.2, depth * 0.7, height * 0.8), (width * 0.42, 0, -0.01))
    )
    parts = [*planks, both(side), box((width * 0.85, 0.06, 0.05), (0, 0, height - 0.045))]
    if backed:
        post = box((0.05, 0.04, 0.45), (width * 0.42, depth / 2, height - 0.1))
        rails = [box((width, 0.03, 0.1), (0, depth / 2 - 0.01, height + z)) for z in (0.1, 0.24)]
        parts += [both(post), *rails]
    having = (
        "with a back" if backed else "without back",
        *((f"of {counted(slats, 'plank')}",) if slats > 1 and not backed else ()),
    )
    nouns = ("bench", "park bench", "garden bench") if backed else ("bench",)
    return Made(union(parts), nouns, ("long", "backless") if not backed else ("long",), having, SEAT)


def deck_chair(rng: Generator) -> Made:
    """A lounger: long, with a raised back."""
    width, long, height, rise = (
        rng.uniform(0.55, 0.7),
        rng.uniform(1.1, 1.4),
        rng.uniform(0.25, 0.35),
        rng.uniform(25, 60),
    )
    count = number(rng, 6, 10)
    flat = [box((width, long / count - 0.03, 0.03), (0, y, 0)) for y in spread(count, long * (1 - 1 / count))]
    bed = union([*flat, both(box((0.04, long, 0.05), (width / 2 - 0.03, 0, -0.03)))])
    upper = union(
        [box((width, 0.07, 0.03), (0, 0.06 + 0.1 * k, 0)) for k in range(7)]
        + [both(box((0.04, 0.72, 0.05), (width / 2 - 0.03, 0.33, -0.03)))]
    )
    raised = upper.rotate((rise, 0, 0)).translate((0, long / 2 - 0.03, height))
    feet = [
        box((0.05, 0.05, height + 0.01), (x * (width / 2 - 0.03), y * long * 0.44, 0)) for x in (-1, 1) for y in (-1, 1)
    ]
    nouns = ("deck chair", "lounger", "sun lounger")
    return Made(
        union([bed.translate((0, 0, height)), raised, *feet]),
        nouns,
        ("slatted", "long", "low"),
        ("with a raised back", "with four legs"),
        SEAT,
        {"feet": 4},
    )


SOFAS: tuple[Named, ...] = (*(arm_chair, sofa, corner_sofa, bench, deck_chair),)
