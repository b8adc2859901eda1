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


def shade(rng: Generator, low: float, top: float, tall: float) -> Manifold:
    """A lamp's, open below and above."""
    return turned((low, top), (0, tall)) - turned((low - 0.02, top - 0.02), (-0.001, tall + 0.001))


def table_lamp(rng: Generator) -> Made:
    low, top, tall, stem = (
        rng.uniform(0.2, 0.32),
        rng.uniform(0.1, 0.2),
        rng.uniform(0.2, 0.32),
        rng.uniform(0.25, 0.45),
    )
    bulbous = chance(rng)
    if bulbous:
        foot = turned(smooth([0.1, 0.17, 0.12, 0.04, 0.03], 24), np.linspace(0, stem, 24))
    else:
        foot = cyl(0.14, 0.03) + cyl(0.02, stem)
    z = stem - 0.02
    bars = rod((-low, 0, z + 0.033), (low, 0, z + 0.033), 0.012) ^ cyl(low - 0.005, 1, (0, 0, 0), sides=48)
    lamp = union(
        [
            foot,
            shade(rng, low, top, tall).translate((0, 0, z)),
            bars,
            ball(0.06, (0, 0, z + 0.1)),
            cyl(0.02, 0.1, (0, 0, z)),
        ]
    )
    return Made(
        lamp,
        ("table lamp", "lamp", "desk lamp"),
        ("bulbous",) if bulbous else ("slim",),
        ("with a shade", "on a foot"),
        ("light", *HOUSEHOLD),
    )


def desk_lamp(rng: Generator) -> Made:
    """With a jointed arm."""
    first, second, lean = rng.uniform(0.35, 0.5), rng.uniform(0.3, 0.45), rng.uniform(10, 35)
    elbow = np.array([-first * np.sin(np.radians(lean)), 0, 0.04 + first * np.cos(np.radians(lean))])
    end = elbow + (second * 0.85, 0, second * 0.5)
    head = cyl(0.14, 0.18, (0, 0, -0.18), top=0.05) - cyl(0.125, 0.17, (0, 0, -0.19), top=0.03)
    parts = [
        cyl(0.16, 0.04, sides=40),
        rod((0, 0, 0.03), elbow, 0.018),
        rod(elbow, end, 0.016),
        ball(0.035, elbow),
        ball(0.045, end),
        head.rotate((0, -20, 0)).translate(tuple(end)),
    ]
    return Made(
        union(parts),
        ("desk lamp", "reading lamp", "lamp"),
        ("jointed",),
        ("with a jointed arm", "with a round foot"),
        ("light", *HOUSEHOLD),
        {"feet": 1},
    )


def floor_lamp(rng: Generator) -> Made:
    tall, form = rng.uniform(1.3, 1.7), either(rng, "shade", "arc", "tripod")
    low = rng.uniform(0.18, 0.26)
    lamp_head = union(
        [
            shade(rng, low, low * 0.7, 0.3),
            rod((-low + 0.01, 0, 0.03), (low - 0.01, 0, 0.03), 0.012),
            cyl(0.02, 0.12),
            ball(0.05, (0, 0, 0.14)),
        ]
    )
    if form == "shade":
        parts, said = [cyl(0.17, 0.03), cyl(0.018, tall), lamp_head.translate((0, 0, tall - 0.03))], "on a round foot"
    elif form == "tripod":
        parts = [
            *(rod((0.3 * x, 0.3 * y, 0), (0, 0, tall * 0.95), 0.018) for x, y in arc(1, 90, 450, 4)[:3]),
            cyl(0.025, 0.3, (0, 0, tall - 0.25)),
            lamp_head.translate((0, 0, tall - 0.03)),
        ]
        said = "on three legs"
    else:
        path = [(-0.45 + 0.9 * k, 0, tall * np.sin(np.pi * (0.02 + 0.68 * k)) ** 0.6) for k in np.linspace(0, 1, 30)]
        tip = np.array(path[-1])
        parts = [
            cyl(0.18, 0.04, (-0.45, 0, 0)),
            cyl(0.018, 0.4, (-0.45, 0, 0)),
            tube(path, 0.016),
            (ball(0.2) ^ box((1, 1, 1))).translate(tuple(tip - (0, 0, 0.17))),
        ]
        said = "with a curved arm"
    return Made(
        union(parts),
        ("floor lamp", "standing lamp", "lamp"),
        ("tall", "high"),
        (said, "with a shade"),
        ("light", *HOUSEHOLD),
        {"feet": 3} if form == "tripod" else {},
    )


