"""What drives, flies and floats; the front of what drives or flies looks at -Y."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
    around,
    ball,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    outline,
    ring,
    soft,
    spread,
    tube,
)
from .structures import rod, union

VEHICLE = ("vehicle",)


def side(points: list[tuple[float, float]], width: float) -> Manifold:
    """A side view (along Y, up Z) drawn out across X."""
    return outline(points).extrude(width).rotate((90, 0, 90)).translate((-width / 2, 0, 0))


def wheels(places: list[float], across: float, radius: float, thick: float = 0.12) -> Manifold:
    """Pairs on axles, standing on the ground."""
    hub = cyl(radius, thick, (across / 2 - thick, 0, radius), "x") - cyl(
        radius * 0.55, 0.04, (across / 2 - 0.03, 0, radius), "x"
    )
    axle = cyl(radius * 0.25, across - thick, ((thick - across) / 2, 0, radius), "x")
    pair = both(hub) + axle + box((across * 0.4, 0.1, radius * 1.3), (0, 0, radius))
    return union([pair.translate((0, y, 0)) for y in places])


def car(rng: Generator) -> Made:
    """Side views of four bodies, rounded by cutting the greenhouse narrower."""
    form = either(rng, "sedan", "hatchback", "pickup", "van", "sports car")
    long, width, radius = rng.uniform(1.9, 2.3), rng.uniform(0.8, 0.95), rng.uniform(0.16, 0.19)
    low, belt = radius * 0.8, rng.uniform(0.48, 0.58)
    roof = {"sedan": 0.83, "hatchback": 0.87, "pickup": 0.88, "van": 1.05, "sports car": 0.7}[form] * rng.uniform(
        0.95, 1.05
    )
    h = long / 2
    body = side([(-h, low), (h, low), (h, belt), (-h * 0.5, belt), (-h * 0.97, belt * 0.8)], width)
    tops = {
        "sedan": [(-0.45, 0), (-0.15, 1), (0.35, 1), (0.65, 0)],
        "hatchback": [(-0.5, 0), (-0.2, 1), (0.75, 1), (0.97, 0)],
        "pickup": [(-0.45, 0), (-0.2, 1), (0.2, 1), (0.25, 0)],
        "van": [(-0.8, 0), (-0.5, 1), (0.97, 1), (0.99, 0)],
        "sports car": [(-0.35, 0), (0.0, 1), (0.3, 1), (0.8, 0)],
    }[form]
    cabin = side([(y * h, belt - 0.02 + z * (roof - belt)) for y, z in tops], width * 0.88)
    if form == "pickup":
        body -= box((width * 0.84, h * 0.68, 0.3), (0, h * 0.62, belt - 0.2))
    axles = [-0.6 * h, 0.6 * h]
    arches = union([cyl(radius * 1.2, 2, (-1, y, radius), "x") for y in axles])
    lights = both(ball(0.06, (width * 0.36, -h * 0.96, belt * 0.72)))
    made = union([body - arches, cabin, wheels(axles, width, radius), lights])
    nouns = (
        ("car", "automobile")
        if form in ("sedan", "hatchback")
        else (form, "car")
        if form != "pickup"
        else ("pickup truck", "pickup", "truck")
    )
    having = ("with four wheels", *(("with an open cargo bed",) if form == "pickup" else ()))
    return Made(made, (*nouns, *((form,) if form not in nouns and form != "pickup" else ())), (), having, VEHICLE)


def lorry(rng: Generator) -> Made:
    """A truck: cab and box, tank or open bed."""
    load, long, axles = either(rng, "box", "tank", "bed"), rng.uniform(1.6, 2.6), number(rng, 2, 4)
    width, radius, tall = 0.85, rng.uniform(0.16, 0.2), rng.uniform(0.9, 1.2)
    cab = side([(-0.3, 0.15), (0.3, 0.15), (0.3, tall), (-0.18, tall), (-0.3, tall * 0.6)], width).translate(
        (0, -long / 2 - 0.3, 0)
    )
    frame = box((width * 0.6, long + 0.6, 0.1), (0, -0.2, radius + 0.1))
    z = radius * 2 + 0.0
    if load == "box":
        cargo = box((width, long, rng.uniform(0.75, 1.05)), (0, 0.02, z))
    elif load == "tank":
        cargo = cyl(0.42, long, (0, -long / 2 + 0.02, z + 0.4), "y", sides=48) + box(
            (0.5, long * 0.9, 0.15), (0, 0, z - 0.1)
        )
    else:
        cargo = box((width, long, 0.35), (0, 0.02, z)) - box((width - 0.08, long - 0.08, 0.4), (0, 0.02, z + 0.08))
    places = [-long / 2 - 0.25, *np.linspace(long / 2 - 0.25 - (axles - 2) * radius * 2.2, long / 2 - 0.25, axles - 1)]
    said = {"box": "with a box body", "tank": "with a tank", "bed": "with an open bed"}[load]
    nouns = ("tank truck", "tanker", "truck") if load == "tank" else ("truck", "lorry")
    return Made(
        union([cab, frame, cargo, wheels(places, width, radius)]),
        nouns,
        (),
        (said, f"with {counted(2 * axles, 'wheel')}"),
        VEHICLE,
    )


def bus(rng: Generator) -> Made:
    long, decks, radius = rng.uniform(2.2, 3.2), 2 if chance(rng, 0.3) else 1, 0.17
    tall, count = 0.9 if decks == 1 else 1.45, number(rng, 4, 7)
    body = soft((0.85, long, tall), (0, 0, 0.12), 0.07)
    cuts = []
    for deck in range(decks):
        z = 0.12 + 0.45 + deck * 0.55
        cuts += [
            box((0.06, long / count - 0.1, 0.3), (s * 0.43, y, z))
            for s in (-1, 1)
            for y in spread(count, long * (1 - 1 / count) - 0.1)
        ]
        cuts.append(box((0.7, 0.06, 0.32), (0, -long / 2, z)))
    axles = [-long * 0.32, long * 0.32]
    arches = union([cyl(radius * 1.15, 2, (-1, y, radius), "x") for y in axles])
    nouns = ("double-decker bus", "bus") if decks == 2 else ("bus", "coach")
    having = (f"with {counted(count * decks, 'window')} on each side", "with four wheels")
    return Made(
        union([body - union(cuts) - arches, wheels(axles, 0.85, radius)]),
        nouns,
        ("long", *(("tall",) if decks == 2 else ())),
        having,
        VEHICLE,
    )


def tractor(rng: Generator) -> Made:
    big, small = rng.uniform(0.4, 0.5), rng.uniform(0.2, 0.28)
    hood = soft((0.4, 0.9, 0.35), (0, -0.45, 0.4), 0.06)
    cab = (
        box((0.6, 0.6, 0.5), (0, 0.3, 0.4))
        + both(box((0.05, 0.55, 0.5), (0.27, 0.3, 0.85)))
        + box((0.7, 0.7, 0.06), (0, 0.3, 1.32))
    )
    pipe_ = cyl(0.035, 0.45, (0.1, -0.5, 0.7))
    rear, front = wheels([0.35], 1.15, big, 0.24), wheels([-0.65], 0.9, small, 0.15)
    return Made(
        union([hood, cab, pipe_, rear, front, box((0.2, 1, 0.15), (0, -0.2, 0.3))]),
        ("tractor", "farm tractor"),
        (),
        ("with big rear wheels", "with four wheels"),
        VEHICLE,
    )


def bicycle(rng: Generator) -> Made:
    """Along X, as it is mostly seen."""
    radius, base = rng.uniform(0.3, 0.36), rng.uniform(0.5, 0.56)
    wheel_ = ring(radius, 0.022, (0, 0, radius), "y") + cyl(0.03, 0.08, (0, -0.04, radius), "y")
    wheel_ += (
        around(rod((0, 0, 0), (radius, 0, 0), 0.006, 6), number(rng, 8, 14))
        .rotate((90, 0, 0))
        .translate((0, 0, radius))
    )
    hub, crank_, seat = (
        np.array([base, 0, radius]),
        np.array([0.08, 0, radius - 0.03]),
        np.array([0.17, 0, radius + 0.5]),
    )
    fork_, low = np.array([-base + 0.107, 0, radius + 0.42]), np.array([-base + 0.087, 0, radius + 0.34])
    top = np.array([-base + 0.14, 0, radius + 0.55])
    bars = [
        rod(crank_, seat, 0.02),
        rod(crank_, low, 0.024),
        rod(seat * (0.9, 1, 0.9), fork_, 0.02),
        rod(crank_, hub, 0.014),
        rod(seat * (0.9, 1, 0.9), hub, 0.014),
        rod(-hub * (1, 1, -1), top, 0.018),
    ]
    grip = tube([(top[0] + 0.12 * abs(k) ** 2, 0.26 * k, top[2]) for k in np.linspace(-1, 1, 15)], 0.016)
    saddle = Manifold.batch_hull([ball(0.03, (0.05, 0, 0)), both(ball(0.035, (0.24, 0.06, 0)), 1)]).translate(
        (0, 0, radius + 0.52)
    )
    pedal = rod(crank_ + (0, 0.05, 0), crank_ + (0.12, 0.07, -0.1), 0.014) + box(
        (0.09, 0.08, 0.02), crank_ + (0.12, 0.1, -0.11)
    )
    pedals = (
        pedal
        + pedal.translate(-crank_).rotate((0, 180, 0)).mirror((0, 1, 0)).rotate((0, 0, 0)).translate(crank_)
        + cyl(0.07, 0.02, crank_ - (0, 0.01, 0), "y")
        + cyl(0.02, 0.12, crank_ - (0, 0.06, 0), "y")
    )
    parts = [wheel_.translate((base, 0, 0)), wheel_.translate((-base, 0, 0)), *bars, grip, saddle, pedals]
    return Made(
        union(parts),
        ("bicycle", "bike", "push bike"),
        (),
        ("with two wheels", "with a saddle and handlebars", "with spoked wheels"),
        VEHICLE,
    )


def wheel(rng: Generator) -> Made:
    """Standing: a tyre on a rim, or a wooden one."""
    spokes, thick = number(rng, 4, 12), rng.uniform(0.05, 0.1)
    if chance(rng):
        made = union(
            [
                ring(0.42, thick, (0, 0, 0), "y").scale((1, 1.6, 1)),
                cyl(0.12, thick * 2.4, (0, -thick * 1.2, 0), "y"),
                around(box((0.42, 0.05, 0.05), (0.21, 0, -0.025)), spokes).rotate((90, 0, 0)),
            ]
        )
        nouns = ("wheel", "car wheel", "tyre with rim")
    else:
        rim = cyl(0.5, 0.1, (0, -0.05, 0), "y", sides=64) - cyl(0.42, 1, (0, -0.5, 0), "y", sides=64)
        made = union(
            [
                rim,
                cyl(0.1, 0.22, (0, -0.11, 0), "y"),
                around(rod((0, 0, 0), (0.45, 0, 0), 0.025), spokes).rotate((90, 0, 0)),
            ]
        )
        nouns = ("wheel", "wagon wheel", "cart wheel")
    return Made(
        made, nouns, ("round", "spoked"), (f"with {counted(spokes, 'spoke')}",), ("vehicle part",), {"genus": spokes}
    )


def train_wagon(rng: Generator) -> Made:
    """A goods wagon, a tank wagon, a passenger coach or a steam engine."""
    form, long, radius = either(rng, "freight", "tank", "passenger", "steam"), rng.uniform(1.8, 2.6), 0.13
    places = [-long * 0.36, -long * 0.24, long * 0.24, long * 0.36]
    base = [
        box((0.7, long, 0.1), (0, 0, 0.2)),
        wheels(places, 0.66, radius, 0.06),
        both(cyl(0.06, 0.1, (0.22, long / 2 - 0.02, 0.25), "y"), 0),
        both(cyl(0.06, 0.1, (0.22, -long / 2 - 0.08, 0.25), "y")),
    ]
    if form == "freight":
        body = box((0.8, long, 0.5), (0, 0, 0.28)) - box((0.72, long - 0.1, 0.6), (0, 0, 0.34))
        body += union([both(box((0.06, 0.05, 0.5), (0.4, y, 0.28))) for y in spread(6, long * 0.9)])
        nouns, having = ("freight wagon", "goods wagon", "railway wagon", "train car"), ("open at the top",)
    elif form == "tank":
        body = cyl(0.38, long * 0.92, (0, -long * 0.46, 0.62), "y", sides=48) + cyl(0.1, 0.12, (0, 0, 0.97))
        nouns, having = ("tank wagon", "tank car", "railway wagon"), ("with a tank",)
    elif form == "passenger":
        count = number(rng, 5, 8)
        cuts = [
            both(box((0.06, long / count * 0.6, 0.25), (0.42, y, 0.62))) for y in spread(count, long * (1 - 1 / count))
        ]
        body = soft((0.84, long, 0.85), (0, 0, 0.24), 0.1) - union(cuts)
        nouns, having = (
            ("railway carriage", "passenger car", "train car", "coach"),
            (f"with {counted(count, 'window')} on each side",),
        )
    else:
        body = union(
            [
                cyl(0.27, long * 0.7, (0, -long * 0.5, 0.58), "y", sides=40),
                box((0.7, long * 0.3, 0.85), (0, long * 0.34, 0.25)),
                box((0.8, long * 0.36, 0.06), (0, long * 0.34, 1.08)),
                cyl(0.08, 0.35, (0, -long * 0.4, 0.8), top=0.12),
                ball(0.12, (0, -long * 0.1, 0.85)),
            ]
        )
        nouns, having = ("steam locomotive", "locomotive", "steam engine", "train"), ("with a chimney",)
    return Made(union([*base, body]), nouns, (), (*having, "with eight wheels"), ("rail vehicle", *VEHICLE))


VEHICLES: tuple[Named, ...] = (*(car, lorry, bus, tractor, bicycle, wheel, train_wagon),)
