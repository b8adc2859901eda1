"""What is sat and lain on: chairs, stools, benches, sofas and beds."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    Place,
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
    rectangle,
    ring,
    soft,
    spread,
    tube,
    upright,
)
from .structures import rod, union

SEAT = ("seat", "piece of furniture")


def legs(rng: Generator, width: float, depth: float, height: float) -> tuple[Manifold, tuple[str, ...]]:
    """Four, and what they are like; they go a little into what they carry."""
    style, thick = either(rng, "square", "round", "splayed", "tapered"), rng.uniform(0.018, 0.035)
    splay = rng.uniform(0.03, 0.09) if style == "splayed" else 0
    parts = []
    for x in (-1, 1):
        for y in (-1, 1):
            top = np.array([x * (width / 2 - thick * 1.3), y * (depth / 2 - thick * 1.3), height + 0.01])
            foot = np.array([top[0] + x * splay, top[1] + y * splay, 0])
            if style == "square":
                parts.append(box((2 * thick, 2 * thick, height + 0.01), foot))
            elif style == "tapered":
                parts.append(cyl(thick * 0.6, height + 0.01, foot, top=thick * 1.4))
            else:
                parts.append(rod(foot, top, thick))
    return union(parts), ("with splayed legs",) if splay else ()


def back(rng: Generator, width: float, height: float, at: Place) -> tuple[Manifold, tuple[str, ...]]:
    """A backrest whose foot is at a place, and what it is like."""
    style, thick = either(rng, "panel", "slats", "ladder", "rounded", "frame"), rng.uniform(0.025, 0.045)
    posts = both(box((thick * 1.4, thick, height), (width / 2 - thick * 0.7, 0, 0)))
    if style == "panel":
        made, said = box((width, thick, height)), "with a solid back"
    elif style == "rounded":
        flat = rectangle(width, height, 0.35 * width).translate((0, height / 2)) + rectangle(
            width * 0.7, height * 0.4
        ).translate((0, height * 0.2))
        made, said = flat.extrude(thick).rotate((90, 0, 0)), "with a rounded back"
    elif style == "slats":
        count = number(rng, 3, 6)
        bars = [box((0.025, 0.02, height - 0.02), (x, 0, 0)) for x in spread(count + 2, width - 0.04)[1:-1]]
        made = union([posts, box((width, thick, 0.06), (0, 0, height - 0.06)), *bars])
        said = f"with a back of {counted(count, 'upright slat')}"
    elif style == "ladder":
        count = number(rng, 2, 4)
        rungs = [box((width - 0.01, 0.6 * thick, 0.06), (0, 0, z - 0.07)) for z in np.linspace(0.35, 1, count) * height]
        made, said = union([posts, *rungs]), "with a ladder back"
    else:
        made = union([posts, box((width, thick, 0.05), (0, 0, height - 0.05))])
        said = "with an open back"
    return made.rotate((-rng.uniform(0, 10), 0, 0)).translate(tuple(at)), (said,)


def chair(rng: Generator) -> Made:
    width, depth, height, tall = (
        rng.uniform(0.4, 0.52),
        rng.uniform(0.38, 0.5),
        rng.uniform(0.4, 0.5),
        rng.uniform(0.32, 0.75),
    )
    thick, (feet, splayed) = rng.uniform(0.025, 0.06), legs(rng, width, depth, height)
    seat = upright(width, depth, rng.choice([0, 0.06]), thick, (0, 0, height))
    rest, said = back(rng, width * 0.95, tall, (0, depth / 2 - 0.04, height + thick - 0.02))
    words = ("with a high back",) if tall > 0.6 else ("with a low back",) if tall < 0.4 else ()
    having = (*said, *words, *splayed, "with four legs")
    nouns = ("chair", "dining chair", "side chair")
    return Made(union([seat, feet, rest]), nouns, ("armless",), (*having, "without arms"), SEAT, {"feet": 4})


def stool(rng: Generator) -> Made:
    width, height, count = rng.uniform(0.3, 0.42), rng.uniform(0.35, 0.5), number(rng, 3, 4)
    round_seat = count == 3 or chance(rng)
    top = cyl(width / 2, 0.04, (0, 0, height)) if round_seat else box((width, width, 0.04), (0, 0, height))
    splay, thick = rng.uniform(0, 0.06), rng.uniform(0.016, 0.028)
    start = 45 if count == 4 else 90
    inner, out = (0.36 if round_seat else 0.55) * width, splay
    ways = arc(1, start, start + 360, count + 1)[:count]
    feet = [rod((*(way * (inner + out)), 0), (*(way * inner), height + 0.01), thick) for way in ways]
    having = (f"with {counted(count, 'leg')}", "without back")
    shape = ("round" if round_seat else "square", "backless")
    return Made(union([top, *feet]), ("stool",), shape, having, SEAT, {"feet": count})


def bar_stool(rng: Generator) -> Made:
    height, seat = rng.uniform(0.65, 0.85), rng.uniform(0.16, 0.22)
    backed, column = chance(rng, 0.4), chance(rng)
    parts = [cyl(seat, 0.06, (0, 0, height))]
    if column:
        parts += [
            cyl(0.03, height + 0.02),
            cyl(rng.uniform(0.18, 0.24), 0.03, top=0.15),
            ring(0.13, 0.012, (0, 0, height * 0.4)),
        ]
        parts.append(rod((-0.13, 0, height * 0.4), (0.13, 0, height * 0.4), 0.012))
    else:
        ways = arc(1, 45, 405, 5)[:4]
        parts += [rod((*(way * 0.24), 0), (*(way * seat * 0.75), height + 0.01), 0.017) for way in ways]
        parts.append(ring(0.24 - 0.35 * (0.24 - seat * 0.75), 0.014, (0, 0, height * 0.35)))
    if backed:
        arch = [(x, y, height + 0.2) for x, y in arc(seat * 0.95, 10, 170)]
        parts += [tube(arch, 0.03), rod((0, seat * 0.9, height), (0, seat * 0.95, height + 0.2), 0.02)]
    having = ("on a column" if column else "with four legs", "with a low back" if backed else "without back")
    return Made(
        union(parts),
        ("bar stool", "high stool"),
        ("tall", "high"),
        having,
        ("stool", *SEAT),
        {"feet": 1 if column else 4},
    )


def office_chair(rng: Generator) -> Made:
    height, width, tall, arms = (
        rng.uniform(0.42, 0.55),
        rng.uniform(0.44, 0.54),
        rng.uniform(0.4, 0.75),
        chance(rng, 0.6),
    )
    reach, rolls = rng.uniform(0.28, 0.34), chance(rng, 0.8)
    spoke = rod((0, 0, 0.1), (reach, 0, 0.065), 0.022)
    foot = (
        ball(0.03, (reach, 0, 0.03)) + rod((reach, 0, 0.03), (reach, 0, 0.07), 0.015)
        if rolls
        else ball(0.03, (reach, 0, 0.06))
    )
    parts = [around(spoke + foot, 5).rotate((0, 0, 90)), cyl(0.035, height - 0.08, (0, 0, 0.09))]
    parts.append(soft((width, width, 0.08), (0, 0, height), 0.035))
    parts.append(
        soft((width * 0.9, 0.07, tall), (0, 0, 0), 0.03).rotate((-8, 0, 0)).translate((0, width / 2, height + 0.1))
    )
    parts.append(rod((0, width * 0.3, height + 0.03), (0, width / 2 + 0.02, height + 0.2), 0.03))
    if arms:
        arm = soft((0.06, 0.28, 0.035), (width / 2 + 0.02, 0, height + 0.24), 0.015)
        parts.append(both(arm + rod((width / 2 - 0.05, 0, height + 0.04), (width / 2 + 0.02, 0, height + 0.25), 0.018)))
    having = ("with a five-star base", "with arms" if arms else "without arms", "on a column")
    having = (*having, *(("on castors",) if rolls else ()))
    return Made(
        union(parts),
        ("office chair", "swivel chair", "desk chair"),
        (),
        having,
        ("chair", *SEAT),
        {"feet": 5} if rolls else {},
    )


def rocking_chair(rng: Generator) -> Made:
    width, depth, height, tall = rng.uniform(0.46, 0.56), rng.uniform(0.44, 0.52), 0.4, rng.uniform(0.5, 0.75)
    rest, said = back(rng, width * 0.95, tall, (0, depth / 2 - 0.03, height + 0.02))
    feet = both(
        union(
            [
                box((0.04, 0.04, height - 0.02), (width / 2 - 0.03, y, 0.03))
                for y in (-depth / 2 + 0.03, depth / 2 - 0.03)
            ]
        )
    )
    bow = rng.uniform(0.9, 1.3)
    rocker = both(tube([(width / 2 - 0.03, y, z + bow + 0.01) for y, z in arc(bow, -90 - 28, -90 + 28)], 0.022))
    parts, arms = [box((width, depth, 0.035), (0, 0, height)), rest, feet, rocker], chance(rng, 0.7)
    if arms:
        parts.append(
            both(
                box((0.05, depth, 0.03), (width / 2 - 0.025, 0, height + 0.2))
                + box((0.03, 0.03, 0.2), (width / 2 - 0.025, -depth * 0.42, height + 0.01))
            )
        )
    having = ("on rockers", "with arms" if arms else "without arms", *said)
    return Made(union(parts), ("rocking chair", "rocker"), (), having, ("chair", *SEAT), {"feet": 2})


SEATS: tuple[Named, ...] = (*(chair, stool, bar_stool, office_chair, rocking_chair),)
