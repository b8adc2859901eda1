"""What flies and floats; its front looks at -Y."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold
from numpy.random import Generator

from .making import (
    Made,
    Named,
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
    spread,
    tube,
    turned,
)
from .structures import rod, union
from .vehicles import side

VEHICLE = ("vehicle",)


def airplane(rng: Generator) -> Made:
    long, span, sweep_, engines = 2, rng.uniform(1.6, 2.4), rng.uniform(0, 0.6), int(rng.choice([0, 2, 2, 4]))
    thick = rng.uniform(0.1, 0.16)
    t = np.linspace(0, 1, 40)
    radii = (
        thick * np.clip(np.minimum(np.sqrt(t / 0.15), 1), 0.05, 1) * (1 - 0.85 * (np.maximum(t - 0.6, 0) / 0.4) ** 1.5)
    )
    hull = tube([(0, (k - 0.5) * long, 0.08 * max(k - 0.6, 0)) for k in t], radii, 24)
    root, tip, high = rng.uniform(0.35, 0.5), rng.uniform(0.12, 0.3), float(rng.choice([-0.4, 0.8]))
    wing = outline([(0, -root / 2), (span / 2, sweep_ - tip / 2), (span / 2, sweep_ + tip / 2), (0, root / 2)]).extrude(
        0.03
    )
    tail = outline([(0, -0.14), (0.4, 0.05), (0.4, 0.17), (0, 0.14)]).extrude(0.025)
    fin = side([(0.62, 0.05), (0.98, 0.05), (1.05, 0.45), (0.88, 0.45)], 0.03)
    parts = [hull, both(wing.translate((0, -0.1, high * thick))), both(tail.translate((0, 0.86, 0.04))), fin]
    for k in range(engines // 2):
        x = span * (0.2 + 0.13 * k)
        parts.append(both(cyl(0.055, 0.25, (x, -0.35 + sweep_ * 2 * x / span, high * thick - 0.05), "y")))
    if not engines:
        parts += [box((0.5, 0.03, 0.06), (0, -1.02, -0.03)), cyl(0.03, 0.1, (0, -1.06, 0), "y")]
    having = (
        f"with {counted(engines, 'engine')}" if engines else "with a propeller",
        "with swept wings" if sweep_ > 0.3 else "with two wings",
    )
    return Made(union(parts), ("airplane", "aeroplane", "plane", "aircraft"), (), having, ("flying machine", *VEHICLE))


def helicopter(rng: Generator) -> Made:
    blades, long, skids = number(rng, 2, 5), rng.uniform(0.9, 1.3), chance(rng, 0.7)
    cabin = ball(0.35, (0, 0, 0.5), (0.8, 1.25, 0.9))
    boom = tube([(0, 0.3 + long * k, 0.55 + 0.1 * k) for k in np.linspace(0, 1, 10)], np.linspace(0.14, 0.04, 10))
    fin = side([(long + 0.12, 0.62), (long + 0.32, 0.62), (long + 0.42, 0.95), (long + 0.3, 0.95)], 0.03)
    rear = around(box((0.04, 0.02, 0.4), (0, 0, -0.2)), 2).rotate((0, 90, 0)).rotate((25, 0, 0)).translate(
        (0.06, long + 0.27, 0.72)
    ) + cyl(0.02, 0.1, (-0.02, long + 0.27, 0.72), "x")
    rear += box((0.02, 0.04, 0.42), (0.06, long + 0.27, 0.51))
    blade = box((rng.uniform(0.9, 1.2), 0.08, 0.02), (0, 0, 0))
    length = blade.bounding_box()[3]
    rotor = (
        around(blade.translate((length, 0, 0)), blades).rotate((0, 0, rng.uniform(0, 90))).translate((0, 0, 0.98))
        + cyl(0.035, 0.25, (0, 0, 0.78))
        + cyl(0.07, 0.05, (0, 0, 0.965))
    )
    parts = [cabin, boom, fin, rear, rotor]
    if skids:
        runner = (
            rod((0.28, -0.45, 0.02), (0.28, 0.4, 0.02), 0.025)
            + rod((0.28, -0.2, 0.02), (0.15, -0.18, 0.3), 0.02)
            + rod((0.28, 0.2, 0.02), (0.15, 0.18, 0.3), 0.02)
        )
        parts.append(both(runner))
    else:
        parts.append(both(cyl(0.07, 0.05, (0.2, 0.1, 0.12), "x") + rod((0.22, 0.1, 0.12), (0.15, 0.1, 0.35), 0.02)))
    having = (f"with {counted(blades, 'rotor blade')}", "on skids" if skids else "on wheels", "with a tail rotor")
    return Made(union(parts), ("helicopter", "chopper"), (), having, ("aircraft", *VEHICLE))


def rocket(rng: Generator) -> Made:
    radius, fins, boosters = rng.uniform(0.08, 0.16), number(rng, 3, 5), int(rng.choice([0, 0, 2, 4]))
    nose = rng.uniform(0.2, 0.35)
    t = np.linspace(0, 1, 16)
    body = turned(
        np.concatenate([[radius * 0.8, radius], radius * np.sqrt(np.clip(1 - t**1.8, 0.001, 1))]),
        np.concatenate([[0.05, 0.1], 1 - nose + nose * t]),
    )
    fin = (
        outline([(0, 0.05), (radius + 0.16, -0.05), (radius + 0.16, 0.08), (0, 0.32)])
        .extrude(0.02)
        .rotate((90, 0, 0))
        .translate((0, 0.01, 0))
    )
    parts = [body, around(fin, fins), cyl(radius * 0.7, 0.08, (0, 0, -0.02), top=radius * 0.4)]
    if boosters:
        booster = cyl(radius * 0.5, 0.45, (radius * 1.4, 0, 0.02)) + cyl(
            radius * 0.5, 0.12, (radius * 1.4, 0, 0.46), top=0.01
        )
        parts.append(around(booster, boosters).rotate((0, 0, 45)))
    having = (
        f"with {counted(fins, 'fin')}",
        *((f"with {counted(boosters, 'booster')}",) if boosters else ()),
        "with a pointed nose",
    )
    return Made(
        union(parts),
        ("rocket", "space rocket", "missile" if not boosters else "launcher"),
        ("tall", *between(radius, 0.1, 0.14, ("slim", "thick"))),
        having,
        ("spacecraft", *VEHICLE),
    )


def hull(long: float, wide: float, deep: float, stern: float = 0.8) -> Manifold:
    """A boat's, its bow at -Y, its deck at 0."""
    ribs = []
    for t in np.linspace(0, 1, 14):
        w = (
            wide
            / 2
            * min(1, max(0.02, np.sin(np.pi / 2 * min(t / 0.55, 1))))
            * (1 - (1 - stern) * max(t - 0.6, 0) / 0.4)
        )
        rise = 0.25 * deep * (1 - t) ** 2
        keel = -deep * (0.35 + 0.65 * min(1, t / 0.3))
        y = (t - 0.5) * long
        ribs.append(np.array([(-w, y, rise), (w, y, rise), (w * 0.55, y, keel), (-w * 0.55, y, keel)]))
    return union([Manifold.hull_points(np.concatenate([a, b])) for a, b in zip(ribs, ribs[1:], strict=False)])


