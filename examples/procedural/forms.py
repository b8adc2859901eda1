"""Plain geometry with its school names: cube, ball, cone, cylinder, ring, prism, pyramid, star, heart, letters."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.random import Generator

from .making import (
    NUMBERS,
    Made,
    Named,
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
    ring,
    soft,
)
from .structures import union

SIDES = {3: "triangular", 4: "square", 5: "pentagonal", 6: "hexagonal", 8: "octagonal"}
FORM = ("geometric shape", "solid")


def cube(rng: Generator) -> Made:
    return Made(
        soft((1, 1, 1), radius=rng.uniform(0.02, 0.2)) if (rounded := chance(rng)) else box((1, 1, 1)),
        ("cube", "block"),
        ("rounded",) if rounded else ("plain",),
        ("with rounded edges",) if rounded else ("with sharp edges",),
        FORM,
        {"genus": 0},
    )


def cuboid(rng: Generator) -> Made:
    size = rng.uniform(0.15, 1, 3)
    shape = between(size[2] / max(size[:2]), 0.35, 1.6, ("flat", "tall"))
    return Made(box(size), ("cuboid", "rectangular block", "box", "brick"), ("solid", *shape), (), FORM, {"genus": 0})


def sphere(rng: Generator) -> Made:
    return Made(ball(0.5), ("sphere", "ball", "globe"), ("round", "smooth"), (), FORM, {"genus": 0})


def ellipsoid(rng: Generator) -> Made:
    flat, size = chance(rng), rng.uniform(0.35, 0.75)
    made = ball(0.5, stretch=(1, 1, size) if flat else (size, size, 1))
    return Made(
        made,
        ("ellipsoid", "disc-shaped ellipsoid", "lentil") if flat else ("ellipsoid", "egg", "oval"),
        ("flattened",) if flat else ("elongated",),
        (),
        FORM,
        {"genus": 0},
    )


def hemisphere(rng: Generator) -> Made:
    made, hollow = ball(0.5) ^ box((2, 2, 1)), chance(rng, 0.3)
    if hollow:
        made -= ball(0.44)
    return Made(
        made, ("hemisphere", "half ball", "dome"), ("hollow",) if hollow else ("solid",), (), FORM, {"genus": 0}
    )


def cylinder(rng: Generator) -> Made:
    height = rng.uniform(0.15, 4)
    words = between(height, 0.5, 2, ("flat", "tall"))
    return Made(
        cyl(0.5, height, sides=48),
        ("cylinder", "disc" if height < 0.3 else "round bar" if height > 2 else "drum"),
        ("round", *words),
        (),
        FORM,
        {"genus": 0},
    )


def cone(rng: Generator) -> Made:
    height, cut = rng.uniform(0.5, 2), rng.uniform(0.3, 0.7) if chance(rng, 0.4) else 0
    made = cyl(0.5, height, top=0.5 * cut if cut else 0.0, sides=48)
    nouns = ("truncated cone", "frustum") if cut else ("cone",)
    return Made(
        made,
        nouns,
        ("round", *between(height, 0.8, 1.4, ("flat", "tall"))),
        ("without tip",) if cut else ("with a pointed tip",),
        FORM,
        {"genus": 0},
    )


def torus(rng: Generator) -> Made:
    thick = rng.uniform(0.06, 0.22)
    return Made(
        ring(0.5, thick),
        ("torus", "ring", "donut"),
        ("round", *between(thick, 0.1, 0.17, ("thin", "thick"))),
        ("with a hole in the middle",),
        FORM,
        {"genus": 1},
    )


def prism(rng: Generator) -> Made:
    sides, height, lying = int(rng.choice([3, 5, 6, 8])), rng.uniform(0.3, 2), chance(rng)
    made = polygon(sides, 0.5).extrude(height)
    made = made.rotate((0, 0, 90 + 180 / sides)).rotate((90, 0, 0)) if lying else made
    return Made(
        made,
        ("prism", f"{SIDES[sides]} prism"),
        (SIDES[sides], *between(height, 0.6, 1.3, ("short", "long"))),
        (f"with {counted(sides, 'side')}",),
        FORM,
        {"genus": 0},
    )


def pyramid(rng: Generator) -> Made:
    sides, height = int(rng.choice([3, 4, 4, 4, 5, 6])), rng.uniform(0.4, 1.5)
    steps = number(rng, 4, 8) if sides == 4 and chance(rng, 0.35) else 0
    if steps:
        made = union([box((1 - k / steps * 0.85, 1 - k / steps * 0.85, 0.11), (0, 0, 0.1 * k)) for k in range(steps)])
        return Made(
            made,
            ("step pyramid", "pyramid", "ziggurat"),
            ("stepped", "square"),
            (f"with {counted(steps, 'step')}",),
            ("building", *FORM),
            {"genus": 0},
        )
    made = Manifold.cylinder(height, 0.5, 0, sides).rotate((0, 0, 180 / sides))
    return Made(
        made,
        ("pyramid", f"{SIDES[sides]} pyramid"),
        (SIDES[sides], *between(height, 0.6, 1.1, ("flat", "tall"))),
        (f"with {counted(sides, 'side')}",),
        FORM,
        {"genus": 0},
    )


def star(rng: Generator) -> Made:
    points, inner, thick = number(rng, 4, 9), rng.uniform(0.35, 0.65), rng.uniform(0.08, 0.3)
    angles = np.pi / 2 + np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, 0.5 * inner, 0.5)
    made = CrossSection([np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)]).extrude(thick)
    return Made(
        made.rotate((90, 0, 0)),
        ("star",),
        (f"{NUMBERS[points]}-pointed", "flat"),
        (f"with {counted(points, 'point')}",),
        FORM,
        {"genus": 0},
    )


def heart(rng: Generator) -> Made:
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    x = 16 * np.sin(t) ** 3 * rng.uniform(0.9, 1.1)
    z = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    made, hollow = outline(zip(x[::-1], z[::-1], strict=True)), chance(rng, 0.3)
    if hollow:
        made -= made.offset(-3)
    return Made(
        made.extrude(rng.uniform(3, 12)).rotate((90, 0, 0)),
        ("heart",),
        ("heart-shaped",),
        ("with an opening",) if hollow else (),
        FORM,
        {"genus": int(hollow)},
    )


def arrow(rng: Generator) -> Made:
    head, wide, shaft = rng.uniform(0.25, 0.4), rng.uniform(0.35, 0.6), rng.uniform(0.1, 0.2)
    flat = outline(
        [
            (0, -shaft / 2),
            (1 - head, -shaft / 2),
            (1 - head, -wide / 2),
            (1, 0),
            (1 - head, wide / 2),
            (1 - head, shaft / 2),
            (0, shaft / 2),
        ]
    )
    return Made(
        flat.extrude(rng.uniform(0.06, 0.15)).rotate((90, 0, 0)),
        ("arrow",),
        ("flat", "pointed"),
        (),
        ("symbol",),
        {"genus": 0},
    )


def cross(rng: Generator) -> Made:
    tall, at, thick = rng.uniform(0.9, 1.4), rng.uniform(0.55, 0.7), rng.uniform(0.12, 0.2)
    made = box((thick, 0.12, tall)) + box((0.75, 0.12, thick), (0, 0, at * tall))
    if chance(rng, 0.4):
        made += box((0.45, 0.35, 0.15), (0, 0, -0.14))
        return Made(made, ("cross", "grave cross"), ("upright",), ("on a base",), ("symbol",), {"genus": 0})
    return Made(made, ("cross", "crucifix"), ("upright",), (), ("symbol",), {"genus": 0})


def crescent(rng: Generator) -> Made:
    flat = CrossSection.circle(0.5, 64) - CrossSection.circle(0.45, 64).translate((rng.uniform(0.2, 0.35), 0))
    return Made(
        flat.extrude(rng.uniform(0.08, 0.25)).rotate((90, 0, 0)),
        ("crescent", "moon", "half moon"),
        ("curved",),
        (),
        ("symbol",),
        {"genus": 0},
    )


def letter(rng: Generator) -> Made:
    """Some capital letters that are put together from bars."""
    bars = {
        "E": [(0, 0.5, 0.2, 1), *((0.3, y, 0.6, 0.2) for y in (0.1, 0.5, 0.9))],
        "F": [(0, 0.5, 0.2, 1), *((0.3, y, 0.6, 0.2) for y in (0.55, 0.9))],
        "H": [(0, 0.5, 0.2, 1), (0.6, 0.5, 0.2, 1), (0.3, 0.5, 0.6, 0.2)],
        "L": [(0, 0.5, 0.2, 1), (0.3, 0.1, 0.6, 0.2)],
        "T": [(0.3, 0.5, 0.2, 1), (0.3, 0.9, 0.8, 0.2)],
        "U": [(0, 0.5, 0.2, 1), (0.6, 0.5, 0.2, 1), (0.3, 0.1, 0.6, 0.2)],
        "I": [(0.3, 0.5, 0.2, 1)],
        "O": [(0, 0.5, 0.2, 1), (0.6, 0.5, 0.2, 1), (0.3, 0.1, 0.6, 0.2), (0.3, 0.9, 0.6, 0.2)],
    }
    name = either(rng, *bars)
    thick, wide = rng.uniform(0.1, 0.4), rng.uniform(0.8, 1.2)
    made = union([box((w, thick, h), (x, 0, y - h / 2)) for x, y, w, h in bars[name]]).scale((wide, 1, 1))
    return Made(
        made, (f"letter {name}", f"capital {name}", "letter"), (), (), ("sign", "symbol"), {"genus": int(name == "O")}
    )


FORMS: tuple[Named, ...] = (
    *(cube, cuboid, sphere, ellipsoid, hemisphere, cylinder, cone, torus, prism, pyramid, star, heart, arrow, cross),
    *(crescent, letter),
)
