"""Appliances of kitchen and bath, screens and other devices, and musical instruments; fronts at -Y."""

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
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    number,
    ring,
    soft,
    spread,
    tube,
    upright,
)
from .structures import rod, union

DEVICE = ("device", "electronics")


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


DEVICES: tuple[Named, ...] = (
    *(screen, old_tv, laptop, keyboard, mouse, phone, radio, speaker, camera, headphones, game_pad),
)
