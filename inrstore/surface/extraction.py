"""A field back to geometry, all in normalised coordinates: meshes, clouds and voxel grids as plain arrays.

A mesh from `sdf` or `occ` is closed and its faces point outwards. A mesh from `udf` is a sheet of one layer, open where
the surface is: of a thin shell around the surface one side is kept, see `unsigned`, and pulled onto it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import igl
import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from inrstore.arrays import as_floats, check_field
from inrstore.errors import BadInput, EmptySurface
from inrstore.network.fields import CLIP, distance
from inrstore.network.siren import Siren, forward
from inrstore.records import FloatArray

from .cleaning import without_dust, without_specks
from .grid import EXTENT, SLACK, Lattice, Signal, keep_by_distance, keep_by_slope
from .points import Faces, Vertices, surface_points
from .unsigned import one_layer

if TYPE_CHECKING:
    from inrstore.model import Model

Field = Callable[[FloatArray], FloatArray]
"""Points (m, 3) float32 to raw outputs (m,) float32, in the convention of `inrstore.network.fields`."""

CHUNK = 8192
"""Points a call: activations stay in the processor's cache, twice as fast as 64k at a time (measured)."""
RESOLUTIONS = (8, 1024)
LEAST = 2e-4
"""Steps from zero that a lattice point is kept at: triangles that meet in a lattice point would have no area."""
WIDEN = 0.35
"""Steps outside of an sdf's surface where it is polygonised: so a wall that holds no lattice point is whole, too."""
ROUNDING = 1e-4
"""More than what single precision makes of the lattice's border."""
FLAT_POINTS = 256
OCC_COARSE = 64
"""Occupancy tells nothing of the distance to the surface, so its first lattice is never coarser than this."""
CLOUD_REACH, CLOUD_KEEP, CLOUD_STEPS = 0.05, 0.02, 5
"""Clouds from udf as in inr2vec: points this near are pulled, those that end this near are kept."""


def inr_field(siren: Siren, weights: FloatArray, device: str = "cpu") -> Field:
    """The field of one network, weights (W,). Errors: BadArray."""
    checked = as_floats(weights, (siren.size,), f"weights of a SIREN {siren}")
    row = torch.as_tensor(np.ascontiguousarray(checked), device=device)[None]

    @torch.inference_mode()
    def evaluate(points: FloatArray) -> FloatArray:
        batch = torch.as_tensor(points, dtype=torch.float32, device=device)[None]
        parts = [forward(siren, row, part)[0] for part in torch.split(batch, CHUNK, dim=1)]
        return np.asarray(torch.cat(parts).cpu().numpy())

    return evaluate


def decoder_field(model: Model, embedding: FloatArray, field: str) -> Field:
    """The field that the model's decoder makes of one embedding (d,). Errors: as `Model.decode`."""
    decoded = model.field_of(embedding, field)

    def evaluate(points: FloatArray) -> FloatArray:
        starts = range(0, len(points), CHUNK)
        return np.concatenate([decoded(points[i : i + CHUNK]) for i in starts])

    return evaluate


def extract_mesh(field: Field, name: str, resolution: int = 128) -> tuple[Vertices, Faces]:
    """Vertices (v, 3) and faces (f, 3) of the surface; `resolution` cells a side of the cube [-1.05, 1.05]³.

    `name` is sdf, udf or occ. Errors: EmptySurface where the field has no surface in the unit ball; UnknownField,
    BadInput.
    """
    check_field(name)
    check_resolution(resolution)
    if name == "udf":
        level = shell_level(resolution)
        vertices, faces = level_set(field, name, resolution, level)
        vertices, faces = without_dust(vertices, one_layer(vertices, faces, level))
        pulled = pull(field, vertices.astype(np.float32), steps=3)
        left = distance("udf", field(pulled))
        arrived = left <= max(level / 2, 3 * float(np.median(left)))  # the field leads a few nowhere
        return without_dust(pulled.astype(np.float64), faces[arrived[faces].all(axis=1)])
    if name == "sdf":
        level = WIDEN * 2 * EXTENT / resolution
        vertices, faces = level_set(field, name, resolution, level)
        return settle(field, vertices, faces, level), faces
    return level_set(field, name, resolution)


