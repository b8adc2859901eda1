"""Parts that turn or cool or close: gears, pulleys, shafts, propellers, heat sinks, knobs, cams, cases."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold, OpType
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
    ring,
    spread,
    tube,
    turned,
    upright,
)
from .structures import rod, union

PART = ("machine part",)


def gear(rng: Generator) -> Made:
    teeth, height, deep = number(rng, 8, 24), rng.uniform(0.06, 0.35), rng.uniform(0.12, 0.2)
    wide, bore, spoked = 2 * np.pi / teeth, rng.uniform(0.06, 0.14), chance(rng, 0.3)
    inner = 0.5 * (1 - deep * 12 / max(teeth, 12))
    angles = np.concatenate([k * wide + wide * np.array([-0.27, -0.13, 0.13, 0.27]) for k in range(teeth)])
    radii = np.tile([inner, 0.5, 0.5, inner], teeth)
    flat = CrossSection([np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)])
    holes = 1
    body = flat.extrude(height) - cyl(bore, 2, (0, 0, -1))
    if spoked:
        count = number(rng, 3, 6)
        body -= around(cyl(min(0.08, 0.9 / count * 0.3), 2, (0.27, 0, -1)), count)
        holes += count
    having = (
        f"with {counted(teeth, 'tooth', 'teeth')}",
        *((f"with {counted(holes - 1, 'opening')} in its disc",) if spoked else ()),
    )
    shape = between(height, 0.13, 0.25, ("thin", "thick"))
    return Made(body, ("gear", "cog", "cogwheel", "gear wheel"), ("toothed", *shape), having, PART, {"genus": holes})


def pulley(rng: Generator) -> Made:
    count, bore, deep = number(rng, 1, 3), rng.uniform(0.06, 0.15), rng.uniform(0.06, 0.15)
    radii, heights = [0.5], [0.0]
    for k in range(count):
        radii += [0.5, 0.5 - deep, 0.5 - deep, 0.5]
        heights += [0.22 * k + z for z in (0.04, 0.09, 0.15, 0.2)]
    radii.append(0.5)
    heights.append(0.22 * count + 0.02)
    body = turned(radii, heights, 64) - cyl(bore, 3, (0, 0, -1))
    return Made(
        body,
        ("pulley", "belt pulley", "sheave"),
        ("round",),
        (f"with {counted(count, 'groove')}", "with a bore"),
        PART,
        {"genus": 1},
    )


def shaft(rng: Generator) -> Made:
    """Stepped, lying."""
    count = number(rng, 2, 5)
    radii, long = [], []
    for k in range(count):
        choices = [r for r in (0.05, 0.075, 0.1, 0.13, 0.16) if not radii or abs(r - radii[-1]) > 0.02]
        radii.append(float(rng.choice(choices)))
        long.append(rng.uniform(0.15, 0.45))
    starts = np.concatenate([[0], np.cumsum(long)])
    body = union([cyl(r, n + 0.001, (x, 0, 0), "x") for r, n, x in zip(radii, long, starts, strict=False)])
    return Made(
        body,
        ("shaft", "stepped shaft", "axle"),
        ("round", "stepped", "long"),
        (f"with {counted(count, 'section')}", f"with {counted(count - 1, 'step')}"),
        PART,
        {"genus": 0},
    )


def bearing(rng: Generator) -> Made:
    """Two rings with balls between them."""
    count, inner, height = number(rng, 7, 12), rng.uniform(0.2, 0.26), rng.uniform(0.15, 0.25)
    middle, size = (inner + 0.5) / 2, 0.5 * (0.5 - inner) / 2
    size = min(size, 0.9 * np.pi * middle / count)
    outer = cyl(0.5, height, sides=64) - cyl(middle + 0.6 * size, 1, (0, 0, -0.5), sides=64)
    core = cyl(middle - 0.6 * size, height, sides=64) - cyl(inner * 0.7, 1, (0, 0, -0.5), sides=48)
    balls = around(ball(min(size, height * 0.55), (middle, 0, height / 2)), count)
    cage = ring(middle, 0.3 * size, (0, 0, height / 2))
    return Made(
        union([outer, core, balls, cage]),
        ("ball bearing", "bearing"),
        ("round",),
        (f"with {counted(count, 'ball')}", "with two rings"),
        PART,
    )


def heat_sink(rng: Generator) -> Made:
    count, width, depth = number(rng, 5, 16), rng.uniform(0.6, 1), rng.uniform(0.4, 1)
    base, tall = rng.uniform(0.04, 0.1), rng.uniform(0.15, 0.5)
    fins = [
        box((width / count * 0.35, depth, tall), (x, 0, base - 0.005))
        for x in spread(count, width * (1 - 0.35 / count))
    ]
    made = union([box((width, depth, base)), *fins])
    return Made(
        made, ("heat sink", "heatsink", "cooler"), ("finned",), (f"with {counted(count, 'fin')}",), PART, {"genus": 0}
    )


def propeller(rng: Generator) -> Made:
    count, pitch, wide = number(rng, 2, 6), rng.uniform(25, 50), rng.uniform(0.1, 0.2)
    blade = (
        CrossSection.circle(0.5, 40).scale((0.42, wide)).translate((0.27, 0)).extrude(0.03).translate((0, 0, -0.015))
    )
    blade = blade.rotate((pitch, 0, 0))
    hub = cyl(0.09, 0.2, (0, 0, -0.1)) + ball(0.09, (0, 0, 0.1), (1, 1, 0.8))
    nouns = ("propeller", "screw propeller", "rotor")
    return Made(union([around(blade, count), hub]), nouns, (), (f"with {counted(count, 'blade')}",), PART, {"genus": 0})


def impeller(rng: Generator) -> Made:
    """Curved blades standing on a disc."""
    count, tall, bend = number(rng, 5, 10), rng.uniform(0.1, 0.3), rng.uniform(20, 60)
    t = np.linspace(0, 1, 12)
    radius, turn = 0.13 + 0.33 * t, np.radians(bend) * t
    middle = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    across = np.stack([-np.sin(turn), np.cos(turn)], axis=1) * 0.014
    blade = outline([*(middle - across), *(middle + across)[::-1]]).extrude(tall).translate((0, 0, 0.03))
    made = union([cyl(0.5, 0.04, sides=64), cyl(0.15, tall + 0.03), around(blade, count)]) - cyl(0.06, 2, (0, 0, -1))
    return Made(
        made,
        ("impeller", "pump wheel", "turbine wheel"),
        ("round",),
        (f"with {counted(count, 'curved blade')}", f"with {counted(count, 'blade')}"),
        PART,
        {"genus": 1},
    )


def hand_wheel(rng: Generator) -> Made:
    """A valve's or a ship's or a car's."""
    spokes, tube_ = number(rng, 3, 8), rng.uniform(0.03, 0.055)
    grips = spokes >= 6 and chance(rng, 0.7)
    reach = 0.62 if grips else 0.42
    parts = [
        ring(0.42, tube_),
        cyl(0.1, 0.14, (0, 0, -0.07)),
        around(rod((0, 0, 0), (reach, 0, 0), tube_ * 0.6), spokes),
    ]
    nouns = ("ship's wheel", "steering wheel", "helm") if grips else ("handwheel", "valve wheel", "wheel with spokes")
    having = (f"with {counted(spokes, 'spoke')}", *(("with grips",) if grips else ()))
    return Made(union(parts), nouns, ("round",), having, ("wheel",), {"genus": spokes})


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


GEARS: tuple[Named, ...] = (
    *(gear, pulley, shaft, bearing, heat_sink, propeller, impeller, hand_wheel, knob, handle, cam, crank, lever),
    *(clamp, case, funnel),
)
