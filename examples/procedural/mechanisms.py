"""Parts that are gripped, clamped, or close something."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold, OpType
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
    number,
    spread,
    tube,
    turned,
    upright,
)
from .structures import rod, union

PART = ("machine part",)


def knob(rng: Generator) -> Made:
    form, count = either(rng, "ball", "lobed", "mushroom"), number(rng, 3, 8)
    stem = cyl(rng.uniform(0.1, 0.16), 0.45)
    if form == "ball":
        made, said = ball(0.35, (0, 0, 0.6)), ("round",)
    elif form == "lobed":
        flat = CrossSection.circle(0.33, 48) + CrossSection.batch_boolean(
            [CrossSection.circle(0.12, 20).translate(tuple(p)) for p in arc(0.33, 0, 360, count + 1)[:count]],
            OpType.Add,
        )
        made, said = flat.extrude(0.22).translate((0, 0, 0.35)), ("lobed",)
    else:
        a = np.linspace(-0.4, 1.5, 20)
        made, said = turned(0.42 * np.cos(a), 0.5 + 0.25 * np.sin(a)), ("mushroom-shaped",)
    having = ((f"with {counted(count, 'lobe')}",) if form == "lobed" else ()) + ("on a stem",)
    return Made(
        made + stem + cyl(0.2, 0.08),
        ("knob", "door knob") if form != "lobed" else ("star knob", "knob", "star grip"),
        said,
        having,
        PART,
        {"genus": 0},
    )


def handle(rng: Generator) -> Made:
    """A bow to pull, standing on its two feet."""
    wide, tall, thick = rng.uniform(0.7, 1), rng.uniform(0.2, 0.4), rng.uniform(0.035, 0.07)
    bowed, plates = chance(rng), chance(rng)
    if bowed:
        grip = tube([(x * wide / 2, 0, z * tall) for x, z in arc(1, 0, 180, 30)], thick)
    else:
        grip = rod((-wide / 2, 0, tall), (wide / 2, 0, tall), thick) + both(cyl(thick, tall, (wide / 2 - thick, 0, 0)))
        grip += both(ball(thick, (wide / 2, 0, tall)))
    parts = [grip]
    if plates:
        parts.append(both(cyl(thick * 2, 0.04, (wide / 2 - (0 if bowed else thick), 0, -0.02))))
    return Made(
        union(parts),
        ("handle", "pull handle", "grip"),
        ("bow-shaped" if bowed else "straight",),
        ("with two feet", *(("with round base plates",) if plates else ())),
        PART,
        {"genus": 0},
    )


def cam(rng: Generator) -> Made:
    """An egg-shaped disc with a bore, perhaps on a shaft."""
    nose, reach, thick, on_shaft = (
        rng.uniform(0.07, 0.15),
        rng.uniform(0.35, 0.5),
        rng.uniform(0.12, 0.25),
        chance(rng, 0.4),
    )
    body = Manifold.batch_hull([cyl(0.3, thick, sides=48), cyl(nose, thick, (reach, 0, 0))])
    made = body + cyl(0.1, 1.2, (0, 0, thick / 2 - 0.6)) if on_shaft else body - cyl(0.12, 2, (0, 0, -1))
    return Made(
        made,
        ("cam", "cam disc"),
        ("egg-shaped",),
        ("on a shaft",) if on_shaft else ("with a bore",),
        PART,
        {"genus": 0 if on_shaft else 1},
    )


def crank(rng: Generator) -> Made:
    long, thick = rng.uniform(0.5, 0.8), rng.uniform(0.06, 0.1)
    arm = Manifold.batch_hull([cyl(0.14, thick), cyl(0.09, thick, (long, 0, 0))]) - cyl(0.07, 1, (0, 0, -0.5))
    grip = cyl(0.035, 0.3, (long, 0, 0)) + turned(
        (0.05, 0.07, 0.06, 0.07, 0.05), np.linspace(thick + 0.02, thick + rng.uniform(0.28, 0.45), 5)
    ).translate((long, 0, 0))
    return Made(
        arm + grip, ("crank", "hand crank", "crank handle"), (), ("with a grip", "with a bore"), PART, {"genus": 1}
    )


def lever(rng: Generator) -> Made:
    """A flat link with an eye at each end: a connecting rod."""
    long, big, small, thick = (
        rng.uniform(0.6, 0.9),
        rng.uniform(0.16, 0.22),
        rng.uniform(0.1, 0.15),
        rng.uniform(0.06, 0.14),
    )
    body = (
        cyl(big, thick, sides=40)
        + cyl(small, thick, (long, 0, 0))
        + box((long, small * 1.1, thick * 0.7), (long / 2, 0, thick * 0.15))
    )
    body -= cyl(big * 0.62, 1, (0, 0, -0.5)) + cyl(small * 0.55, 1, (long, 0, -0.5))
    return Made(
        body,
        ("connecting rod", "con rod", "link arm"),
        ("long",),
        ("with two eyes", "with two holes"),
        PART,
        {"genus": 2},
    )


def clamp(rng: Generator) -> Made:
    """A C with a screw."""
    tall, deep, thick = rng.uniform(0.6, 0.9), rng.uniform(0.35, 0.55), rng.uniform(0.07, 0.1)
    frame = union(
        [
            box((thick, thick, tall), (0, 0, 0)),
            box((deep, thick, thick), (deep / 2 - thick / 2, 0, 0)),
            box((deep, thick, thick), (deep / 2 - thick / 2, 0, tall - thick)),
        ]
    )
    x, reach = deep - thick, rng.uniform(0.25, 0.5) * tall
    screw = [
        cyl(0.035, tall - reach + 0.25, (x, 0, reach)),
        cyl(0.07, 0.04, (x, 0, reach - 0.03)),
        cyl(0.07, tall * 0.05, (x, 0, tall - 0.03)),
        rod((x - 0.14, 0, tall + 0.2), (x + 0.14, 0, tall + 0.2), 0.018),
    ]
    return Made(
        union([frame, *screw]),
        ("clamp", "screw clamp", "C-clamp", "G-clamp"),
        ("C-shaped",),
        ("with a screw",),
        ("tool",),
        {"genus": 0},
    )


def case(rng: Generator) -> Made:
    """An enclosure, open, with bosses for screws in its corners, or closed with a lid screwed on."""
    width, depth, height, wall = rng.uniform(0.6, 1), rng.uniform(0.5, 0.8), rng.uniform(0.15, 0.4), 0.03
    opened = chance(rng)
    corners = [(x * (width / 2 - 0.07), y * (depth / 2 - 0.07)) for x in (-1, 1) for y in (-1, 1)]
    body = upright(width, depth, 0.05, height)
    if opened:
        body -= upright(width - 2 * wall, depth - 2 * wall, 0.03, height, (0, 0, wall))
        posts = union(
            [cyl(0.05, height * 0.8, (x, y, wall / 2)) - cyl(0.025, height, (x, y, 2 * wall)) for x, y in corners]
        )
        made, having = body + posts, ("with four screw posts", "without lid")
    else:
        lid = upright(width + 0.02, depth + 0.02, 0.06, 0.05, (0, 0, height - 0.01))
        heads = union([cyl(0.035, 0.05, (x, y, height + 0.02)) for x, y in corners])
        slots = [box((0.03, depth * 2, height * 0.5), (x, 0, height * 0.2)) for x in spread(5, width * 0.5)]
        made, having = body + lid + heads, ("with a lid", "with four screws")
        if chance(rng):
            made -= union([s ^ box((9, depth + 0.1, 9), (0, -depth + 0.0, -1)) for s in slots]) ^ box(
                (9, 0.12, 9), (0, -depth / 2, -1)
            )
            having = (*having, "with five slots in front")
    return Made(
        made,
        ("enclosure", "electronics case", "housing", "project box"),
        ("rectangular", "open" if opened else "closed"),
        having,
        ("case", "box"),
        {"genus": 0},
    )


def funnel(rng: Generator) -> Made:
    top, neck, tall, stem = 0.5, rng.uniform(0.05, 0.1), rng.uniform(0.4, 0.8), rng.uniform(0.2, 0.5)
    heights, radii = np.array([0, stem, stem + tall, stem + tall + 0.08]), np.array([neck, neck * 1.3, top, top])
    made = turned(radii, heights) - turned(radii - 0.025, heights + np.array([-0.01, 0, 0.0, 0.01]))
    return Made(
        made, ("funnel",), ("round", "conical", "hollow"), ("with a spout",), ("kitchenware", "tool"), {"genus": 1}
    )


MECHANISMS: tuple[Named, ...] = (*(knob, handle, cam, crank, lever, clamp, case, funnel),)
