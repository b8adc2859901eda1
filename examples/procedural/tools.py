"""What is held in the hand to work, to open or to fight; lying, along X."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.random import Generator

from .making import Made, Named, ball, box, chance, counted, cyl, either, number, outline, polygon, spread, tube, turned
from .structures import rod, union

TOOL = ("tool", "hand tool")


def hammer(rng: Generator) -> Made:
    """A claw hammer, a sledge hammer or a mallet."""
    form, long = either(rng, "claw", "sledge", "mallet"), rng.uniform(0.8, 1.1)
    grip = rod((-long, 0, 0), (0.04, 0, 0), 0.035).scale((1, 1, 0.8))
    if form == "mallet":
        head = cyl(0.15, 0.42, (0, -0.21, 0), "y", sides=int(rng.choice([8, 40])))
        nouns = ("mallet", "hammer")
    elif form == "sledge":
        head = box((0.16, 0.45, 0.16), (0, 0, -0.08))
        nouns = ("sledgehammer", "hammer")
    else:
        head = (
            cyl(0.07, 0.2, (0, -0.24, 0), "y")
            + box((0.11, 0.18, 0.1), (0, 0, -0.05))
            + cyl(0.085, 0.06, (0, -0.27, 0), "y")
        )
        claw = [
            tube(
                [(-0.14 * k**2, 0.07 + 0.22 * k, s * (0.01 + 0.045 * k)) for k in np.linspace(0, 1, 12)],
                np.linspace(0.045, 0.015, 12),
            )
            for s in (-1, 1)
        ]
        head, nouns = union([head, *claw]), ("claw hammer", "hammer")
    said = {"claw": "with a claw", "sledge": "with a heavy head", "mallet": "with a round head"}[form]
    return Made(grip + head, nouns, (), (said, "with a handle"), TOOL)


def wrench(rng: Generator) -> Made:
    """Open at an end, or a ring, or of each one."""
    ends, long, thick = either(rng, "open", "ring", "combination"), rng.uniform(0.7, 1), rng.uniform(0.05, 0.08)
    flat = CrossSection.square((long, 0.1), True)
    genus = 0
    for s, form in ((-1, "open" if ends != "ring" else "ring"), (1, "ring" if ends != "open" else "open")):
        r = 0.13 if s < 0 else rng.uniform(0.11, 0.15)
        flat += CrossSection.circle(r, 40).translate((s * long / 2, 0))
        if form == "ring":
            flat -= polygon(6, r * 0.68).translate((s * long / 2, 0))
            genus += 1
        else:
            flat -= CrossSection.square((r * 1.6, r * 0.95), True).rotate(15).translate((s * (long / 2 + r * 0.75), 0))
    nouns = {
        "open": ("open-end wrench", "wrench", "spanner"),
        "ring": ("ring spanner", "wrench", "box-end wrench"),
        "combination": ("combination wrench", "wrench", "spanner"),
    }[ends]
    having = {
        "open": ("with two open ends",),
        "ring": ("with two closed ends",),
        "combination": ("with an open and a closed end",),
    }[ends]
    return Made(flat.extrude(thick), nouns, ("flat", "long"), having, TOOL, {"genus": genus})


def screwdriver(rng: Generator) -> Made:
    blade, grip, cross_ = rng.uniform(0.35, 0.7), rng.uniform(0.3, 0.4), chance(rng)
    t = np.linspace(0, 1, 20)
    body = turned(0.08 * (0.75 + 0.25 * np.sin(np.pi * t * 1.2)), grip * t, 8 if chance(rng) else 40)
    shank = cyl(0.025, blade, (0, 0, grip - 0.02))
    tip = Manifold.batch_hull(
        [cyl(0.025, 0.02, (0, 0, grip + blade - 0.05)), box((0.07, 0.008, 0.01), (0, 0, grip + blade + 0.06))]
    )
    if cross_:
        tip = cyl(0.025, 0.07, (0, 0, grip + blade - 0.03), top=0.004) - union(
            [box((0.02, 0.02, 0.1), (x, y, grip + blade)) for x in (-0.016, 0.016) for y in (-0.016, 0.016)]
        )
    made = union([body, shank, tip]).rotate((0, 90, 0))
    return Made(
        made,
        ("screwdriver", "cross-head screwdriver" if cross_ else "flat-head screwdriver"),
        ("long",),
        ("with a thick handle", "with a cross tip" if cross_ else "with a flat tip"),
        TOOL,
        {"genus": 0},
    )


def shovel(rng: Generator) -> Made:
    """A shovel, a rake or a fork, standing."""
    form, long, grip = either(rng, "shovel", "rake", "pitchfork"), rng.uniform(0.9, 1.3), chance(rng)
    parts, count = (
        [rod((0, 0, 0), (0, 0, long), 0.022)],
        number(rng, 3, 5) if form == "pitchfork" else number(rng, 7, 12),
    )
    if form == "shovel":
        flat = outline(
            [(-0.14, 0.06), (0.14, 0.06), (0.14, -0.2), (0.08, -0.32), (0, -0.38), (-0.08, -0.32), (-0.14, -0.2)]
        )
        plate_ = (
            flat.extrude(0.02)
            .refine_to_length(0.06)
            .warp_batch(lambda p: np.stack([p[:, 0], p[:, 1], p[:, 2] + 2.2 * p[:, 0] ** 2], axis=1))
        )
        parts.append(plate_.rotate((90, 0, 0)).translate((0, 0.01, 0)))
        nouns, having = ("shovel", "spade"), ("with a blade",)
    elif form == "rake":
        parts += [
            rod((-0.28, 0, 0), (0.28, 0, 0), 0.022),
            *(rod((x, 0, 0), (x, -0.13, -0.03), 0.012) for x in spread(count, 0.54)),
        ]
        nouns, having = ("rake", "garden rake"), (f"with {counted(count, 'tooth', 'teeth')}",)
    else:
        parts += [
            rod((-0.14, 0, 0), (0.14, 0, 0), 0.02),
            *(rod((x, 0, 0), (x, -0.06, -0.42), 0.014) for x in spread(count, 0.26)),
        ]
        nouns, having = ("pitchfork", "garden fork", "hay fork"), (f"with {counted(count, 'prong')}",)
    if grip:
        parts.append(rod((-0.08, 0, long), (0.08, 0, long), 0.025))
    return Made(
        union(parts),
        nouns,
        ("long",),
        (*having, "with a T-shaped grip" if grip else "with a long handle"),
        ("garden tool", *TOOL),
    )


def jaws(rng: Generator) -> Made:
    """Pliers: two crossing levers about a bolt."""
    opened, long, needle = rng.uniform(5, 16), rng.uniform(0.6, 0.8), chance(rng, 0.4)
    reach = 0.42 if needle else 0.26
    jaw = outline(
        [(0.0, 0.005), (reach, 0.005), (reach, 0.03 if needle else 0.05), (0.05, 0.11), (-0.08, 0.08), (-0.08, -0.05)]
    )
    grip = tube(
        [
            (-0.05 - long * k, -0.02 - 0.13 * np.sin(np.pi * min(k * 0.75, 0.5)) - 0.02 * k, 0.03)
            for k in np.linspace(0, 1, 20)
        ],
        0.035,
    )
    half = (jaw.extrude(0.06) + grip).rotate((0, 0, opened))
    made = union([half, half.mirror((0, 1, 0)), cyl(0.075, 0.09, (0, 0, -0.015))])
    return Made(
        made,
        ("needle-nose pliers", "pliers", "pincers") if needle else ("pliers", "pincers", "tongs"),
        (),
        ("with two handles", "with long jaws" if needle else "with short jaws"),
        TOOL,
    )


def anvil(rng: Generator) -> Made:
    width = rng.uniform(0.18, 0.28)
    profile = [
        (-0.25, 0),
        (0.25, 0),
        (0.22, 0.08),
        (0.1, 0.16),
        (0.1, 0.26),
        (0.22, 0.34),
        (0.3, 0.48),
        (-0.32, 0.48),
        (-0.28, 0.38),
        (-0.1, 0.26),
        (-0.1, 0.16),
        (-0.22, 0.08),
    ]
    body = outline(profile).extrude(width).rotate((90, 0, 0)).translate((0, width / 2, 0))
    tip = ball(0.02, (rng.uniform(0.55, 0.7), 0, 0.44))
    horn = Manifold.batch_hull([box((0.02, width * 0.8, 0.19), (0.25, 0, 0.275)), tip])
    return Made(body + horn, ("anvil",), ("heavy",), ("with a horn",), TOOL, {"genus": 0})


TOOLS: tuple[Named, ...] = (*(hammer, wrench, screwdriver, shovel, jaws, anvil),)
