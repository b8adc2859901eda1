"""True field values at points: what an INR is fitted to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.fields import FieldSamples
from inrstore.network.packing import pack, snap
from inrstore.network.recipe import FIDELITY, SamplingRecipe
from inrstore.records import KeptSamples
from inrstore.surface.points import Faces, Vertices, surface_points
from inrstore.surface.sampling import Move, query_points, sample_inr, sample_points

from ..files.geometry import Cloud, Geometry, Mesh, Network
from .skin import Asked, Skin, all_sheets, nearest, skin

AMBIGUOUS = 0.25
"""A sample is ambiguous if its winding number is further than this from a whole number."""
BORDER = 2
"""Empty cells around a grid."""
OPEN_SHARE = 0.15
"""A mesh with a larger share of ambiguous samples bounds nothing: all of it is sheets."""


def sample_geometry(
    geometry: Geometry, field: str, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None = None
) -> tuple[FieldSamples, dict[str, float]]:
    """Samples of a normalised geometry, and figures of its quality; see `sample_mesh` for `field` and `move`.

    Raises
    ------
    BadInput
        If the geometry has no such field.
    """
    if isinstance(geometry, Mesh):
        return sample_mesh(geometry.vertices, geometry.faces, field, sampling, rng, move)
    if isinstance(geometry, Network):
        samples = sample_inr(
            geometry.inr, geometry.vertices, geometry.faces, sampling, rng, unit=geometry.unit, move=move
        )
        return samples, {}
    if isinstance(geometry, Cloud):
        if field not in ("auto", "udf"):
            raise BadInput(f"a cloud has no inside, so no {field}; use field auto or udf")
        return sample_cloud(geometry.points, sampling, rng, move)
    if field not in ("auto", "occ"):
        raise BadInput(f"voxels say what is occupied, not {field}; use field auto or occ")
    return sample_voxels(geometry.grid, geometry.origin, geometry.pitch, sampling, rng)


def sample_kept(geometry: Geometry, field: str, count: int, rng: np.random.Generator) -> KeptSamples:
    """`count` samples good for a fit of high fidelity; `field` is sdf, udf or occ. Errors: BadInput."""
    return pack(sample_geometry(geometry, field, kept_sampling(count), rng, snap)[0], count)


def kept_sampling(count: int) -> SamplingRecipe:
    """The fidelity profile's places to ask, scaled to `count` in all."""
    sampling = FIDELITY.sampling
    total = sampling.surface_count + sampling.uniform
    surface = tuple((sigma, number * count // total) for sigma, number in sampling.surface)
    return SamplingRecipe(surface, count - sum(number for _, number in surface))


def sample_mesh(
    vertices: Vertices,
    faces: Faces,
    field: str,
    sampling: SamplingRecipe,
    rng: np.random.Generator,
    move: Move | None = None,
) -> tuple[FieldSamples, dict[str, float]]:
    """Samples of a normalised mesh, and figures of its quality.

    `field` is sdf, udf, occ or auto, which means sdf. The sign is that of the generalised winding number (Barill et al.
    2018), rounded at one half, after the faces were oriented; the distance is exact, of the surface that `skin` makes
    of the mesh: without hidden faces, and with some thickness given to what has none. udf is the distance to the faces
    as they are. Quality holds `ambiguous`, the share of the samples near the surface whose sign is in doubt, and the
    skin's own figures. `move` takes points to those where the field is asked instead.
    """
    if field == "udf":
        on_surface = surface_points(vertices, faces, sampling.surface_count, rng)
        points = query_points(on_surface, sampling, rng, move)
        distance, _ = nearest(vertices, faces, points)
        return _samples("udf", points, distance), {}
    found = skin(vertices, faces, rng)
    points, asked = _asked(found, sampling, rng, move)
    near = asked.winding[: sampling.surface_count]
    doubt = float(np.mean(np.abs(near - np.round(near)) > AMBIGUOUS))
    quality = {"ambiguous": doubt, **found.quality}
    if doubt > OPEN_SHARE:
        found = all_sheets(vertices, faces)
        points, asked = _asked(found, sampling, rng, move)
        quality |= found.quality
    if field == "occ":
        return _samples("occ", points, asked.distance < 0), quality
    return _samples("sdf", points, asked.distance), quality


def _asked(
    found: Skin, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None
) -> tuple[Vertices, Asked]:
    """The recipe's points (n, 3), and what the skin says there."""
    on_surface = surface_points(found.vertices, found.seen, sampling.surface_count, rng)
    points = query_points(on_surface, sampling, rng, move)
    return points, found.ask(points)


def sample_cloud(
    cloud: Vertices, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None = None
) -> tuple[FieldSamples, dict[str, float]]:
    """As `inrstore.surface.sampling.sample_points`, and no figures of quality."""
    return sample_points(cloud, sampling, rng, move), {}


def sample_voxels(
    grid: NDArray[np.bool_],
    origin: Vertices,
    pitch: float,
    sampling: SamplingRecipe,
    rng: np.random.Generator,
) -> tuple[FieldSamples, dict[str, float]]:
    """Occupancies at cell centres of a grid (a, b, c) whose cell (0, 0, 0) is centred at normalised `origin`.

    A small grid gives all its cells, as in inr2vec, and a border of empty ones; of a large one all cells by the surface
    and a seeded choice of the others. Some points of the cube [-1, 1]³ beyond them say that it is empty there: where
    nothing is asked a network grows phantoms. In all there are at most as many samples as the recipe says.
    """
    padded = np.pad(np.asarray(grid, bool), BORDER)
    indices = np.argwhere(np.ones_like(padded))
    occupied = padded.ravel()
    low = origin - (BORDER + 0.5) * pitch
    beyond = rng.uniform(-1, 1, (sampling.uniform, 3))
    beyond = beyond[((beyond < low) | (beyond > low + np.array(padded.shape) * pitch)).any(axis=1)]
    limit = sampling.surface_count + sampling.uniform - len(beyond)
    if len(indices) > limit:
        chosen = _near_and_far(padded, limit, rng)
        indices, occupied = indices[chosen], occupied[chosen]
    points = np.concatenate([(indices - BORDER) * pitch + origin, beyond])
    values = np.concatenate([occupied, np.zeros(len(beyond), bool)])
    return _samples("occ", points, values), {"occupied": float(np.mean(grid))}


def _near_and_far(padded: NDArray[np.bool_], limit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Flat indices of at most `limit` cells: those with an unlike neighbour first, others filling up."""
    border = np.zeros(padded.shape, bool)
    for axis in range(3):
        unlike = np.diff(padded, axis=axis)
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        border[tuple(low)] |= unlike
        border[tuple(high)] |= unlike
    near, far = np.flatnonzero(border), np.flatnonzero(~border)
    near = rng.permutation(near)[: limit * 3 // 4]
    return np.concatenate([near, rng.permutation(far)[: limit - len(near)]])


def _samples(field: str, points: Vertices, values: NDArray[np.generic]) -> FieldSamples:
    return FieldSamples(field, points.astype(np.float32), values.astype(np.float32))
