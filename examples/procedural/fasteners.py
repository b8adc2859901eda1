"""What holds parts together: bolts, nuts, washers, pins, hinges, links and hooks."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.random import Generator

from .making import (
    ROUND,
    Made,
    Named,
    arc,
    between,
    both,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    polygon,
    ring,
    spread,
    tube,
    turned,
)
from .structures import union

FASTENER = ("fastener", "machine part")


def bolt(rng: Generator) -> Made:
    """Standing on its head; the thread is rings, or there is none."""
    radius, length = rng.uniform(0.06, 0.16), rng.uniform(0.35, 1)
    head, tall = radius * rng.uniform(1.6, 2.2), radius * rng.uniform(0.8, 1.5)
    form = either(rng, "hexagonal", "round", "socket", "countersunk")
    slot = Manifold()
    if form == "hexagonal":
        top = polygon(6, head).extrude(tall)
    elif form == "round":
        top = turned(head * np.cos(np.linspace(1.5, 0, 16)), tall * (1 - np.sin(np.linspace(1.5, 0, 16))))
        slot = box((3 * head, 0.25 * head, 0.45 * tall), (0, 0, -0.01))
    elif form == "socket":
        top, slot = cyl(head, tall), polygon(6, 0.5 * head).extrude(0.5 * tall).translate((0, 0, -0.01))
    else:
        top, slot = cyl(head, tall, top=radius), box((3 * head, 0.25 * head, 0.4 * tall), (0, 0, -0.01))
    shank, threaded = cyl(radius * 0.93, length, (0, 0, tall * 0.95)), chance(rng, 0.7)
    if threaded:
        pitch, start = radius * rng.uniform(0.3, 0.45), tall + length * rng.choice([0.02, 0.3, 0.5])
        turns = np.arange(start, tall + 0.95 * length - pitch, pitch)
        shank = union([shank, *(cyl(radius * 0.8, pitch / 2, (0, 0, z), top=radius * 1.15) for z in turns)])
    words = {"hexagonal": "a hexagonal head", "round": "a round head", "socket": "a socket head"}
    nouns = ("bolt", "screw") if form in ("hexagonal", "socket") else ("screw", "bolt")
    having = (f"with {words.get(form, 'a countersunk head')}", "with a thread" if threaded else "without thread")
    shape = between(length / radius, 4, 8, ("short", "long"))
    return Made((top - slot) + shank, nouns, shape, having, FASTENER, {"genus": 0})


def nut(rng: Generator) -> Made:
    radius, form = rng.uniform(0.5, 0.8), either(rng, "hexagonal", "hexagonal", "square", "flanged")
    height = rng.uniform(0.25, 0.9)
    hole = cyl(radius * rng.uniform(0.4, 0.62), 3, (0, 0, -1))
    body = polygon(4 if form == "square" else 6, radius).extrude(height)
    if form == "flanged":
        body += cyl(radius * rng.uniform(1.15, 1.5), 0.15 * height)
    adjective = ("flanged",) if form == "flanged" else (form,)
    nouns = (f"{form} nut" if form != "flanged" else "flange nut", "nut")
    return Made(body - hole, ("nut", *nouns[:1]), adjective, ("with a hole",), FASTENER, {"genus": 1})


def washer(rng: Generator) -> Made:
    inner, height = rng.uniform(0.3, 0.75), rng.uniform(0.03, 0.12)
    body = cyl(0.5, height, sides=64) - cyl(0.5 * inner, 1, (0, 0, -0.5), sides=48)
    shape = between(inner, 0.45, 0.6, ("wide", "narrow"))
    return Made(body, ("washer", "flat ring"), ("round", "flat", *shape), ("with a hole",), FASTENER, {"genus": 1})


def spacer(rng: Generator) -> Made:
    inner, height = rng.uniform(0.35, 0.7), rng.uniform(0.5, 1.4)
    sides = int(rng.choice([6, ROUND, ROUND]))
    body = cyl(0.5, height, sides=sides) - cyl(0.5 * inner, 3, (0, 0, -1))
    shape = ("hexagonal",) if sides == 6 else ("round",)
    return Made(body, ("spacer", "standoff", "sleeve"), shape, ("with a hole through it",), FASTENER, {"genus": 1})


def rivet(rng: Generator) -> Made:
    radius, length = rng.uniform(0.08, 0.16), rng.uniform(0.3, 0.7)
    angles = np.linspace(0.0, 1.5, 16)
    head = radius * rng.uniform(1.6, 2.2)
    dome = turned(head * np.cos(angles), length + 0.7 * head * np.sin(angles))
    return Made(
        dome + cyl(radius, length + 0.02), ("rivet", "pin"), ("smooth",), ("with a round head",), FASTENER, {"genus": 0}
    )


def hinge(rng: Generator) -> Made:
    """Two leaves, opened flat, and a barrel of knuckles."""
    width, length, thick = rng.uniform(0.3, 0.6), rng.uniform(0.6, 1), rng.uniform(0.03, 0.06)
    count, knuckles = number(rng, 1, 4), number(rng, 2, 4) * 2 - 1
    leaves = both(box((width, length, thick), (width / 2, 0, 0)))
    holes = [cyl(0.05, 1, (side * width * 0.62, y, -0.5)) for side in (-1, 1) for y in spread(count, 0.7 * length)]
    barrel, piece = thick * 1.5, length / knuckles
    parts = [cyl(barrel, 0.95 * piece, (0, -length / 2 + k * piece, barrel), "y") for k in range(knuckles)]
    pin = cyl(0.6 * barrel, length * 1.02, (0, -length * 0.51, barrel), "y")
    having = (f"with {counted(2 * count, 'hole')}", "with two leaves")
    return Made(
        union([leaves - union(holes), *parts, pin]), ("hinge", "door hinge"), (), having, FASTENER, {"genus": 2 * count}
    )


def hook(rng: Generator) -> Made:
    bend, thick, shank = rng.uniform(0.16, 0.3), rng.uniform(0.03, 0.07), rng.uniform(0.25, 0.7)
    curve = arc(bend, 180, 180 + rng.uniform(170, 230))
    path = [(-bend, 0, z) for z in np.linspace(shank, 0, 8, endpoint=False)] + [(x, 0, z) for x, z in curve]
    eye = chance(rng, 0.6)
    body = tube(path, thick)
    if eye:
        body += ring(thick * 2.2, thick * 0.8, (-bend, 0, shank + thick * 1.8), "y")
    else:
        body += box((0.35, 0.06, 0.5), (-bend, 0, shank - 0.3)).translate((-0.0, 0.05, 0))
    having = ("with an eye",) if eye else ("with a plate",)
    return Made(body, ("hook",), ("curved",), having, FASTENER, {"genus": int(eye)})


def chain(rng: Generator) -> Made:
    """Links in one another, every second one turned."""
    count, wide, long, thick = number(rng, 1, 6), 0.16, rng.uniform(0.0, 0.25), rng.uniform(0.035, 0.055)
    end = CrossSection.circle(thick, 12).translate((wide, 0)).revolve(48, 180).rotate((0, 0, -90))
    sides = cyl(thick, long + 0.01, (-long / 2 - 0.005, wide, 0), "x", sides=12)
    link = union([both(end.translate((long / 2, 0, 0))), both(sides, 1)])
    step = long + 2 * wide - 1.8 * thick
    parts = [link.rotate((90 * (k % 2), 0, 0)).translate((k * step, 0, 0)) for k in range(count)]
    nouns = ("chain link", "link") if count == 1 else ("chain",)
    having = () if count == 1 else (f"of {counted(count, 'link')}",)
    return Made(union(parts), nouns, ("oval",) if count == 1 else (), having, ("fastener",), {"genus": count})


def spring(rng: Generator) -> Made:
    turns, radius, thick = number(rng, 4, 11), rng.uniform(0.15, 0.4), rng.uniform(0.02, 0.04)
    end = radius * rng.choice([1, 1, 1, 0.4])
    height = turns * thick * rng.uniform(2.6, 5)
    t = np.linspace(0, 1, 20 * turns)
    wide = radius + (end - radius) * t
    path = np.stack([wide * np.cos(2 * np.pi * turns * t), wide * np.sin(2 * np.pi * turns * t), height * t], axis=1)
    shape = ("conical",) if end < radius else ("cylindrical",)
    having = (f"with {counted(turns, 'turn')}",)
    return Made(
        tube(path, thick, 10), ("spring", "coil spring", "coil"), shape, having, ("machine part",), {"genus": 0}
    )


def clip_ring(rng: Generator) -> Made:
    """A ring that is open on one side."""
    gap, tall = rng.uniform(15, 70), rng.uniform(0.04, 0.4)
    section = CrossSection.square((rng.uniform(0.06, 0.15), tall), True).translate((0.45, 0))
    body = section.revolve(60, 360 - gap).rotate((0, 0, 90 + gap / 2 + 180))
    return Made(
        body, ("retaining ring", "snap ring", "open ring"), ("open", "round"), ("with a gap",), FASTENER, {"genus": 0}
    )


FASTENERS: tuple[Named, ...] = (bolt, nut, washer, spacer, rivet, hinge, hook, chain, spring, clip_ring)
