"""Samples of any geometry: those that a recipe is fitted to, and those that are kept for a later fit."""

from __future__ import annotations

import numpy as np

from inrstore.errors import BadInput
from inrstore.network.fields import FieldSamples
from inrstore.network.packing import pack, snap
from inrstore.network.recipe import FIDELITY, SamplingRecipe
from inrstore.records import KeptSamples
from inrstore.surface.sampling import Move

from ..files.geometry import Cloud, Geometry, Mesh, Network
from .sample import sample_cloud, sample_mesh, sample_network, sample_voxels


def draw(
    geometry: Geometry, field: str, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None = None
) -> tuple[FieldSamples, dict[str, float]]:
    """Samples of a normalised geometry, and figures of its quality; see `ingest.sampling.sample`.

    Raises
    ------
    BadInput
        If the geometry has no such field.
    """
    if isinstance(geometry, Mesh):
        return sample_mesh(geometry.vertices, geometry.faces, field, sampling, rng, move)
    if isinstance(geometry, Network):
        return sample_network(geometry, sampling, rng, move)
    if isinstance(geometry, Cloud):
        if field not in ("auto", "udf"):
            raise BadInput(f"a cloud has no inside, so no {field}; use field auto or udf")
        return sample_cloud(geometry.points, sampling, rng, move)
    if field not in ("auto", "occ"):
        raise BadInput(f"voxels say what is occupied, not {field}; use field auto or occ")
    return sample_voxels(geometry.grid, geometry.origin, geometry.pitch, sampling, rng)


def draw_kept(geometry: Geometry, field: str, count: int, rng: np.random.Generator) -> KeptSamples:
    """`count` samples good for a fit of high fidelity; `field` is sdf, udf or occ. Errors: BadInput."""
    return pack(draw(geometry, field, kept_sampling(count), rng, snap)[0], count)


def kept_sampling(count: int) -> SamplingRecipe:
    """The fidelity profile's places to ask, scaled to `count` in all."""
    sampling = FIDELITY.sampling
    total = sampling.surface_count + sampling.uniform
    surface = tuple((sigma, number * count // total) for sigma, number in sampling.surface)
    return SamplingRecipe(surface, count - sum(number for _, number in surface))