def level_set(field: Field, name: str, resolution: int, level: float = 0.0) -> tuple[Vertices, Faces]:
    """The closed surface where an occ is zero, or an sdf or udf is `level`: marching cubes on the cells it crosses.

    Of an sdf, without specks, see `cleaning`; an occupancy says nothing of depth, and single voxels may be meant.
    """
    lattice = Lattice(signal_of(field, name, level), resolution)
    vertices, faces = _polygonise(lattice, _crossed(lattice, name, level))
    return without_specks(vertices, faces, lattice.inside(vertices) - level) if name == "sdf" else (vertices, faces)


def extract_cloud(field: Field, name: str, count: int = 100_000, seed: int = 0, resolution: int = 128) -> FloatArray:
    """(count, 3) points of the surface, even over its area; the same seed gives the same points.

    From udf, points near the surface are pulled onto it; otherwise they are drawn from the extracted mesh. Errors:
    as `extract_mesh`.
    """
    check_field(name)
    if count < 1:
        raise BadInput(f"count: {count} points asked for; give 1 or more")
    rng = np.random.default_rng(seed)
    if name == "udf":
        return _pulled_cloud(field, count, rng)
    return surface_points(*extract_mesh(field, name, resolution), count, rng).astype(np.float32)


def extract_voxels(field: Field, name: str, resolution: int = 64) -> NDArray[np.bool_]:
    """(n, n, n) occupancy at the centres of the cells of [-1, 1]³: inside for sdf and occ, on it for udf.

    Errors: UnknownField, BadInput.
    """
    check_field(name)
    check_resolution(resolution)
    axis = ((np.arange(resolution) + 0.5) * (2 / resolution) - 1).astype(np.float32)
    signal = signal_of(field, name, min(1 / resolution, CLIP / 2) if name == "udf" else 0.0)
    plane = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    slabs = [signal(np.insert(plane, 0, x, axis=1)) > 0 for x in axis]
    return np.stack(slabs).reshape((resolution,) * 3)


def pull(field: Field, points: FloatArray, steps: int) -> FloatArray:
    """Points (m, 3) moved onto the zero set of a udf: x ← x − d·∇d/|∇d|, while that brings them nearer."""
    points, reached = points.copy(), distance("udf", field(points))
    moving = np.arange(len(points))
    for _ in range(steps):
        if not len(moving):
            break
        here = points[moving]
        there = here - reached[moving, None] * direction(field, here)
        after = distance("udf", field(there))
        nearer = after < reached[moving]
        moving = moving[nearer]
        points[moving], reached[moving] = there[nearer], after[nearer]
    return points


