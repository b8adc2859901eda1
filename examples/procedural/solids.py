"""Simple solids, about as large as the unit cube: what everything else is put together from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, JoinType, Manifold
from numpy.random import Generator

Maker = Callable[[Generator], Manifold]
SEGMENTS = 40
"""Of a circle."""


def box(rng: Generator) -> Manifold:
    return Manifold.cube(rng.uniform(0.25, 1, 3), True)


def rounded_box(rng: Generator) -> Manifold:
    """A box with some of its edges rounded."""
    size, height = rng.uniform(0.4, 1, 2), rng.uniform(0.2, 1)
    radius = rng.uniform(0.1, 0.45) * size.min()
    plate = CrossSection.square(size - 2 * radius, True).offset(radius, JoinType.Round, 2, SEGMENTS)
    if rng.random() < 0.5:
        return centred(plate.extrude(height))
    ball = Manifold.sphere(radius := min(radius, 0.4 * height), 16)
    return Manifold.cube((*(size - 2 * radius), height - 2 * radius), True).minkowski_sum(ball)


def ellipsoid(rng: Generator) -> Manifold:
    return Manifold.sphere(0.5, SEGMENTS).scale(rng.uniform(0.35, 1, 3))


def superellipsoid(rng: Generator) -> Manifold:
    """Between cube, ball and octahedron (Barr 1981)."""
    power, size = rng.choice([rng.uniform(0.6, 1), rng.uniform(2.2, 6)]), rng.uniform(0.4, 1, 3)

    def swell(points: np.ndarray) -> np.ndarray:
        norm = (np.abs(points) ** power).sum(axis=1, keepdims=True) ** (1 / power)
        return 0.5 * size * points / np.maximum(norm, 1e-9)

    return Manifold.sphere(1.0, SEGMENTS).warp_batch(swell)


def cylinder(rng: Generator) -> Manifold:
    """Cylinders, cones, prisms and pyramids, also hollow."""
    sides = int(rng.choice([3, 4, 5, 6, 8, SEGMENTS, SEGMENTS, SEGMENTS]))
    radius, height = rng.uniform(0.12, 0.5), rng.uniform(0.2, 1)
    top = radius * rng.choice([1, 1, 1, 0.02, rng.uniform(0.3, 1)])
    solid = Manifold.cylinder(height, radius, top, sides, True)
    if rng.random() < 0.3:
        inner = rng.uniform(0.5, 0.92)
        solid -= Manifold.cylinder(height * 1.01, radius * inner, top * inner, sides, True)
    return solid


def torus(rng: Generator) -> Manifold:
    """Rings, whole or cut, round or angular."""
    ring, tube = rng.uniform(0.25, 0.45), rng.uniform(0.03, 0.15)
    section = (
        CrossSection.circle(tube, int(rng.choice([4, 6, 20]))).scale((1, rng.uniform(0.5, 2))).translate((ring, 0))
    )
    return section.revolve(SEGMENTS, float(rng.choice([360, 360, rng.uniform(90, 330)])))


def capsule(rng: Generator) -> Manifold:
    radius, height = rng.uniform(0.08, 0.25), rng.uniform(0.3, 1)
    ends = [Manifold.sphere(radius, 24).translate((0, 0, z)) for z in (-height / 2, height / 2)]
    return Manifold.batch_hull(ends)


def hull(rng: Generator) -> Manifold:
    """A stone: the convex hull of some points."""
    return Manifold.hull_points(rng.normal(size=(int(rng.integers(6, 30)), 3)) * 0.3 * rng.uniform(0.4, 1, 3))


def extrusion(rng: Generator) -> Manifold:
    """A profile drawn out, perhaps twisted and tapered."""
    height = rng.choice([rng.uniform(0.03, 0.2), rng.uniform(0.3, 1.2)])
    if rng.random() < 0.6:
        return centred(profile(rng).extrude(height))
    twist, taper = rng.choice([0, rng.uniform(-180, 180)]), rng.uniform(0.2, 1.2, 2)
    return centred(profile(rng).extrude(height, 24, twist, taper if rng.random() < 0.6 else (1, 1)))


def profile(rng: Generator) -> CrossSection:
    """A flat outline, about as large as the unit square, perhaps with a hole of its own form."""
    kinds = (star, blob, polygon, steel_section, strokes, plate)
    kind = kinds[int(rng.integers(len(kinds)))]
    outline = kind(rng)
    if kind in kinds[:3] and rng.random() < 0.3:
        outline -= outline.scale((s := rng.uniform(0.4, 0.85), s))
    return outline


def star(rng: Generator) -> CrossSection:
    """A star, or a gear with flat teeth."""
    teeth, inner = int(rng.integers(3, 14)), rng.uniform(0.3, 0.9)
    angles = np.linspace(0, 2 * np.pi, 2 * teeth, endpoint=False)
    radii = np.where(np.arange(2 * teeth) % 2, 0.5, 0.5 * inner)
    if rng.random() < 0.5:
        angles, radii = np.repeat(angles, 2), np.repeat(radii, 2)
        angles[::2] -= 0.2 * np.pi / teeth
        angles[1::2] += 0.2 * np.pi / teeth
    return by_angle(angles, radii)


def blob(rng: Generator) -> CrossSection:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waves = rng.normal(size=(4, 2)) * 0.12 / np.arange(1, 5)[:, None]
    radii = 0.4 + sum(a * np.cos(k * angles) + b * np.sin(k * angles) for k, (a, b) in enumerate(waves, 1))
    return by_angle(angles, np.maximum(radii, 0.08))


def polygon(rng: Generator) -> CrossSection:
    count = int(rng.integers(3, 9))
    return by_angle(np.sort(rng.uniform(0, 2 * np.pi, count)), rng.uniform(0.2, 0.5, count))


def steel_section(rng: Generator) -> CrossSection:
    """L, T, U, I or +."""
    wall, size = rng.uniform(0.06, 0.25), rng.uniform(0.5, 1, 2)
    flat, upright = CrossSection.square((size[0], wall), True), CrossSection.square((wall, size[1]), True)
    ends = [flat.translate((0, s * (size[1] - wall) / 2)) for s in (-1, 1)]
    sides = [upright.translate((s * (size[0] - wall) / 2, 0)) for s in (-1, 1)]
    letters = [[sides[0], ends[0]], [upright, ends[1]], [*sides, ends[0]], [upright, *ends], [flat, upright]]
    return union_flat(letters[int(rng.integers(len(letters)))])


def strokes(rng: Generator) -> CrossSection:
    """Bars across one another."""
    return union_flat([
        CrossSection.square(rng.uniform((0.06, 0.3), (0.2, 1)), True)
        .rotate(float(rng.choice([0, 90, 45])))
        .translate(rng.uniform(-0.3, 0.3, 2))
        for _ in range(int(rng.integers(2, 6)))
    ])  # fmt: skip


def plate(rng: Generator) -> CrossSection:
    """A rectangle with drilled holes."""
    made = CrossSection.square(rng.uniform(0.4, 1, 2), True).offset(rng.uniform(0, 0.1), JoinType.Round, 2, 16)
    for _ in range(int(rng.integers(1, 7))):
        made -= CrossSection.circle(rng.uniform(0.03, 0.15), 20).translate(rng.uniform(-0.35, 0.35, 2))
    return made


def by_angle(angles: np.ndarray, radii: np.ndarray) -> CrossSection:
    return CrossSection([np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)])


def revolution(rng: Generator) -> Manifold:
    """Turned on a lathe: vases, bottles, bowls, bells, knobs; solid or with a wall."""
    count = int(rng.integers(3, 8))
    heights = np.linspace(0, rng.uniform(0.3, 1.2), 40)
    radii = np.interp(heights, np.linspace(0, heights[-1], count), rng.uniform(0.08, 0.5, count))
    if rng.random() < 0.7:
        radii = np.convolve(np.pad(radii, 4, "edge"), np.ones(9) / 9, "valid")
    outer = np.concatenate([[[0, 0]], np.stack([radii, heights], axis=1), [[0, heights[-1]]]])
    section = CrossSection([outer])
    if rng.random() < 0.5:  # a vessel, open at the top
        wall = rng.uniform(0.015, 0.08)
        inner = np.stack([np.maximum(radii - wall, 0.005), heights], axis=1)[heights > wall]
        top = [[inner[-1, 0], heights[-1] + 0.1], [0, heights[-1] + 0.1]]
        section -= CrossSection([np.concatenate([[[0, inner[0, 1]]], inner, top])])
    return centred(section.revolve(SEGMENTS, float(rng.choice([360, 360, 360, rng.uniform(120, 300)]))))


def union_flat(parts: list[CrossSection]) -> CrossSection:
    whole = parts[0]
    for part in parts[1:]:
        whole += part
    return whole


def centred(solid: Manifold) -> Manifold:
    """With its bounding box about the origin; nothing stays nothing."""
    if solid.is_empty():
        return solid
    low, high = np.array(solid.bounding_box()).reshape(2, 3)
    return solid.translate(-(low + high) / 2)


SOLIDS: tuple[Maker, ...] = (
    *(box, rounded_box, ellipsoid, superellipsoid, cylinder, torus, capsule, hull),
    *(extrusion, extrusion, revolution, revolution),
)


def solid(rng: Generator) -> Manifold:
    """Any of them, lying any way along the axes."""
    made = SOLIDS[int(rng.integers(len(SOLIDS)))](rng)
    return made.rotate(((0, 0, 0), (90, 0, 0), (0, 90, 0))[int(rng.integers(3))])