def boat(rng: Generator) -> Made:
    """A rowing boat, or a motor boat with a cabin."""
    long, wide, deep, rowing = 2, rng.uniform(0.6, 0.85), rng.uniform(0.28, 0.4), chance(rng)
    body = hull(long, wide, deep, rng.uniform(0.6, 0.95))
    if rowing:
        count, oars = number(rng, 2, 3), chance(rng, 0.6)
        body -= hull(long * 0.92, wide * 0.86, deep * 0.82).translate((0, 0.01, 0.02)) + hull(
            long * 0.92, wide * 0.86, deep * 0.82
        ).translate((0, 0.01, 0.12))
        parts = [body, *(box((wide * 0.8, 0.18, 0.05), (0, y, -0.12)) for y in spread(count, 0.9) + 0.1)]
        if oars:
            parts.append(
                both(
                    rod((0.12, 0.1, 0.08), (0.85, 0.1, -0.03), 0.02)
                    + box((0.3, 0.1, 0.02), (0.95, 0.1, -0.04))
                    + rod((wide * 0.46, 0.1, -0.06), (wide * 0.46, 0.1, 0.05), 0.02)
                )
            )
        having = (f"with {counted(count, 'thwart')}", "with oars" if oars else "without oars", "without sails")
        return Made(
            union(parts), ("rowing boat", "boat", "rowboat", "dinghy"), ("open",), having, ("watercraft", *VEHICLE)
        )
    cabin = Manifold.batch_hull(
        [
            box((wide * 0.75, 0.9, 0.02), (0, 0.25, -0.02)),
            box((wide * 0.6, 0.6, 0.02), (0, 0.32, rng.uniform(0.25, 0.4))),
        ]
    )
    parts = [body, cabin, cyl(0.015, 0.5, (0, 0.4, 0.2))]
    return Made(
        union(parts),
        ("motorboat", "boat", "yacht", "ship"),
        (),
        ("with a cabin", "without sails"),
        ("watercraft", *VEHICLE),
    )


def sailing_ship(rng: Generator) -> Made:
    """Sails lie along the boat; seen from the side of its mast."""
    masts, long, wide, deep = number(rng, 1, 3), 2, rng.uniform(0.45, 0.6), rng.uniform(0.28, 0.4)
    parts = [hull(long, wide, deep)]
    for y in spread(masts, 1.0) if masts > 1 else [-0.1]:
        tall = rng.uniform(1.3, 1.9) if masts == 1 else rng.uniform(1.2, 1.6)
        parts.append(cyl(0.03, tall + deep, (0, y, -deep * 0.5)))
        if masts == 1:
            parts.append(side([(y, 0.15), (y + 0.95, 0.2), (y, tall)], 0.025))
            parts.append(side([(y - 0.02, 0.15), (y - 0.02, tall * 0.85), (-0.98, 0.1)][::-1], 0.025))
            parts.append(rod((0, y, 0.15), (0, y + 1, 0.18), 0.02))
        else:
            for z, w in ((0.2, 1.0), (0.55, 0.8), (0.88, 0.6)):
                sail = (
                    box((w, 0.03, 0.3), (0, 0, 0))
                    .refine_to_length(0.08)
                    .warp_batch(
                        lambda p: (
                            p
                            - np.stack(
                                [0 * p[:, 0], 0.12 * np.cos(np.pi * (p[:, 2] - 0.15) / 0.3) + 0.0, 0 * p[:, 0]], axis=1
                            )
                        )
                    )
                )
                parts.append(sail.translate((0, y - 0.0, z)))
                parts.append(rod((-w / 2, y, z + 0.3), (w / 2, y, z + 0.3), 0.02))
    if masts > 1:
        parts.append(rod((0, -0.9, 0.0), (0, -1.35, 0.3), 0.02))
    nouns = ("sailing ship", "tall ship", "galleon") if masts > 1 else ("sailboat", "sailing boat", "sailing yacht")
    return Made(
        union(parts), nouns, (), (f"with {counted(masts, 'mast')}", "with sails"), ("boat", "ship", "watercraft")
    )


CRAFT: tuple[Named, ...] = (*(airplane, helicopter, rocket, boat, sailing_ship),)