def hanging_lamp(rng: Generator) -> Made:
    """A pendant, or a chandelier with arms."""
    arms, cord = number(rng, 4, 8), rng.uniform(0.4, 0.8)
    if chance(rng):
        low, tall = rng.uniform(0.2, 0.35), rng.uniform(0.15, 0.3)
        parts = [
            shade(rng, low, 0.06, tall),
            cyl(0.055, 0.05, (0, 0, tall - 0.03)),
            cyl(0.01, cord, (0, 0, tall)),
            cyl(0.07, 0.04, (0, 0, tall + cord - 0.02)),
            ball(0.07, (0, 0, tall - 0.1)),
            cyl(0.03, 0.08, (0, 0, tall - 0.08)),
        ]
        return Made(
            union(parts),
            ("hanging lamp", "pendant lamp", "ceiling lamp", "lamp"),
            ("round", "conical"),
            ("on a cord", "with a shade"),
            ("light", *HOUSEHOLD),
        )
    t = np.linspace(0, 1, 20)
    arm = tube([(0.42 * k, 0, 0.12 * (k**2) - 0.18 * np.sin(np.pi * k)) for k in t], 0.018)
    arm += union(
        [
            cyl(0.05, 0.03, (0.42, 0, 0.11)),
            cyl(0.022, 0.14, (0.42, 0, 0.12)),
            cyl(0.02, 0.06, (0.42, 0, 0.25), top=0.003),
        ]
    )
    parts = [
        around(arm, arms),
        ball(0.08, (0, 0, -0.03)),
        cyl(0.03, 0.25),
        cyl(0.012, cord),
        cyl(0.08, 0.04, (0, 0, cord - 0.02)),
    ]
    return Made(
        union(parts),
        ("chandelier", "hanging lamp", "lamp"),
        ("round",),
        (f"with {counted(arms, 'arm')}", "with candles"),
        ("light", *HOUSEHOLD),
    )


