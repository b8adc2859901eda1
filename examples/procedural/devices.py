"""Appliances of kitchen and bath, screens and other devices, and musical instruments; fronts at -Y."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, JoinType, Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    Place,
    arc,
    around,
    ball,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    number,
    outline,
    ring,
    soft,
    spread,
    tube,
    upright,
)
from .structures import rod, union

DEVICE = ("device", "electronics")
APPLIANCE = ("appliance", "household appliance")
INSTRUMENT = ("musical instrument",)


def screen(rng: Generator) -> Made:
    """A monitor on a stand, or a television on two feet."""
    width, tv = rng.uniform(0.9, 1.3), chance(rng)
    tall, foot = width * rng.uniform(0.54, 0.64), rng.uniform(0.06, 0.2)
    panel = box((width, 0.05, tall), (0, 0, foot)) - box((width - 0.05, 0.03, tall - 0.05), (0, -0.03, foot + 0.025))
    if tv:
        parts = [
            panel,
            both(box((0.04, 0.3, 0.025), (width * 0.33, 0, 0)) + box((0.04, 0.04, foot + 0.05), (width * 0.33, 0, 0))),
        ]
        return Made(
            union(parts),
            ("television", "TV", "flat-screen TV"),
            ("flat", "wide"),
            ("on two feet",),
            ("screen", *DEVICE),
            {"feet": 2},
        )
    round_ = chance(rng)
    base = cyl(0.2, 0.025, sides=40) if round_ else box((0.42, 0.26, 0.025))
    parts = [panel, base, box((0.1, 0.04, foot + tall * 0.4), (0, 0.04, 0))]
    return Made(
        union(parts),
        ("monitor", "computer screen", "display"),
        ("flat",),
        ("on a stand", f"with a {'round' if round_ else 'rectangular'} foot"),
        ("screen", *DEVICE),
        {"feet": 1},
    )


def old_tv(rng: Generator) -> Made:
    """A deep box with knobs and two aerials."""
    width, tall, depth, legs_ = rng.uniform(0.8, 1), rng.uniform(0.6, 0.75), rng.uniform(0.4, 0.6), chance(rng)
    body = soft((width, depth, tall), radius=0.04) - soft(
        (width * 0.65, 0.12, tall * 0.75), (-width * 0.12, -depth / 2, tall * 0.12), 0.05
    )
    knobs = [cyl(0.05, 0.05, (width * 0.36, -depth / 2 - 0.04, tall * z), "y") for z in (0.75, 0.5)]
    aerials = both(rod((0.02, 0, tall - 0.02), (0.28, 0.02, tall + 0.4), 0.01))
    parts = [body, *knobs, aerials, cyl(0.08, 0.05, (0, 0, tall - 0.02))]
    if legs_:
        parts += [
            rod((x * width * 0.38, y * depth * 0.35, 0.05), (x * width * 0.46, y * depth * 0.42, -0.3), 0.022)
            for x in (-1, 1)
            for y in (-1, 1)
        ]
    return Made(
        union(parts),
        ("old television", "vintage TV", "tube TV", "television"),
        ("old",),
        ("with two antennas", "on four legs" if legs_ else "without legs", "with two knobs"),
        DEVICE,
    )


def keys(width: float, depth: float, columns: int, rows: int, at: Place, tall: float = 0.012) -> Manifold:
    size = (width / columns * 0.82, depth / rows * 0.82, tall)
    return union(
        [
            box(size, (at[0] + x, at[1] + y, at[2]))
            for x in spread(columns, width * (1 - 1 / columns))
            for y in spread(rows, depth * (1 - 1 / rows))
        ]
    )


def laptop(rng: Generator) -> Made:
    width, depth, angle = 1, rng.uniform(0.62, 0.72), rng.uniform(95, 125)
    base = (
        upright(width, depth, 0.03, 0.035)
        + keys(0.88, depth * 0.42, 12, 5, (0, depth * 0.12, 0.03))
        - box((0.3, 0.18, 0.01), (0, -depth * 0.32, 0.03))
    )
    lid = upright(width, depth, 0.03, 0.025) - box((width - 0.08, depth - 0.1, 0.02), (0, 0, 0.017))
    lid = lid.translate((0, -depth / 2, -0.0)).rotate((-(180 - angle) + 0, 0, 0))
    lid = (
        (upright(width, depth, 0.03, 0.025) - box((width - 0.08, depth - 0.1, 0.02), (0, 0, 0.017)))
        .translate((0, depth / 2, 0))
        .rotate((180 - angle, 0, 0))
        .translate((0, depth / 2 - 0.01, 0.02))
    )
    return Made(
        union([base, lid]),
        ("laptop", "notebook computer", "portable computer"),
        ("open", "flat"),
        ("with a keyboard", "with an opened screen"),
        ("computer", *DEVICE),
    )


def keyboard(rng: Generator) -> Made:
    columns, rows = number(rng, 12, 18), number(rng, 4, 6)
    width, depth = columns * 0.062, rows * 0.062
    made = upright(width + 0.05, depth + 0.05, 0.02, 0.03) + keys(width, depth, columns, rows, (0, 0, 0.025), 0.025)
    return Made(
        made,
        ("keyboard", "computer keyboard"),
        ("flat",),
        ("with keys", f"with {counted(rows, 'row')} of keys"),
        ("computer part", *DEVICE),
        {"genus": 0},
    )


def mouse(rng: Generator) -> Made:
    long, tall = rng.uniform(1.5, 1.9), rng.uniform(0.55, 0.8)
    body = ball(0.3, stretch=(1, long, tall)) ^ box((2, 2, 1), (0, 0, 0))
    body -= box((0.012, 0.45, 0.3), (0, -0.3, 0.1))
    made = body + cyl(0.05, 0.04, (-0.02, -0.28, 0.3 * tall * 0.78), "x")
    wired = chance(rng)
    if wired:
        made += tube([(0.06 * np.sin(6 * k), -0.28 * long - 0.4 * k, 0.05) for k in np.linspace(0, 1, 24)], 0.014)
    return Made(
        made,
        ("computer mouse", "mouse"),
        ("rounded",),
        ("with a cable" if wired else "without cable", "with a wheel"),
        ("computer part", *DEVICE),
    )


def phone(rng: Generator) -> Made:
    """A smartphone, standing, or an old one with keys and aerial."""
    if chance(rng, 0.65):
        width, tall, lenses = rng.uniform(0.45, 0.52), 1, number(rng, 1, 3)
        body = upright(width, tall, 0.06, 0.05) - upright(width - 0.03, tall - 0.05, 0.05, 0.02, (0, 0, 0.045))
        body += union([cyl(0.045, 0.03, (-width * 0.3, tall * 0.42 - 0.11 * k, -0.02)) for k in range(lenses)])
        return Made(
            body.rotate((90, 0, 0)),
            ("smartphone", "mobile phone", "cell phone", "phone"),
            ("flat", "rectangular"),
            (f"with {counted(lenses, 'lens', 'lenses')}", "with rounded corners"),
            DEVICE,
            {"genus": 0},
        )
    width = rng.uniform(0.38, 0.45)
    body = (
        upright(width, 1, 0.08, 0.16)
        - box((width * 0.75, 0.3, 0.05), (0, 0.22, 0.14))
        + keys(width * 0.75, 0.42, 3, 4, (0, -0.22, 0.15), 0.03)
    )
    body += cyl(0.035, rng.uniform(0.15, 0.35), (width * 0.32, 0.47, 0.08), "y")
    return Made(
        body.rotate((90, 0, 0)),
        ("mobile phone", "cell phone", "telephone", "phone"),
        ("old", "rectangular"),
        ("with twelve keys", "with an antenna"),
        DEVICE,
        {"genus": 0},
    )


def radio(rng: Generator) -> Made:
    width, tall, depth, speakers = (
        rng.uniform(0.9, 1.2),
        rng.uniform(0.45, 0.6),
        rng.uniform(0.2, 0.3),
        number(rng, 1, 2),
    )
    body, holes, cones = soft((width, depth, tall), radius=0.04), [], []
    for x in (-1, 1)[:speakers]:
        place = (x * width * 0.28, -depth / 2 - 0.03, tall * 0.45)
        holes.append(cyl(tall * 0.28, 0.08, place, "y", sides=40))
        cones.append(cyl(tall * 0.1, 0.08, place, "y"))
    dial = box((width * 0.3, 0.04, tall * 0.15), (0 if speakers == 2 else width * 0.22, -depth / 2, tall * 0.65))
    knobs = [
        cyl(0.045, 0.05, (x, -depth / 2 - 0.04, tall * 0.3), "y")
        for x in ((-0.06, 0.06) if speakers == 2 else (width * 0.15, width * 0.3))
    ]
    aerial = rod(
        (width * 0.42, depth * 0.3, tall - 0.02),
        (width * rng.uniform(0.2, 0.6), depth * 0.3, tall + rng.uniform(0.3, 0.6)),
        0.012,
    )
    bow, grip = chance(rng), rod((-width * 0.3, 0, tall + 0.12), (width * 0.3, 0, tall + 0.12), 0.025)
    grip += both(rod((width * 0.3, 0, tall + 0.12), (width * 0.3, 0, tall - 0.02), 0.022))
    parts = [body - union(holes), *cones, *knobs, aerial, *([grip] if bow else [])]
    made = union(parts) - dial
    return Made(
        made,
        ("radio", "boom box" if speakers == 2 else "transistor radio"),
        (),
        ("with an antenna", f"with {counted(speakers, 'speaker')}", *(("with a handle",) if bow else ())),
        DEVICE,
    )


def speaker(rng: Generator) -> Made:
    count, width = number(rng, 1, 4), rng.uniform(0.3, 0.42)
    tall, depth = width * (0.95 * count + 0.35), width * rng.uniform(0.7, 1.1)
    parts, holes = [box((width, depth, tall))], []
    for k in range(count):
        z, r = width * (0.62 + 0.93 * k), width * (0.38 if k < max(count - 1, 1) else 0.24)
        holes.append(cyl(r, 0.08, (0, -depth / 2 - 0.04, z), "y", sides=40))
        parts += [
            (cyl(r * 1.12, 0.03, (0, -depth / 2 - 0.015, z), "y", sides=40)),
        ]
    domes = [ball(width * 0.12, (0, -depth / 2 + 0.05, width * (0.62 + 0.93 * k))) for k in range(count)]
    return Made(
        union(parts) - union(holes) + union(domes),
        ("loudspeaker", "speaker", "speaker box"),
        between(count, 2, 2, ("small", "tall")),
        (f"with {counted(count, 'cone')}",),
        ("audio device", *DEVICE),
        {"genus": 0},
    )


def camera(rng: Generator) -> Made:
    width, tall, zoom = rng.uniform(0.7, 0.9), rng.uniform(0.45, 0.55), rng.uniform(0.12, 0.6)
    parts = [
        soft((width, 0.28, tall), radius=0.04),
        box((0.22, 0.22, 0.12), (0, 0, tall - 0.01)),
        cyl(0.05, 0.05, (width * 0.35, 0, tall - 0.01)),
        cyl(0.06, 0.06, (-width * 0.35, 0, tall - 0.01)),
    ]
    lens = cyl(0.19, zoom, (0, -0.13 - zoom, tall * 0.47), "y", sides=40) - cyl(
        0.15, 0.06, (0, -0.14 - zoom, tall * 0.47), "y", sides=40
    )
    parts += [lens, ring(0.19, 0.015, (0, -0.13 - zoom * 0.5, tall * 0.47), "y")]
    legs_ = chance(rng, 0.3)
    if legs_:
        parts += [rod((0, 0, 0.02), (0.45 * x, 0.45 * y, -0.9), 0.025) for x, y in arc(1, 90, 450, 4)[:3]] + [
            cyl(0.07, 0.1, (0, 0, -0.08))
        ]
    return Made(
        union(parts),
        ("camera", "photo camera"),
        (),
        ("on a tripod" if legs_ else "without tripod", "with a long lens" if zoom > 0.4 else "with a lens"),
        DEVICE,
        {"feet": 3} if legs_ else {},
    )


def headphones(rng: Generator) -> Made:
    radius, cup_, thick = 0.42, rng.uniform(0.17, 0.24), rng.uniform(0.1, 0.16)
    band = tube([(x, 0, z * 1.1) for x, z in arc(radius, -15, 195, 40)], rng.uniform(0.025, 0.045))
    cups = both(
        cyl(cup_, thick, (radius - thick, 0, -0.2), "x", sides=40)
        + ring(cup_ * 0.8, 0.05, (radius - thick, 0, -0.2), "x")
    )
    return Made(
        union([band, cups]),
        ("headphones", "headset", "earphones"),
        (),
        ("with two ear cups", "with a headband"),
        ("audio device", *DEVICE),
    )


def game_pad(rng: Generator) -> Made:
    grips = both(Manifold.batch_hull([ball(0.17, (0.3, 0.05, 0)), ball(0.1, (0.42, -0.32, -0.04))]))
    body = Manifold.batch_hull([both(ball(0.16, (0.28, 0.06, 0))), both(ball(0.12, (0.2, -0.06, 0)))]).scale(
        (1, 1, 0.8)
    )
    sticks = both(cyl(0.035, 0.2, (0.13, -0.08, 0)) + cyl(0.065, 0.035, (0.13, -0.08, 0.18)))
    buttons = around(cyl(0.028, 0.2, (0.065, 0, 0)), 4).translate((0.3, 0.08, 0))
    pad = box((0.16, 0.05, 0.185), (-0.3, 0.08, 0)) + box((0.05, 0.16, 0.185), (-0.3, 0.08, 0))
    return Made(
        union([body, grips, sticks, buttons, pad]),
        ("game controller", "gamepad", "joypad"),
        (),
        ("with two sticks", "with four buttons", "with two grips"),
        DEVICE,
    )


def fridge(rng: Generator) -> Made:
    width, depth, tall, doors = (
        rng.uniform(0.55, 0.7),
        rng.uniform(0.55, 0.65),
        rng.uniform(1.1, 1.9),
        number(rng, 1, 2),
    )
    parts, split = [box((width, depth, tall))], rng.uniform(0.3, 0.65)
    spans = [(0.03, tall - 0.02)] if doors == 1 else [(0.03, tall * split - 0.01), (tall * split + 0.01, tall - 0.01)]
    for low, high in spans:
        parts += [
            box((width - 0.01, 0.07, high - low), (0, -depth / 2 - 0.02, low)),
            box((0.03, 0.05, 0.3), (-width * 0.4, -depth / 2 - 0.07, (low + high) / 2 - 0.15)),
        ]
    return Made(
        union(parts),
        ("fridge", "refrigerator", "fridge freezer" if doors == 2 else "icebox"),
        between(tall, 1.3, 1.6, ("low", "tall")),
        (f"with {counted(doors, 'door')}", f"with {counted(doors, 'handle')}"),
        APPLIANCE,
        {"genus": 0},
    )


def stove(rng: Generator) -> Made:
    width, tall, plates = rng.uniform(0.55, 0.75), 0.85, int(rng.choice([4, 4, 2, 6]))
    columns = plates // 2
    body = (
        box((width, 0.6, tall))
        + box((width - 0.06, 0.04, 0.5), (0, -0.31, 0.1))
        - box((width * 0.6, 0.04, 0.25), (0, -0.33, 0.22))
    )
    r = min(0.11, width / columns * 0.38)
    tops = [
        cyl(r, 0.03, (x, y, tall - 0.005)) - cyl(r * 0.4, 0.03, (x, y, tall + 0.01))
        for x in spread(columns, width * (1 - 1 / columns))
        for y in (-0.14, 0.14)
    ]
    knobs = [cyl(0.025, 0.04, (x, -0.33, 0.75), "y") for x in spread(plates, width * 0.75)]
    bar = rod((-width * 0.36, -0.37, 0.64), (width * 0.36, -0.37, 0.64), 0.015) + both(
        rod((width * 0.33, -0.37, 0.64), (width * 0.33, -0.29, 0.64), 0.014)
    )
    door_ = box((width - 0.06, 0.04, 0.08), (0, -0.31, 0.6))
    return Made(
        union([body, *tops, *knobs, bar, door_]),
        ("stove", "cooker", "oven", "kitchen range"),
        (),
        (f"with {counted(plates, 'burner')}", f"with {counted(plates, 'knob')}", "with an oven door"),
        APPLIANCE,
    )


def washing_machine(rng: Generator) -> Made:
    width, tall, r = rng.uniform(0.55, 0.65), rng.uniform(0.8, 0.95), rng.uniform(0.17, 0.22)
    z = tall * 0.45
    body = box((width, 0.58, tall)) - box((width * 0.3, 0.03, 0.08), (-width * 0.28, -0.29, tall * 0.87))
    port = ring(r, 0.04, (0, -0.29, z), "y") + ball(r * 0.95, (0, -0.25, z), (1, 0.35, 1))
    parts = [body, port, cyl(0.05, 0.05, (width * 0.3, -0.33, tall * 0.91), "y")]
    return Made(
        union(parts),
        ("washing machine", "washer", "dryer"),
        (),
        ("with a round door", "with a porthole"),
        APPLIANCE,
        {"genus": 0},
    )


def range_hood(rng: Generator) -> Made:
    width, tall = rng.uniform(0.6, 1), rng.uniform(0.4, 0.8)
    cone_ = Manifold.batch_hull([box((width, 0.5, 0.06)), box((0.28, 0.26, 0.02), (0, 0.1, rng.uniform(0.2, 0.35)))])
    low = cone_ - Manifold.batch_hull(
        [box((width - 0.05, 0.45, 0.04), (0, 0, -0.01)), box((0.2, 0.18, 0.02), (0, 0.1, 0.15))]
    )
    return Made(
        low + box((0.27, 0.25, tall), (0, 0.1, 0.2)),
        ("range hood", "extractor hood", "kitchen hood", "cooker hood"),
        (),
        ("with a chimney",),
        APPLIANCE,
        {"genus": 0},
    )


def fan(rng: Generator) -> Made:
    """On a foot; a cage in front, or none."""
    blades, tall, caged = number(rng, 3, 6), rng.uniform(0.35, 1.2), chance(rng, 0.7)
    blade = ball(0.5, (0.2, 0, 0), (0.3, 0.16, 0.03)).rotate((30, 0, 0))
    wheel_ = (around(blade, blades) + cyl(0.07, 0.14, (0, 0, -0.07))).rotate((90, 0, 0))
    parts = [
        wheel_,
        cyl(0.1, 0.25, (0, 0.02, 0), "y"),
        rod((0, 0.18, 0), (0, 0.18, -tall), 0.03),
        cyl(0.22, 0.05, (0, 0.12, -tall - 0.02), sides=40),
    ]
    if caged:
        parts += [ring(0.4, 0.014, (0, y, 0), "y") for y in (-0.1, 0.1)] + [ring(0.2, 0.01, (0, -0.12, 0), "y")]
        bends = [(0, -0.13, 0), (0.2, -0.12, 0), (0.4, -0.1, 0), (0.4, 0.1, 0), (0.06, 0.15, 0)]
        spoke = union([rod(a, b, 0.008, 6) for a, b in zip(bends, bends[1:], strict=False)])
        parts += [spoke.rotate((0, 30 * k + 7, 0)) for k in range(12)] + [ball(0.04, (0, -0.13, 0))]
    return Made(
        union(parts),
        ("fan", "ventilator", "pedestal fan" if tall > 0.7 else "table fan"),
        ("tall",) if tall > 0.7 else ("small",),
        (f"with {counted(blades, 'blade')}", "with a cage" if caged else "without cage", "on a foot"),
        APPLIANCE,
    )


def radiator(rng: Generator) -> Made:
    count, tall = number(rng, 6, 16), rng.uniform(0.5, 0.9)
    ribs = [soft((0.06, 0.14, tall), (x, 0, 0.08), 0.028) for x in spread(count, 0.08 * (count - 1))]
    wide = 0.08 * (count - 1)
    parts = [
        *ribs,
        rod((-wide / 2, 0, 0.16), (wide / 2 + 0.12, 0, 0.16), 0.03),
        rod((-wide / 2, 0, tall), (wide / 2, 0, tall), 0.03),
        *(box((0.05, 0.12, 0.1), (s * wide / 2, 0, 0)) for s in (-1, 1)),
    ]
    return Made(
        union(parts), ("radiator", "heater"), ("ribbed",), (f"with {counted(count, 'rib')}", "on two feet"), HOUSE
    )


HOUSE = ("household item",)


def sink(rng: Generator) -> Made:
    """A wash basin, on a column or as a slab."""
    width, depth, column = rng.uniform(0.5, 0.8), rng.uniform(0.42, 0.5), chance(rng)
    if column:
        bowl_ = ball(0.5, (0, 0, 0.85), (width, depth, 0.45)) ^ box((2, 2, 0.4), (0, 0, 0.45))
        bowl_ += upright(width, depth, 0.15, 0.05, (0, 0.0, 0.82))
        bowl_ -= ball(0.5, (0, -0.03, 0.9), (width * 0.75, depth * 0.65, 0.4))
        base = [cyl(0.1, 0.75, top=0.07), cyl(0.14, 0.05)]
    else:
        bowl_ = box((width, depth, 0.2), (0, 0, 0.7)) - soft((width * 0.8, depth * 0.65, 0.3), (0, -0.03, 0.74), 0.06)
        base = []
    tap = tube(
        [(0, depth * 0.4, z) for z in (0.84, 0.95)]
        + [(0, depth * 0.4 - 0.09 * (1 - np.cos(a)), 0.95 + 0.09 * np.sin(a)) for a in np.linspace(0.1, np.pi, 14)],
        0.022,
    )
    handles = both(cyl(0.025, 0.06, (0.1, depth * 0.4, 0.84)))
    return Made(
        union([bowl_, *base, tap, handles]),
        ("sink", "wash basin", "washbasin"),
        (),
        ("with a tap", "on a column" if column else "without column"),
        ("bathroom fixture",),
        {"genus": 0},
    )


def bathtub(rng: Generator) -> Made:
    long, wide, tall, feet = rng.uniform(1.5, 1.8), rng.uniform(0.65, 0.8), rng.uniform(0.5, 0.6), chance(rng)
    oval = feet or chance(rng)
    shell = upright(long, wide, wide * 0.48 if oval else 0.04, tall) - upright(
        long - 0.12, wide - 0.12, wide * 0.4 if oval else 0.15, tall, (0, 0, 0.1)
    )
    parts = [shell.translate((0, 0, 0.12 if feet else 0))]
    if feet:
        parts += [limb_(x * long * 0.35, y * wide * 0.3) for x in (-1, 1) for y in (-1, 1)] + [
            upright(long + 0.04, wide + 0.04, wide * 0.5, 0.05, (0, 0, tall + 0.08))
            - upright(long - 0.1, wide - 0.1, wide * 0.42, 1, (0, 0, 0))
        ]
    return Made(
        union(parts),
        ("bathtub", "bath", "tub"),
        ("oval",) if oval else ("rectangular",),
        ("on four feet" if feet else "without feet",),
        ("bathroom fixture",),
        {"feet": 4} if feet else {"feet": 1},
    )


def limb_(x: float, y: float) -> Manifold:
    return rod((x * 1.06, y * 1.1, 0.035), (x, y, 0.2), 0.04) + ball(0.05, (x * 1.06, y * 1.1, 0.04))


def toilet(rng: Generator) -> Made:
    lid_up, tank = chance(rng), rng.uniform(0.3, 0.42)
    seat = CrossSection.circle(0.2, 48).scale((0.95, 1.25)).translate((0, -0.05))
    bowl_ = Manifold.batch_hull([seat.extrude(0.03).translate((0, 0, 0.36)), box((0.22, 0.35, 0.02), (0, 0.05, 0.0))])
    bowl_ -= ball(0.5, (0, -0.06, 0.42), (0.28, 0.36, 0.45))
    lid = seat.extrude(0.03)
    lid = (
        lid.translate((0, -0.19, 0)).rotate((-97, 0, 0)).translate((0, 0.17, 0.42))
        if lid_up
        else lid.translate((0, 0, 0.385))
    )
    parts = [
        bowl_,
        lid,
        soft((0.42, 0.18, tank), (0, 0.27, 0.36), 0.03),
        box((0.24, 0.2, 0.38), (0, 0.22, 0)),
        soft((0.45, 0.21, 0.05), (0, 0.27, 0.34 + tank), 0.015),
    ]
    return Made(
        union(parts),
        ("toilet", "WC", "lavatory"),
        (),
        ("with a raised lid" if lid_up else "with a closed lid", "with a tank"),
        ("bathroom fixture",),
    )


def shower(rng: Generator) -> Made:
    """A tray, two walls, two glass frames and a shower head."""
    wide, tall = rng.uniform(0.8, 1), rng.uniform(1.8, 2.1)
    tray = box((wide, wide, 0.12)) - box((wide - 0.1, wide - 0.1, 0.1), (0, 0, 0.06))
    walls = box((wide, 0.04, tall), (0, wide / 2, 0)) + box((0.04, wide, tall), (-wide / 2, 0, 0))
    frame = box((wide, 0.04, tall), (0, -wide / 2 + 0.02, 0)) - box((wide - 0.1, 1, tall - 0.2), (0, -wide / 2, 0.15))
    right = box((0.04, wide, tall), (wide / 2 - 0.02, 0, 0)) - box((1, wide - 0.1, tall - 0.2), (wide / 2, 0, 0.15))
    pipe_ = (
        rod((0, wide / 2, 0.9), (0, wide / 2 - 0.05, tall - 0.25), 0.02)
        + rod((0, wide / 2, tall - 0.25), (0, wide / 2 - 0.3, tall - 0.2), 0.02)
        + cyl(0.13, 0.04, (0, wide / 2 - 0.3, tall - 0.24))
    )
    return Made(
        union([tray, walls, frame, right, pipe_]),
        ("shower cabin", "shower", "shower stall"),
        ("tall",),
        ("with a shower head", "with a tray"),
        ("bathroom fixture",),
    )


def upright_piano(rng: Generator) -> Made:
    width, tall, count = rng.uniform(1.3, 1.5), rng.uniform(1.05, 1.25), 28
    parts = [
        box((width, 0.35, tall), (0, 0.2, 0)),
        box((width, 0.35, 0.1), (0, -0.1, 0.6)),
        both(box((0.06, 0.3, 0.62), (width / 2 - 0.04, -0.1, 0))),
        both(box((0.06, 0.34, 0.2), (width / 2 - 0.04, -0.1, 0.6))),
    ]
    white = [box(((width - 0.2) / count * 0.85, 0.22, 0.03), (x, -0.14, 0.695)) for x in spread(count, width - 0.2)]
    step = (width - 0.2) / (count - 1)
    black = [
        box((step * 0.45, 0.12, 0.06), (-(width - 0.2) / 2 + step * (k + 0.5), -0.06, 0.695))
        for k in range(count - 1)
        if k % 7 not in (2, 6)
    ]
    parts += [*white, *black, box((width + 0.04, 0.4, 0.03), (0, 0.2, tall - 0.01))]
    return Made(
        union(parts), ("upright piano", "piano"), (), ("with a keyboard", "with black and white keys"), INSTRUMENT
    )


def grand_piano(rng: Generator) -> Made:
    """Its lid open or closed."""
    long, opened = rng.uniform(1.4, 2), chance(rng, 0.6)
    t = np.linspace(0, 1, 24)
    bend = [
        (0.7 - 0.75 * k**1.0 - 0.1 * np.sin(2 * np.pi * k), 0.1 + (long - 0.1) * (0.5 - 0.5 * np.cos(np.pi * k)) ** 0.9)
        for k in t
    ]
    flat = outline([(-0.7, 0), (0.7, 0), *bend, (-0.45, long), (-0.7, long - 0.2)])
    body = flat.extrude(0.3).translate((0, -long / 2, 0.65))
    parts = [body, box((1.38, 0.3, 0.12), (0, -long / 2 - 0.13, 0.66))]
    parts += [box((1.3 / 30, 0.2, 0.03), (x, -long / 2 - 0.14, 0.76)) for x in spread(24, 1.2)]
    parts += [
        cyl(0.04, 0.67, (x, y, 0), top=0.07)
        for x, y in ((-0.55, -long / 2 + 0.1), (0.55, -long / 2 + 0.1), (-0.4, long / 2 - 0.2))
    ]
    lid = flat.offset(0.01, JoinType.Miter).extrude(0.03).translate((0, -long / 2, 0))
    if opened:
        lid = lid.translate((0.7, 0, 0)).rotate((0, -35, 0)).translate((-0.685, 0, 0.93))
        parts.append(rod((0.35, 0, 0.9), (0.18, 0, 0.94 + 0.88 * np.sin(np.radians(35))), 0.015))
    else:
        lid = lid.translate((0, 0, 0.94))
    return Made(
        union([*parts, lid]),
        ("grand piano", "piano", "concert piano"),
        (),
        ("with an open lid" if opened else "with a closed lid", "on three legs", "with a keyboard"),
        INSTRUMENT,
        {"feet": 3},
    )


def guitar(rng: Generator) -> Made:
    """Upright; acoustic with a sound hole, or electric with horns."""
    electric, waist, strings = chance(rng, 0.4), rng.uniform(0.13, 0.18), 6
    if electric:
        flat = union_flat(
            [
                CrossSection.circle(0.22, 40).translate((0, 0.2)),
                CrossSection.circle(0.15, 40).translate((0.02, 0.48)),
                CrossSection.square((0.3, 0.3), True).translate((0, 0.35)),
                CrossSection.circle(0.07, 20).translate((-0.13, 0.57)),
                CrossSection.circle(0.06, 20).translate((0.15, 0.56)),
            ]
        )
        body, thick = flat.extrude(0.07), 0.07
        body += union([box((0.16, 0.035, 0.03), (0, y, 0.06)) for y in (0.28, 0.42)])
    else:
        flat = union_flat(
            [
                CrossSection.circle(0.24, 48).translate((0, 0.22)),
                CrossSection.circle(0.18, 48).translate((0, 0.55)),
                CrossSection.square((2 * waist, 0.3), True).translate((0, 0.4)),
            ]
        )
        thick = 0.13
        body = (
            flat.extrude(thick)
            - cyl(0.07, 0.1, (0, 0.46, thick - 0.06))
            + box((0.22, 0.04, 0.03), (0, 0.22, thick - 0.005))
        )
    neck = box((0.06, 0.72, 0.035), (0, 0.95, thick - 0.012)) + box((0.1, 0.18, 0.03), (0, 1.38, thick - 0.015))
    frets = [box((0.062, 0.008, 0.008), (0, y, thick + 0.02)) for y in np.linspace(0.72, 1.26, 10)]
    pegs = [
        rod((s * 0.04, y, thick), (s * 0.09, y, thick), 0.012) + ball(0.018, (s * 0.09, y, thick))
        for s in (-1, 1)
        for y in (1.33, 1.38, 1.43)
    ]
    made = union([body, neck, *frets, *pegs]).rotate((90, 0, 0))
    nouns = ("electric guitar", "guitar") if electric else ("acoustic guitar", "guitar")
    return Made(
        made,
        nouns,
        (),
        (
            "without sound hole" if electric else "with a sound hole",
            f"with {counted(strings, 'peg')}",
            "with a long neck",
        ),
        ("string instrument", *INSTRUMENT),
        {"genus": 0},
    )


def union_flat(parts: list[CrossSection]) -> CrossSection:
    whole = parts[0]
    for part in parts[1:]:
        whole += part
    return whole


def violin(rng: Generator) -> Made:
    """Upright, with a bridge and a scroll; a cello stands on a spike."""
    cello = chance(rng, 0.35)
    flat = union_flat(
        [
            CrossSection.circle(0.2, 48).translate((0, 0.18)),
            CrossSection.circle(0.16, 48).translate((0, 0.55)),
            CrossSection.square((0.24, 0.3), True).translate((0, 0.38)),
        ]
    )
    flat -= CrossSection.circle(0.075, 24).translate((0.185, 0.38)) + CrossSection.circle(0.075, 24).translate(
        (-0.185, 0.38)
    )
    thick = 0.16 if cello else 0.08
    body = flat.extrude(thick) - both(box((0.012, 0.13, 0.05), (0.09, 0.38, thick - 0.03)))
    parts = [
        body,
        box((0.045, 0.62, 0.03), (0, 0.88, thick + 0.01)),
        box((0.11, 0.015, 0.07), (0, 0.34, thick - 0.01)),
        box((0.06, 0.16, 0.03), (0, 0.16, thick - 0.005)),
        cyl(0.04, 0.05, (-0.025, 1.22, thick), "x"),
        rod((-0.09, 1.1, thick + 0.02), (0.09, 1.1, thick + 0.02), 0.012),
        rod((-0.09, 1.16, thick + 0.02), (0.09, 1.16, thick + 0.02), 0.012),
        box((0.05, 0.2, 0.07), (0, 0.68, thick - 0.04)),
    ]
    if cello:
        parts.append(rod((0, 0, thick / 2), (0, -0.22, thick / 2), 0.012))
    return Made(
        union(parts).rotate((90, 0, 0)),
        ("cello", "violoncello") if cello else ("violin", "fiddle"),
        (),
        ("on a spike" if cello else "without spike", "with f-holes"),
        ("string instrument", *INSTRUMENT),
    )


def drum(rng: Generator) -> Made:
    radius, tall, legs_ = rng.uniform(0.3, 0.5), rng.uniform(0.2, 0.8), chance(rng, 0.4)
    lugs = number(rng, 5, 8)
    parts = [
        cyl(radius, tall, sides=48),
        *(cyl(radius * 1.05, 0.05, (0, 0, z), sides=48) for z in (0, tall - 0.05)),
        around(cyl(0.02, tall - 0.04, (radius * 1.03, 0, 0.02)), lugs),
    ]
    body = union(parts) - cyl(radius * 0.94, 0.03, (0, 0, tall - 0.02), sides=48)
    if legs_:
        body += union(
            [
                rod((radius * x, radius * y, 0.1), (radius * 1.15 * x, radius * 1.15 * y, -0.45), 0.022)
                for x, y in arc(1, 90, 450, 4)[:3]
            ]
        )
    return Made(
        body,
        ("drum", "snare drum" if tall < 0.35 else "tom"),
        ("round", *between(tall / radius, 0.8, 1.4, ("flat", "tall"))),
        ("on three legs" if legs_ else "without legs", f"with {counted(lugs, 'tension rod')}"),
        ("percussion instrument", *INSTRUMENT),
        {"feet": 3} if legs_ else {},
    )


DEVICES: tuple[Named, ...] = (
    *(screen, old_tv, laptop, keyboard, mouse, phone, radio, speaker, camera, headphones, game_pad, fridge, stove),
    *(washing_machine, range_hood, fan, radiator, sink, bathtub, toilet, shower, upright_piano, grand_piano, guitar),
    *(violin, drum),
)
