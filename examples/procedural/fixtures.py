"""What belongs to a house or garden: doors, windows, stairs, ladders, fences, tents."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from .making import Made, Named, arc, around, ball, both, box, chance, counted, cyl, either, number, outline, spread
from .structures import rod, union


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
        said = ("dome tent", "tent")
    return Made(made, said, ("pointed",) if form != "dome" else ("round",), ("with an opening",), ("shelter",))


FIXTURES: tuple[Named, ...] = (*(door, window, stairs, ladder, fence, tent),)