def candle_holder(rng: Generator) -> Made:
    arms, tall = int(rng.choice([1, 1, 3, 5])), rng.uniform(0.25, 0.5)
    candle = union(
        [
            cyl(0.06, 0.03, (0, 0, -0.02)),
            cyl(0.035, 0.22),
            cyl(0.01, 0.05, (0, 0, 0.21)),
            ball(0.018, (0, 0, 0.27), (1, 1, 1.8)),
        ]
    )
    parts = [
        turned((0.16, 0.15, 0.04, 0.025, 0.03), np.array([0, 0.03, 0.06, 0.12, 1]) * [1, 1, 1, 1, tall]),
        candle.translate((0, 0, tall)),
    ]
    for k in range(arms // 2):
        reach = 0.18 * (k + 1)
        path = [(reach * np.sin(a / 2), 0, tall - 0.02 - reach * 0.6 * np.sin(a)) for a in np.linspace(0, np.pi, 16)]
        parts.append(both(tube(path, 0.016) + candle.translate((reach, 0, tall - 0.02))))
    nouns = ("candelabra", "candlestick", "candle holder") if arms > 1 else ("candlestick", "candle holder")
    return Made(union(parts), nouns, (), (f"with {counted(arms, 'candle')}",), ("light", "decoration"))


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
    halves, tall, folds, rings_ = number(rng, 1, 2), rng.uniform(0.9, 1.4), number(rng, 5, 9), chance(rng)
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


def door(rng: Generator) -> Made:
    """Closed or ajar, in its frame."""
    width, tall, ajar, panels = (
        rng.uniform(0.75, 0.95),
        rng.uniform(1.9, 2.1),
        chance(rng, 0.4),
        int(rng.choice([0, 2, 4])),
    )
    frame = box((width + 0.16, 0.14, tall + 0.08)) - box((width, 1, tall), (0, 0, -0.001))
    leaf = box((width + 0.01, 0.05, tall - 0.01), (width / 2, 0, 0.005))
    cols, rows = (1, 2) if panels == 2 else (2, 2)
    for x in range(cols if panels else 0):
        for z in range(rows):
            leaf -= box(
                (width / cols * 0.7, 0.03, tall * 0.37), (width / cols * (x + 0.5), -0.03, tall * (0.08 + 0.48 * z))
            )
    leaf += ball(0.035, (width * 0.92, -0.06, tall * 0.5)) + rod(
        (width * 0.92, 0, tall * 0.5), (width * 0.92, -0.06, tall * 0.5), 0.015
    )
    leaf = leaf.rotate((0, 0, -rng.uniform(30, 80) if ajar else 0)).translate((-width / 2 - 0.005, 0, 0))
    having = ("with a frame", *((f"with {counted(panels, 'panel')}",) if panels else ()), "with a knob")
    return Made(
        union([frame, leaf]),
        ("door", "room door"),
        ("open" if ajar else "closed", "rectangular"),
        having,
        ("part of a building",),
    )


def window(rng: Generator) -> Made:
    width, tall, columns, rows = rng.uniform(0.6, 1.4), rng.uniform(0.7, 1.4), number(rng, 1, 3), number(rng, 1, 3)
    arched, bar = chance(rng, 0.3), 0.035
    outer = box((width, 0.1, tall))
    pane = ((width - 0.12 + bar) / columns, (tall - 0.12 + bar) / rows)
    holes = [
        box((pane[0] - bar, 1, pane[1] - bar), (x, 0, 0.06 + k * pane[1]))
        for x in spread(columns, width - 0.12 + bar - pane[0])
        for k in range(rows)
    ]
    made, panes = outer - union(holes), columns * rows
    if arched:
        top = (
            cyl(width / 2, 0.1, (0, -0.05, tall), "y", sides=64)
            - cyl(width / 2 - 0.06, 1, (0, -0.5, tall), "y", sides=64)
        ) - box((9, 9, 2), (0, 0, tall - 2.01))
        made, panes = made + top, panes + 1
    made += box((width + 0.12, 0.2, 0.05), (0, -0.05, -0.04))
    return Made(
        made,
        ("window", "window frame"),
        ("arched" if arched else "rectangular",),
        (f"with {counted(panes, 'pane')}", "with a sill"),
        ("part of a building",),
        {"genus": panes},
    )


def stairs(rng: Generator) -> Made:
    """Straight and solid, on stringers, or a spiral."""
    count, form = number(rng, 4, 12), either(rng, "solid", "open", "spiral")
    if form == "spiral":
        turn, step = rng.uniform(22, 32), rng.uniform(0.1, 0.14)
        tread = outline([(0, 0), *arc(0.5, 0, turn + 3, 6)]).extrude(0.035)
        made = union(
            [
                *(tread.rotate((0, 0, turn * k)).translate((0, 0, step * k + 0.05)) for k in range(count)),
                cyl(0.05, step * count + 0.5),
            ]
        )
        return Made(
            made,
            ("spiral staircase", "spiral stairs", "winding stairs", "staircase"),
            ("winding",),
            (f"with {counted(count, 'step')}", "around a column"),
            ("part of a building",),
        )
    width, rise, going = rng.uniform(0.6, 1.2), 0.17, rng.uniform(0.2, 0.3)
    if form == "solid":
        made = union(
            [
                box((width, going * (count - k), rise * 1.01), (0, going * (count + k) / 2, rise * k))
                for k in range(count)
            ]
        )
    else:
        treads = [box((width, going * 1.05, 0.05), (0, going * (k + 0.5), rise * (k + 1) - 0.05)) for k in range(count)]
        ends = np.array([[0, going * 0.3, 0.02], [0, going * (count - 0.2), rise * count - 0.08]])
        made = union(
            [*treads, both(rod(ends[0] + (width / 2 - 0.04, 0, 0), ends[1] + (width / 2 - 0.04, 0, 0), 0.06, 4))]
        )
    rails = chance(rng, 0.4)
    if rails:
        posts = [
            rod(
                (width / 2 - 0.04, going * (k + 0.5), rise * (k + 1) - 0.02),
                (width / 2 - 0.04, going * (k + 0.5), rise * (k + 1) + 0.6),
                0.018,
            )
            for k in range(count)
        ]
        grip = rod(
            (width / 2 - 0.04, going * 0.4, rise + 0.58),
            (width / 2 - 0.04, going * (count - 0.4), rise * count + 0.62),
            0.03,
        )
        made = union([made, both(union([*posts, grip]))])
    return Made(
        made,
        ("stairs", "staircase", "steps"),
        (form if form == "solid" else "open", "straight"),
        (f"with {counted(count, 'step')}", "with railings" if rails else "without railings"),
        ("part of a building",),
    )


def ladder(rng: Generator) -> Made:
    count, width, step = number(rng, 4, 10), rng.uniform(0.35, 0.5), 0.28
    rails = both(box((0.05, 0.06, step * (count + 0.6)), (width / 2, 0, 0)))
    made = union(
        [
            rails,
            *(rod((-width / 2, 0, step * (k + 0.7)), (width / 2, 0, step * (k + 0.7)), 0.025) for k in range(count)),
        ]
    )
    double = chance(rng, 0.4)
    if double:
        high = step * (count + 0.6)
        made = (
            made.translate((0, 0, -high)).rotate((-15, 0, 0))
            + (rails + box((width, 0.05, 0.05), (0, 0, step)) + box((width, 0.05, 0.05), (0, 0, high * 0.5)))
            .translate((0, 0, -high))
            .rotate((15, 0, 0))
            + box((width + 0.04, 0.12, 0.06), (0, 0, -0.06))
        )
    return Made(
        made,
        ("stepladder", "ladder") if double else ("ladder",),
        ("tall",),
        (f"with {counted(count, 'rung')}", *(("with four feet",) if double else ())),
        ("tool",),
        {} if double else {"genus": count - 1, "feet": 2},
    )


def fence(rng: Generator) -> Made:
    count, tall, pointed, rails = number(rng, 6, 16), rng.uniform(0.5, 0.9), chance(rng), number(rng, 2, 3)
    width = count * 0.11
    picket = box((0.07, 0.03, tall))
    if pointed:
        picket += (
            outline([(-0.035, 0), (0.035, 0), (0, 0.08)])
            .extrude(0.03)
            .rotate((90, 0, 0))
            .translate((0, 0.015, tall - 0.001))
        )
    parts = [picket.translate((x, 0, 0)) for x in spread(count, width)]
    parts += [box((width + 0.1, 0.04, 0.06), (0, 0.025, z)) for z in np.linspace(0.2, 0.78, rails) * tall]
    return Made(
        union(parts),
        ("fence", "picket fence", "garden fence"),
        ("pointed",) if pointed else ("straight",),
        (f"with {counted(count, 'picket')}", f"with {counted(rails, 'rail')}"),
        ("barrier",),
        {"feet": count, "genus": (count - 1) * (rails - 1)},
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


def tent(rng: Generator) -> Made:
    width, long, tall, form = (
        rng.uniform(0.8, 1.2),
        rng.uniform(0.9, 1.6),
        rng.uniform(0.6, 0.9),
        either(rng, "ridge", "tepee", "dome"),
    )
    if form == "ridge":
        made = outline([(-width / 2, 0), (width / 2, 0), (0, tall)]).extrude(long) - outline(
            [(-width / 2 + 0.05, -0.01), (width / 2 - 0.05, -0.01), (0, tall - 0.06)]
        ).extrude(long - 0.04).translate((0, 0, 0.05))
        made = made.rotate((90, 0, 0))
        said = ("ridge tent", "tent")
    elif form == "tepee":
        made = cyl(0.5, 1.1, top=0.03, sides=10) - cyl(0.47, 1.05, (0, 0, -0.01), top=0.01, sides=10)
        made = made - outline([(-0.14, -0.1), (0.14, -0.1), (0, 0.55)]).extrude(0.6).rotate((90, 0, 0))
        made += around(rod((0.06, 0, 0.95), (-0.1, 0.02, 1.3), 0.012), 5)
        said = ("tepee", "tipi", "tent", "wigwam")
    else:
        made = ball(0.5, stretch=(1, 1.1, 0.75)) ^ box((2, 2, 1))
        made -= ball(0.47, stretch=(1, 1.1, 0.74)) ^ box((2, 2, 1), (0, 0, -0.01))
        made -= cyl(0.2, 1, (0, -1, 0.0), "y")
        said = ("dome tent", "tent", "igloo")[:2]
    return Made(made, said, ("pointed",) if form != "dome" else ("round",), ("with an opening",), ("shelter",))


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


HOUSEHOLDS: tuple[Named, ...] = (
    *(table_lamp, desk_lamp, floor_lamp, hanging_lamp, candle_holder, clock, picture_frame, curtain, door, window),
    *(stairs, ladder, fence, umbrella, tent, broom),
)
