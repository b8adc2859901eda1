"""Things of a house: lamps, clocks, frames, doors, windows, stairs, fences, umbrellas, brooms."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    arc,
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
    outline,
    rectangle,
    ring,
    smooth,
    soft,
    spread,
    tube,
    turned,
)
from .structures import rod, union

HOUSEHOLD = ("household item",)


def clock(rng: Generator) -> Made:
    """A wall clock, an alarm clock, or a grandfather clock."""
    form = either(rng, "wall", "alarm", "tall")
    face = cyl(0.3, 0.08, (0, -0.04, 0), "y", sides=64) - cyl(0.26, 0.05, (0, -0.06, 0), "y", sides=64)
    angle = rng.uniform(0, 360, 2)
    hands = [box((0.02, 0.02, n), (0, -0.005, 0)).rotate((0, a, 0)) for n, a in zip((0.15, 0.22), angle, strict=True)]
    ticks = around(box((0.04, 0.015, 0.015), (0.225, 0, -0.0075)), 12).rotate((90, 0, 0)).translate((0, -0.005, 0))
    dial = union([face, *hands, ticks, cyl(0.025, 0.04, (0, -0.03, 0), "y")])
    if form == "wall":
        return Made(dial, ("wall clock", "clock"), ("round",), ("with two hands",), HOUSEHOLD, {})
    if form == "alarm":
        bells = both(ball(0.13, (0.16, 0, 0.33)) ^ box((2, 2, 2), (0, 0, 0.31))) + both(
            rod((0.14, 0, 0.25), (0.16, 0, 0.34), 0.02)
        )
        feet = both(rod((0.15, 0, -0.22), (0.22, 0, -0.36), 0.025))
        return Made(
            union(
                [
                    dial,
                    bells,
                    feet,
                    rod((-0.16, 0, 0.43), (0.16, 0, 0.43), 0.012),
                ]
            ),
            ("alarm clock", "clock"),
            ("round",),
            ("with two bells", "with two hands", "on two feet"),
            HOUSEHOLD,
        )
    body = union(
        [
            box((0.5, 0.3, 0.35), (0, 0.16, -1.7)),
            box((0.38, 0.24, 1), (0, 0.16, -1.36)),
            box((0.68, 0.3, 0.7), (0, 0.16, -0.38)),
        ]
    )
    body += side_gable(0.74, 0.34).translate((0, 0.16, 0.28))
    window = box((0.26, 0.1, 0.8), (0, 0.04, -1.25))
    bob = cyl(0.08, 0.05, (0, 0.05, -1.0), "y") + box((0.02, 0.03, 0.65), (0, 0.07, -1.05))
    return Made(
        union([body - window, bob + box((0.02, 0.1, 0.05), (0, 0.07, -0.45)), dial]),
        ("grandfather clock", "longcase clock", "pendulum clock", "clock"),
        ("tall",),
        ("with a pendulum", "with two hands"),
        HOUSEHOLD,
    )


def side_gable(width: float, depth: float) -> Manifold:
    return (
        outline([(-width / 2, 0), (width / 2, 0), (0, 0.2)])
        .extrude(depth)
        .rotate((90, 0, 0))
        .translate((0, depth / 2, 0))
    )


def picture_frame(rng: Generator) -> Made:
    """Upright; a picture, or a mirror whose face lies deep."""
    width, height, rim, mirror = rng.uniform(0.5, 1), rng.uniform(0.5, 1.2), rng.uniform(0.04, 0.09), chance(rng, 0.4)
    oval = chance(rng, 0.4 if mirror else 0.1)
    outer = rectangle(width, height) if not oval else cyl_flat(width, height)
    inner = rectangle(width - 2 * rim, height - 2 * rim) if not oval else cyl_flat(width - 2 * rim, height - 2 * rim)
    made = outer.extrude(0.05) - inner.extrude(0.1).translate((0, 0, 0.02))
    nouns = ("mirror", "wall mirror") if mirror else ("picture frame", "picture", "painting")
    shape = ("oval" if oval else "rectangular", *between(width / height, 0.8, 1.25, ("upright", "wide")))
    return Made(
        made.rotate((90, 0, 0)),
        nouns,
        shape,
        ("with a frame" if mirror else "with a raised rim",),
        ("decoration", *HOUSEHOLD),
        {"genus": 0},
    )


def cyl_flat(width: float, height: float):  # type: ignore[no-untyped-def]
    from manifold3d import CrossSection

    return CrossSection.circle(0.5, 64).scale((width, height))


def curtain(rng: Generator) -> Made:
    """Folded cloth on a rod, in one or two halves."""
    halves, tall, folds = number(rng, 1, 2), rng.uniform(0.9, 1.4), number(rng, 5, 9)
    t = np.linspace(0, 1, 20 * folds)
    wide = 0.9 if halves == 1 else 0.4
    line = np.stack([wide * t, 0.045 * np.sin(2 * np.pi * folds * t)], axis=1)
    cloth = outline([*(line - (0, 0.012)), *(line + (0, 0.012))[::-1]]).extrude(tall)
    cloth = cloth.translate((-wide / 2, 0, 0)) if halves == 1 else both(cloth.translate((0.12, 0, 0)))
    bar = rod((-0.65, 0, tall + 0.0), (0.65, 0, tall + 0.0), 0.02) + both(ball(0.04, (0.65, 0, tall)))
    return Made(
        union([cloth, bar]),
        ("curtain", "curtains", "drapes") if halves == 2 else ("curtain", "drape"),
        ("folded", "hanging"),
        ("in two halves" if halves == 2 else "in one piece", "on a rod"),
        HOUSEHOLD,
    )


def umbrella(rng: Generator) -> Made:
    """Open, with a crook, or a parasol on a foot."""
    ribs, radius, high, parasol = number(rng, 6, 10), rng.uniform(0.5, 0.7), rng.uniform(0.22, 0.35), chance(rng, 0.4)
    angles = np.linspace(0.05, 1.35, 12)
    outer = np.stack([radius * np.sin(angles), high * (np.cos(angles) - np.cos(1.35))], axis=1)
    shell = outline([*outer, *(outer - (0, 0.025))[::-1]]).revolve(ribs).translate((0, 0, 1)) + cyl(
        0.06, 0.04, (0, 0, 1 + high * 0.78 - 0.04)
    )
    parts = [
        shell,
        cyl(0.018, 1 + high * 0.9),
        around(rod((0, 0, 0.8), (radius * 0.5, 0, 1 + high * 0.45), 0.008), ribs),
    ]
    if parasol:
        parts.append(cyl(0.25, 0.08, (0, 0, -0.02), sides=48))
    else:
        parts.append(tube([(0.08 - x, 0, -z) for x, z in arc(0.08, 0, 180)], 0.022).translate((0, 0, 0.01)))
    return Made(
        union(parts),
        ("parasol", "sunshade", "garden umbrella", "umbrella") if parasol else ("umbrella", "brolly"),
        ("open",),
        ("on a round foot" if parasol else "with a curved handle", f"with {counted(ribs, 'rib')}"),
        HOUSEHOLD,
    )


def broom(rng: Generator) -> Made:
    long, wide, round_ = rng.uniform(1, 1.4), rng.uniform(0.3, 0.45), chance(rng, 0.4)
    if round_:
        parts = [
            turned(smooth([0.16, 0.13, 0.08, 0.03], 20), np.linspace(0, 0.4, 20)),
            ring(0.085, 0.015, (0, 0, 0.25)),
            cyl(0.022, long, (0, 0, 0.3)),
        ]
        return Made(
            union(parts),
            ("besom", "broom", "witch's broom"),
            ("round",),
            ("with a long handle",),
            ("cleaning tool", *HOUSEHOLD),
        )
    bristles = [
        box((0.03, 0.025, 0.14), (x, y, 0)) for x in spread(int(wide / 0.045), wide - 0.05) for y in (-0.03, 0.03)
    ]
    parts = [*bristles, soft((wide, 0.12, 0.06), (0, 0, 0.12), 0.02), rod((0, 0, 0.15), (0, long * 0.15, long), 0.018)]
    return Made(
        union(parts),
        ("broom", "brush with a long handle", "sweeping brush"),
        ("wide",),
        ("with bristles", "with a long handle"),
        ("cleaning tool", *HOUSEHOLD),
    )


HOUSEHOLDS: tuple[Named, ...] = (*(clock, picture_frame, curtain, umbrella, broom),)