def settle(field: Field, vertices: Vertices, faces: Faces, level: float) -> Vertices:
    """Vertices (v, 3) of an sdf's level set moved along their normals onto its zero set, by Newton's method.

    Marching cubes places vertices where a straight line between two lattice points is zero, which shows as scales.
    Errors: EmptySurface where the field does not rise to `level` outside.
    """
    some = vertices[:: len(vertices) // FLAT_POINTS + 1].astype(np.float32)
    if distance("sdf", field(some)).max() < level / 2:  # its edge is only that of what is evaluated
        raise EmptySurface("the field is flat, so it has no surface in the unit ball; was it fitted long enough?")
    normals = np.asarray(igl.per_vertex_normals(vertices, faces))
    there = vertices - level * normals
    missed = distance("sdf", field(there.astype(np.float32)))
    nearer = there - np.clip(missed, -level, level)[:, None] * normals
    better = np.abs(distance("sdf", field(nearer.astype(np.float32)))) < np.abs(missed)
    return np.where(better[:, None], nearer, there)


def check_resolution(resolution: int) -> None:
    """Refuse what would give nothing, or not fit into memory (about 6 bytes × resolution³)."""
    low, high = RESOLUTIONS
    if not isinstance(resolution, int | np.integer) or not low <= resolution <= high:
        raise BadInput(f"resolution: {resolution} is not a whole number between {low} and {high}")


def shell_level(resolution: int) -> float:
    """Distance of the shell from an unsigned surface: one cell, so that it has no holes, well below CLIP."""
    return float(np.clip(2 * EXTENT / resolution, 0.012, CLIP / 2))


def signal_of(field: Field, name: str, level: float) -> Signal:
    """The field, positive inside, which for sdf and udf is where the distance is below `level`.

    Shapes lie in the unit ball, so well beyond it nothing is evaluated.
    """
    check_field(name)

    def evaluate(points: FloatArray) -> FloatArray:
        radius = np.linalg.norm(points, axis=1)
        within = radius < EXTENT - ROUNDING
        # the unit ball's own distance, a bound for any shape's; never zero, so that all is closed at the lattice's end
        value = np.minimum(1 - radius + level, -ROUNDING).astype(np.float32)
        raw = field(points[within]) if within.any() else np.zeros(0, np.float32)
        if np.isnan(raw).any():
            raise EmptySurface("the field is not a number at some points; fit the shape again")
        if name == "occ":
            value[within] = np.clip(raw, -50, 50)  # a sharp field may be infinite, interpolation must not be
        else:
            value[within] = level - distance(name, raw)
        return np.asarray(value, dtype=np.float32)

    return evaluate


def _crossed(lattice: Lattice, name: str, level: float) -> NDArray[np.bool_]:
    """Mask of the cells that the surface passes through."""
    coarse = 1
    if name == "occ":
        while lattice.cells >= 2 * coarse * OCC_COARSE:
            coarse *= 2
        return lattice.follow(lattice.refine(keep_by_slope, coarse))
    # the widest cell whose centre is told apart from one beyond the clip
    while SLACK * np.sqrt(3) * coarse * lattice.step < 0.95 * (CLIP - level):
        coarse *= 2
    return lattice.follow(lattice.refine(keep_by_distance, coarse))


def _polygonise(lattice: Lattice, crossed: NDArray[np.bool_]) -> tuple[Vertices, Faces]:
    if not crossed.any():
        raise EmptySurface("the field has no surface in the unit ball; was it fitted long enough?")
    volume = lattice.volume()
    least = LEAST * lattice.step
    volume = np.where(np.abs(volume) < least, np.where(volume > 0, least, -least), volume)
    mask = np.zeros(np.add(crossed.shape, 1), dtype=bool)
    mask[1:, 1:, 1:] = crossed  # scikit-image asks for a cell by its far corner
    vertices, faces, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
        volume, level=0.0, mask=mask, gradient_direction="ascent"
    )
    return vertices.astype(np.float64) * lattice.step - EXTENT, faces.astype(np.int64)


def direction(field: Field, points: FloatArray, width: float = 2e-3) -> FloatArray:
    """(m, 3) unit gradients of a udf by differences over a tetrahedron: four evaluations, any callable."""
    offsets = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float32)
    gradient = np.zeros_like(points)
    for offset in offsets:
        gradient += offset * distance("udf", field(points + width * offset))[:, None]
    return np.asarray(gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-12))


def _pulled_cloud(field: Field, count: int, rng: np.random.Generator) -> FloatArray:
    """Uniform points near the surface, thinned to udf ≤ reach, pulled, and kept if they arrive."""
    lattice = Lattice(signal_of(field, "udf", CLOUD_REACH), 64)
    cells = lattice.refine(keep_by_distance, 1)
    inside = lattice.corner_values(cells, 1).max(axis=1) > 0
    cells = cells[inside]
    kept: list[FloatArray] = []
    tried = 0
    while sum(map(len, kept)) < count:
        if not len(cells) or tried > 20 * count + 100_000:
            raise EmptySurface("the field comes nowhere near zero; was it fitted long enough?")
        batch = min(2 * count + 1000, 65536)
        corner = cells[rng.integers(len(cells), size=batch)] + rng.random((batch, 3))
        points = (corner * lattice.step - EXTENT).astype(np.float32)
        points = points[distance("udf", field(points)) <= CLOUD_REACH]
        points = pull(field, points, CLOUD_STEPS)
        kept.append(points[distance("udf", field(points)) <= CLOUD_KEEP])
        tried += batch
    return np.concatenate(kept)[:count]
