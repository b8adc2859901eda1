"""What the surface benchmarks share: which meshes, their samples, and how far a decoded surface is from its source."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from record import EXAMPLES

from ingest.files.geometry import Mesh
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import sample_mesh
from inrstore.metrics import surface_metrics
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, random_base
from inrstore.network.recipe import PAPER, Recipe
from inrstore.network.siren import Siren
from inrstore.records import FloatArray
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.points import surface_points

SAMPLES = 200_000
RESOLUTION = 256
SEED = 2023


def meshes(count: int) -> list[Path]:
    """The first `count` example meshes of a seeded shuffle, open ones among them; the same for every benchmark."""
    paths = sorted(EXAMPLES.rglob("*.obj"))
    return [paths[int(i)] for i in np.random.default_rng(SEED).permutation(len(paths))[:count]]


def read(path: Path) -> Mesh:
    """A mesh in the unit ball."""
    geometry = normalise(load(path)).geometry
    assert isinstance(geometry, Mesh)
    return geometry


def draw(mesh: Mesh, recipe: Recipe, seed: int = 0) -> FieldSamples:
    """Samples as ingest draws them: of the skin, with the robust sign."""
    return sample_mesh(mesh.vertices, mesh.faces, "auto", recipe.sampling, np.random.default_rng(seed))[0]


def compare(
    mesh: Mesh, field: str, siren: Siren, weights: FloatArray, resolution: int = RESOLUTION
) -> dict[str, float]:
    """Chamfer-L1 (mean of both directions), F@0.01 and F@0.005 of a network's surface, `SAMPLES` points a side."""
    vertices, faces = extract_mesh(inr_field(siren, weights), field, resolution)
    decoded = surface_points(vertices, faces, SAMPLES, np.random.default_rng(1))
    source = surface_points(mesh.vertices, mesh.faces, SAMPLES, np.random.default_rng(2))
    return surface_metrics(decoded, source, taus=(0.01, 0.005), workers=-1)


def official_seconds(steps: int) -> float:
    """Of one fit by the official recipe on all cores, from `steps` of its steps."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (50_000, 3)).astype(np.float32)
    samples = FieldSamples("sdf", points, np.linalg.norm(points, axis=1).astype(np.float32) - 0.5)
    torch.set_num_threads(os.cpu_count() or 1)
    fit([samples], random_base(PAPER), replace(PAPER, steps=1))
    began = time.perf_counter()
    fit([samples], random_base(PAPER), replace(PAPER, steps=steps))
    return (time.perf_counter() - began) / steps * PAPER.steps
