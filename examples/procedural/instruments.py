"""Musical instruments, and how they stand or lie."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, JoinType
from numpy.random import Generator

from .making import Made, Named, arc, around, ball, between, both, box, chance, counted, cyl, number, outline, spread
from .structures import rod, union

INSTRUMENT = ("musical instrument",)


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


INSTRUMENTS: tuple[Named, ...] = (*(upright_piano, grand_piano, guitar, violin, drum),)
