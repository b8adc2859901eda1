"""Whole objects: wires, frames, furniture, vessels with handles, creatures, sheets, things cut out of each other."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold, Mesh, OpType
from numpy.random import Generator
from scipy.interpolate import make_interp_spline
from skimage.measure import marching_cubes

from .solids import SEGMENTS, Maker, centred, profile, revolution, solid

Points = np.ndarray


def union(parts: list[Manifold]) -> Manifold:
    return Manifold.batch_boolean(parts, OpType.Add)


def rod(start: Points, end: Points, radius: float, sides: int = 12) -> Manifold:
    """A bar from one point to another."""
    axis = np.asarray(end, float) - start
    length = float(np.linalg.norm(axis))
    if length < 1e-6:
        return Manifold.sphere(radius, sides).translate(start)
    z = axis / length
    x = np.cross(z, [1.0, 0, 0] if abs(z[0]) < 0.9 else [0, 1.0, 0])
    x /= np.linalg.norm(x)
    frame = np.column_stack([x, np.cross(z, x), z, np.asarray(start, float)])
    return Manifold.cylinder(length, radius, radius, sides).transform(frame)


def sweep(path: Points, radius: Points, sides: int = 12) -> Manifold:
    """A tube along a path (n, 3) with a radius (n,) at each point."""
    count = len(path) - 1
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    side = np.empty_like(along)
    last = np.cross(along[0], [1.0, 0, 0] if abs(along[0, 0]) < 0.9 else [0, 1.0, 0])
    for place, direction in enumerate(along):  # carried along without turning
        last = last - direction * (last @ direction)
        last /= max(np.linalg.norm(last), 1e-9)
        side[place] = last
    across = np.cross(along, side)

    def bend(points: Points) -> Points:
        at = np.clip(points[:, 2], 0, count)
        low = np.minimum(at.astype(int), count - 1)
        part = (at - low)[:, None]
        mixed = [rows[low] * (1 - part) + rows[low + 1] * part for rows in (path, side, across, radius[:, None])]
        return mixed[0] + (points[:, :1] * mixed[1] + points[:, 1:2] * mixed[2]) * mixed[3]

    return Manifold.cylinder(float(count), 1.0, 1.0, sides).refine_to_length(1.01).warp_batch(bend)


def curve(rng: Generator, knots: int, count: int = 60) -> Points:
    """(count, 3) a smooth random curve."""
    places = rng.uniform(-0.5, 0.5, (knots, 3)) * rng.uniform(0.3, 1, 3)
    return np.asarray(
        make_interp_spline(np.arange(knots), places, k=min(3, knots - 1))(np.linspace(0, knots - 1, count))
    )


def wire(rng: Generator) -> Manifold:
    """Pipes, hooks, springs and knots."""
    t, kind = np.linspace(0, 1, 120), int(rng.integers(3))
    if kind == 0:
        path = curve(rng, int(rng.integers(3, 7)), 80)
    else:
        if kind == 1:
            angle = 2 * np.pi * rng.uniform(2, 8) * t
            radius, z = rng.uniform(0.1, 0.4) * np.interp(t, [0, 1], rng.uniform(0.3, 1, 2)), t - 0.5
        else:
            p, q = int(rng.integers(2, 4)), int(rng.integers(3, 6))
            angle, radius = 2 * np.pi * p * t, 0.3 + 0.12 * np.cos(2 * np.pi * q * t)
            z = 0.15 * np.sin(2 * np.pi * q * t)
        path = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
    thick = rng.uniform(0.015, 0.06) * np.interp(np.linspace(0, 1, len(path)), [0, 0.5, 1], rng.uniform(0.6, 1.4, 3))
    return sweep(path, thick, int(rng.choice([4, 6, 12])))


def frame(rng: Generator) -> Manifold:
    """Lattices: scaffolds, trusses, fences, cages, the edges of a solid."""
    radius, sides = rng.uniform(0.01, 0.035), int(rng.choice([4, 8]))
    if rng.random() < 0.4:
        made = Manifold.hull_points(rng.normal(size=(int(rng.integers(5, 12)), 3)) * 0.35)
        mesh = made.to_mesh()
        corners, faces = np.asarray(mesh.vert_properties)[:, :3], np.asarray(mesh.tri_verts)
        edges = np.unique(
            np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1), axis=0
        )
        bars = [rod(corners[a], corners[b], radius, sides) for a, b in edges]
        return union([*bars, *(Manifold.sphere(radius * 1.3, 12).translate(c) for c in corners)])
    cells, size = rng.integers(1, (5, 5, 3)), rng.uniform(0.4, 1, 3)
    axes = [np.linspace(-s / 2, s / 2, c + 1) for s, c in zip(size, cells, strict=True)]
    bars = []
    for axis in range(3):
        one, other = (a for a in range(3) if a != axis)
        for a in axes[one]:
            for b in axes[other]:
                ends = np.zeros((2, 3))
                ends[:, axis], ends[:, one], ends[:, other] = axes[axis][[0, -1]], a, b
                bars.append(rod(*ends, radius, sides))
    for _ in range(int(rng.integers(0, 4))):  # braces
        bars.append(rod(*(np.array([rng.choice(a) for a in axes]) for _ in range(2)), radius, sides))
    return union(bars)


def furniture(rng: Generator) -> Manifold:
    """A slab on legs or on a foot, with or without a back, arms, shelves and rails."""
    width, depth, height = rng.uniform(0.4, 1, 3)
    slab, leg = rng.uniform(0.02, 0.12), rng.uniform(0.015, 0.06)
    top = Manifold.cube((width, depth, slab), True)
    if rng.random() < 0.3:
        top = Manifold.cylinder(slab, width / 2, width / 2, SEGMENTS, True).scale((1, depth / width, 1))
    inset, splay = rng.uniform(0.02, 0.25), rng.choice([0, rng.uniform(-0.1, 0.12)])
    corners = [np.array([x * width, y * depth, 0]) * (0.5 - inset) for x in (-1, 1) for y in (-1, 1)]
    parts, up = [top.translate((0, 0, height))], np.array([0, 0, height])
    if rng.random() < 0.75:
        parts += [rod(c * (1 + splay), c + up, leg, int(rng.choice([4, SEGMENTS]))) for c in corners]
    else:
        angles = np.arange(5) * 2 * np.pi / 5
        toes = 0.35 * width * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
        parts += [rod((0, 0, 0), up, leg * 1.5, SEGMENTS), *(rod((0, 0, 0.02), toe, leg) for toe in toes)]
    if rng.random() < 0.4:
        back = Manifold.cube((width, slab, rng.uniform(0.3, 0.9)), True)
        raised = up + (0, depth / 2, -np.array(back.bounding_box())[2])
        parts.append(back.rotate((rng.uniform(-15, 0), 0, 0)).translate(raised))
    if rng.random() < 0.2:
        for side in (-width / 2, width / 2):
            parts.append(Manifold.cube((leg * 2, depth, leg * 2), True).translate(up + (side, 0, 0.2)))
            parts += [rod(up + (side, y * depth, 0), up + (side, y * depth, 0.2), leg) for y in (-0.33, 0.4)]
    for z in height * rng.uniform(0.1, 0.8, int(rng.choice([0, 0, 1, 2]))):
        if rng.random() < 0.5:
            parts.append(Manifold.cube((width * 0.9, depth * 0.9, slab / 2), True).translate((0, 0, z)))
        else:
            ends = [c + (0, 0, z) for c in corners]
            parts += [rod(ends[a], ends[b], leg * 0.7) for a, b in ((0, 1), (2, 3))]
    return union(parts)


def cabinet(rng: Generator) -> Manifold:
    """A box with compartments, doors, handles and feet."""
    size, wall = rng.uniform(0.3, 1, 3), rng.uniform(0.015, 0.05)
    body = Manifold.cube(size, True)
    columns, rows = rng.integers(1, 4), rng.integers(1, 6)
    hollow, knobs = [], []
    cell = np.array([(size[0] - wall) / columns, 0, (size[2] - wall) / rows])
    for i in range(columns):
        for j in range(rows):
            middle = -size / 2 + wall / 2 + cell * [i + 0.5, 0, j + 0.5]
            middle[1] = -wall
            if rng.random() < 0.6:
                hollow.append(Manifold.cube((cell[0] - wall, size[1], cell[2] - wall), True).translate(middle))
            else:
                middle[1] = -size[1] / 2
                knobs.append(Manifold.cube((0.25 * cell[0], 0.06, 0.02), True).translate(middle))
    whole = union([body, *knobs]) - union(hollow) if hollow else union([body, *knobs])
    feet = [
        Manifold.cylinder(0.1, 0.025, 0.02, 12).translate((x * size[0] * 0.42, y * size[1] * 0.42, -size[2] / 2 - 0.09))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return union([whole, *feet]) if rng.random() < 0.4 else whole


def vessel(rng: Generator) -> Manifold:
    """Something turned, with handles, a spout or a lid."""
    body = revolution(rng)
    low, high = np.array(body.bounding_box()).reshape(2, 3)
    t = np.linspace(0, np.pi, 30)
    reach, tall = rng.uniform(0.1, 0.3), (high[2] - low[2]) * rng.uniform(0.2, 0.4)
    arc = np.stack([high[0] * 0.8 + reach * np.sin(t), 0 * t, tall * np.cos(t)], axis=1)
    handle = sweep(arc, np.full(30, rng.uniform(0.015, 0.04)))
    count = int(rng.integers(1, 4))
    return union([body, *(handle.rotate((0, 0, 360 * k / count)) for k in range(count))])


def mirrored(rng: Generator) -> Manifold:
    """A body with limbs in pairs: toys, planes, vehicles, insects."""
    parts = [solid(rng).scale(rng.uniform(0.4, 1, 3))]
    for _ in range(int(rng.integers(1, 5))):
        place = rng.uniform((0.1, -0.5, -0.4), (0.6, 0.5, 0.4))
        limb = solid(rng).scale(rng.uniform(0.15, 0.7, 3)).rotate(rng.uniform(-40, 40, 3)).translate(place)
        limb += rod(place * (0, 0.5, 0.5), place, rng.uniform(0.01, 0.05))
        parts += [limb, limb.mirror((1, 0, 0))]
    return union(parts)


def row(rng: Generator) -> Manifold:
    """One part again and again: fins, stairs, steps, wheels, petals."""
    part, count = solid(rng).scale(rng.uniform(0.1, 0.5, 3)), int(rng.integers(3, 12))
    if rng.random() < 0.5:
        step = np.array([1.2 / count, 0, rng.choice([0, 0.8 / count])])
        parts = [part.translate(step * (k - count / 2)) for k in range(count)]
        parts.append(
            Manifold.cube((1.2, *rng.uniform(0.03, 0.3, 2)), True).rotate(
                (0, -float(np.degrees(np.arctan2(step[2], step[0]))), 0)
            )
        )
    else:
        parts = [part.translate((rng.uniform(0.2, 0.25), 0, 0)).rotate((0, 0, 360 * k / count)) for k in range(count)]
        parts.append(Manifold.cylinder(rng.uniform(0.05, 0.4), rng.uniform(0.1, 0.3), -1, SEGMENTS, True))
    return union(parts)


def creature(rng: Generator) -> Manifold:
    """Rounded limbs that flow into one another: a smooth union of capsules."""
    trunk = curve(rng, 3, 4)
    bones = [(trunk[i], trunk[i + 1], rng.uniform(0.08, 0.18)) for i in range(3)]
    for _ in range(int(rng.integers(2, 7))):
        start = trunk[int(rng.integers(4))]
        knee = start + rng.normal(size=3) * 0.22
        bones += [
            (start, knee, rng.uniform(0.04, 0.1)),
            (knee, knee + rng.normal(size=3) * 0.2, rng.uniform(0.03, 0.07)),
        ]
    starts, ends, radii = (np.array(x) for x in zip(*bones, strict=True))
    soft = rng.uniform(0.02, 0.06)

    low, high = np.minimum(starts, ends).min(axis=0) - 0.3, np.maximum(starts, ends).max(axis=0) + 0.3
    cell = (high - low).max() / 40
    axes = [np.arange(a, b + cell, cell) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    near = np.zeros(points.shape[:3])
    for start, along, radius in zip(starts, ends - starts, radii, strict=True):
        t = np.clip((points - start) @ along / max(along @ along, 1e-9), 0, 1)
        near += np.exp((radius - np.linalg.norm(points - start - t[..., None] * along, axis=-1)) / soft)
    corners, faces, _, _ = marching_cubes(np.log(np.maximum(near, 1e-30)), 0.0, spacing=(cell,) * 3)
    return Manifold(Mesh(corners.astype(np.float32), faces[:, ::-1].astype(np.uint32)))


def sheet(rng: Generator) -> Manifold:
    """Leaves, cloth, shades and shells: a thin plate, bent."""
    plate = profile(rng).extrude(rng.uniform(0.008, 0.03)).refine_to_length(0.07)
    waves = [(rng.normal(size=2) * 4, rng.uniform(0, 6), rng.uniform(0, 0.12)) for _ in range(3)]
    bow = rng.uniform(-0.8, 0.8, 2)

    def lift(points: Points) -> Points:
        height = sum(size * np.sin(points[:, :2] @ way + phase) for way, phase, size in waves)
        return points + np.stack([0 * height, 0 * height, height + points[:, :2] ** 2 @ bow], axis=1)

    bent = plate.warp_batch(lift)
    if rng.random() < 0.4:  # several on a stem
        leaf = centred(bent) + rod((-0.7, 0, 0), (0, 0, 0), 0.015)
        sizes, rises = rng.uniform(0.3, 0.7, 8), rng.uniform(-60, 10, 8)
        leaves = [
            leaf.translate((0.7, 0, 0))
            .scale((size,) * 3)
            .rotate((0, rise, 77 * k))
            .translate((0, 0, rng.uniform(-0.2, 0.4)))
            for k, (size, rise) in enumerate(zip(sizes, rises, strict=True))
        ]
        return union([*leaves[: int(rng.integers(3, 9))], rod((0, 0, -0.5), (0, 0, 0.4), 0.02)])
    return bent


def carved(rng: Generator) -> Manifold:
    """A random tree of unions, differences and intersections."""
    whole = solid(rng)
    for _ in range(int(rng.integers(1, 6))):
        other = solid(rng).scale(rng.uniform(0.2, 1, 3)).translate(rng.uniform(-0.4, 0.4, 3))
        if rng.random() < 0.3:
            other = other.rotate(rng.uniform(-90, 90, 3))
        choice = rng.random()
        found = whole + other if choice < 0.5 else whole - other if choice < 0.9 else whole ^ other
        whole = whole if found.is_empty() or found.volume() < 0.02 * whole.volume() else found
    return whole


def deformed(rng: Generator) -> Manifold:
    """Anything, bent, twisted or tapered."""
    made = centred(STRUCTURES[int(rng.integers(len(STRUCTURES)))](rng)) if rng.random() < 0.5 else solid(rng)
    fine = made.refine_to_length(0.12) if made.num_tri() < 20_000 else made
    twist, taper, bend = rng.normal(size=3) * (1.2, 0.5, 0.8)

    def warp(points: Points) -> Points:
        x, y, z = points.T
        wide = np.clip(1 + taper * z, 0.15, 3)
        cos, sin = np.cos(twist * z), np.sin(twist * z)
        x, y = wide * (x * cos - y * sin), wide * (x * sin + y * cos)
        if abs(bend) > 0.1:
            radius = 1 / bend
            x, z = radius - (radius - x) * np.cos(z * bend), (radius - x) * np.sin(z * bend)
        return np.stack([x, y, z], axis=1)

    return fine.warp_batch(warp)


STRUCTURES: tuple[Maker, ...] = (wire, frame, furniture, cabinet, vessel, mirrored, row, sheet, carved)
FAMILIES: dict[str, Maker] = {
    made.__name__: made
    for made in (solid, wire, frame, furniture, cabinet, vessel, mirrored, row, creature, sheet, carved, deformed)
}
"""By the name of the folder that they are written to."""
