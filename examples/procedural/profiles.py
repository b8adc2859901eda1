"""Semi-finished parts: plates with holes, brackets, profiles, tubes, elbows, flanges and fittings."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection
from numpy.random import Generator

from .making import (
    ROUND,
    Made,
    Named,
    arc,
    around,
    ball,
    between,
    box,
    chance,
    counted,
    cyl,
    either,
    number,
    outline,
    polygon,
    rectangle,
    spread,
)
from .structures import union

PART = ("machine part", "metal part")


def plate(rng: Generator) -> Made:
    """With holes at its corners, in rows or in a circle."""
    form, thick = either(rng, "rectangular", "rectangular", "square", "round", "hexagonal"), rng.uniform(0.03, 0.12)
    count, hole = number(rng, 0, 9), rng.uniform(0.03, 0.065)
    width, depth = (1, 1) if form != "rectangular" else (1, rng.uniform(0.45, 0.8))
    hole = min(hole, 0.28 / max(count - 1, 1))
    if form in ("rectangular", "square"):
        flat = rectangle(width, depth, rng.choice([0, rng.uniform(0.03, 0.15)]))
        corners = [(x * (width / 2 - 0.13), y * (depth / 2 - 0.13)) for x in (-1, 1) for y in (-1, 1)]
        rows = [(x, 0.0) for x in spread(count, 0.8 * width)]
        places = corners[:count] if count == 4 else [(0.0, 0.0), *corners] if count == 5 else rows
    else:
        flat = CrossSection.circle(0.5, 64) if form == "round" else polygon(6, 0.5)
        places = [(x, y) for x, y in arc(0.3, 0, 360, count + 1)[:count]] if count > 1 else [(0.0, 0.0)] * count
    made = flat.extrude(thick)
    if count:
        made -= union([cyl(hole, 1, (x, y, -0.5), sides=20) for x, y in places])
    having = (f"with {counted(count, 'hole')}",) if count else ("without holes",)
    nouns = ("disc", "round plate") if form == "round" else ("plate", "sheet")
    return Made(made, nouns, (form, "flat"), having, PART, {"genus": count})


def bracket(rng: Generator) -> Made:
    """An L with holes in both arms, perhaps with a rib."""
    long, tall, width, thick = rng.uniform(0.4, 1), rng.uniform(0.4, 1), rng.uniform(0.25, 0.9), rng.uniform(0.04, 0.1)
    low, high = number(rng, 0, 3), number(rng, 0, 3)
    body = box((width, long, thick), (0, -long / 2, 0)) + box((width, thick, tall), (0, -thick / 2, 0))
    radius = min(0.25 * width / max(low, high, 1), 0.12 * min(long, tall))
    across = [0.75 * width / max(n, 1) * (n - 1) for n in (low, high)]
    holes = [cyl(radius, 1, (x, -0.65 * long, -0.5), sides=20) for x in spread(low, across[0])[:low]]
    holes += [cyl(radius, 1, (x, -0.5, 0.65 * tall), "y", sides=20) for x in spread(high, across[1])[:high]]
    rib = chance(rng, 0.3)
    if rib:
        side = outline([(0, 0), (-0.45 * long, 0), (0, 0.45 * tall)]).extrude(thick).rotate((90, 0, 90))
        body += side.translate((-thick / 2, -thick * 0.9, thick * 0.9))
    count = low + high
    if holes:
        body -= union(holes)
    having = (f"with {counted(count, 'hole')}" if count else "without holes", *(("with a rib",) if rib else ()))
    return Made(body, ("bracket", "angle bracket", "L bracket"), ("L-shaped",), having, PART, {"genus": count})


def profile_bar(rng: Generator) -> Made:
    """L, T, U, I, Z, + or box, lying; seen at its end."""
    letter = either(rng, "L", "T", "U", "I", "Z", "cross", "box")
    width, height, wall = rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5), rng.uniform(0.03, 0.06)
    length = rng.uniform(0.4, 1.2)
    foot = CrossSection.square((width, wall), True).translate((0, wall / 2))
    cap = foot.translate((0, height - wall))
    post = CrossSection.square((wall, height), True).translate((0, height / 2))
    left, right = post.translate((wall / 2 - width / 2, 0)), post.translate((width / 2 - wall / 2, 0))
    forms = {
        "L": (foot, left),
        "T": (cap, post),
        "U": (foot, left, right),
        "I": (foot, cap, post),
        "Z": (
            foot.translate((width / 2 - wall / 2, 0)),
            cap.translate((wall / 2 - width / 2, 0)),
            post,
        ),
        "cross": (foot.translate((0, height / 2 - wall / 2)), post),
        "box": (foot, cap, left, right),
    }
    body = union([part.extrude(length) for part in forms[letter]]).rotate((90, 0, 0))
    named = {"L": ("angle", "L profile"), "U": ("channel", "U profile"), "I": ("I beam", "I profile", "girder")}
    named |= {"T": ("T profile", "T beam"), "box": ("square tube", "box profile", "rectangular tube")}
    nouns = named.get(letter, (f"{letter} profile", f"{letter}-shaped profile"))
    if letter == "box":
        nouns = ("box profile", "rectangular tube", "hollow section")
    genus, shape = int(letter == "box"), between(length / max(width, height), 1.5, 2.5, ("short", "long"))
    return Made(body, nouns, (*shape, *(("hollow",) if genus else ())), (), ("beam", "profile"), {"genus": genus})


def pipe(rng: Generator) -> Made:
    inner, length, lying = rng.uniform(0.5, 0.92), rng.uniform(0.6, 4), chance(rng)
    body = cyl(0.3, length) - cyl(0.3 * inner, length + 1, (0, 0, -0.5))
    shape = (*between(length, 1.2, 2, ("short", "long")), *between(inner, 0.65, 0.85, ("thick-walled", "thin-walled")))
    body = body.rotate((0, 90, 0)) if lying else body
    return Made(body, ("tube", "pipe"), ("hollow", "round", *shape), (), PART, {"genus": 1})


def elbow(rng: Generator) -> Made:
    """A bent tube, with or without flanges."""
    radius, bend, turn = rng.uniform(0.09, 0.18), rng.uniform(0.4, 0.7), float(rng.choice([45, 90, 90, 180]))
    hole, flanged = radius * rng.uniform(0.7, 0.85), chance(rng, 0.6)
    circle = CrossSection.circle(radius, ROUND).translate((bend, 0))
    body, bore = circle.revolve(64, turn), CrossSection.circle(hole, ROUND).translate((bend, 0)).revolve(64, turn)
    for side, angle in ((1, 0.0), (-1, turn)):
        if flanged:
            body += cyl(1.6 * radius, 0.07, (bend, -0.07 if side > 0 else 0, 0), "y", sides=48).rotate((0, 0, angle))
        bore += cyl(hole, 0.13, (bend, -0.1 if side > 0 else -0.03, 0), "y", sides=ROUND).rotate((0, 0, angle))
    having = ("with two flanges",) if flanged else ("without flanges",)
    return Made(
        body - bore,
        ("pipe elbow", "elbow", "bent tube", "pipe bend"),
        ("bent", "hollow"),
        having,
        ("pipe fitting",),
        {"genus": 1},
    )


def flange(rng: Generator) -> Made:
    count, thick = number(rng, 3, 12), rng.uniform(0.06, 0.15)
    hole = min(0.05, 0.38 * np.pi / count * 0.7)
    bore, neck = rng.uniform(0.12, 0.22), rng.choice([0, rng.uniform(0.1, 0.5)])
    body = cyl(0.5, thick, sides=64)
    if neck:
        body += cyl(bore + 0.06, thick + neck, sides=48)
    body -= cyl(bore, 3, (0, 0, -1), sides=48) + around(cyl(hole, 1, (0.4, 0, -0.5), sides=16), count)
    having = (f"with {counted(count, 'bolt hole')}", *(("with a neck",) if neck else ()))
    return Made(body, ("flange", "pipe flange"), ("round",), having, ("pipe fitting",), {"genus": count + 1})


def fitting(rng: Generator) -> Made:
    """A tee, a cross or a Y of pipes."""
    form, radius, reach = either(rng, "tee", "cross", "Y"), rng.uniform(0.1, 0.2), rng.uniform(0.35, 0.5)
    angles = {"tee": (0, 90, 180), "cross": (0, 90, 180, 270), "Y": (45, 135, 270)}[form]
    thick, rims = rng.uniform(0.02, 0.04), chance(rng)
    body, bore = [], []
    for angle in angles:
        turn = (0, 0, angle)
        body.append(cyl(radius, reach, (0, 0, 0), "x").rotate(turn))
        bore.append(cyl(radius - thick, reach + 0.2, (0, 0, 0), "x").rotate(turn))
        if rims:
            body.append(cyl(radius * 1.25, 0.09, (reach - 0.08, 0, 0), "x").rotate(turn))
    joint = (ball(1.04 * radius), ball(1.02 * (radius - thick)))
    made = union([*body, joint[0]]) - union([*bore, joint[1]])
    nouns = (f"pipe {form}", f"{form} fitting", "pipe junction")
    having = (f"with {counted(len(angles), 'opening')}",)
    return Made(made, nouns, ("hollow",), having, ("pipe fitting",), {"genus": len(angles) - 1})


def bushing(rng: Generator) -> Made:
    height, rim = rng.uniform(0.4, 1), rng.uniform(1.25, 1.7)
    bore = rng.uniform(0.15, 0.22)
    body = cyl(0.3, height) + cyl(0.3 * rim, 0.12) - cyl(bore, 3, (0, 0, -1))
    return Made(body, ("bushing", "bush", "flanged sleeve"), ("round",), ("with a collar",), PART, {"genus": 1})


def wedge(rng: Generator) -> Made:
    width, depth, height = rng.uniform(0.3, 1), rng.uniform(0.5, 1), rng.uniform(0.2, 0.7)
    body = outline([(0, 0), (depth, 0), (0, height)]).extrude(width).rotate((90, 0, 0))
    return Made(
        body, ("wedge", "ramp"), between(height / depth, 0.35, 0.7, ("flat", "steep")), (), ("solid",), {"genus": 0}
    )


PROFILES: tuple[Named, ...] = (plate, bracket, profile_bar, pipe, elbow, flange, fitting, bushing, wedge)
