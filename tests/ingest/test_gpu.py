"""Ingest on a GPU stores what ingest on a processor stores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import ingest
from inrstore.model import load_model
from inrstore.store import Store, init_store
from tests.shapes import REPO

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]
MESHES = sorted((REPO / "examples" / "meshes").rglob("*.obj"))[:12]


def filled(path: Path, device: str, clouds: Path, seed: int = 0) -> Store:
    store = init_store(path, load_model("default").fitted_as("fast"))
    result = ingest.ingest(
        store, [*MESHES, clouds], device=device, jobs=4, keep_samples=20_000, seed=seed, thumbnails=False
    )
    assert (result.stored, result.failed) == (len(MESHES) + 3, 0)
    return store


def alike(one: Store, other: Store) -> float:
    """The mean cosine of the embeddings of the same shapes."""
    rows = []
    for store in (one, other):
        keys, embeddings = store.embeddings()
        ids = store.ids()
        rows.append(embeddings[np.argsort([ids[int(key)] for key in keys])])
    return float((rows[0] * rows[1]).sum(axis=1).mean())


def test_a_gpu_stores_what_a_processor_stores(tmp_path: Path) -> None:
    clouds = tmp_path / "clouds"
    clouds.mkdir()
    for number in range(3):
        points = np.random.default_rng(number).normal(size=(1_000, 3)) * (1, 1 + number, 2)
        np.save(clouds / f"{number}.npy", points / np.linalg.norm(points, axis=1, keepdims=True))
    here, there = (filled(tmp_path / device, device, clouds) for device in ("cpu", "cuda"))
    again = filled(tmp_path / "again", "cpu", clouds, seed=1)
    own = {shape.id: shape for shape in there}
    assert {shape.id: shape.field for shape in here} == {shape.id: shape.field for shape in there}
    # two fits of a shape differ by what they drew; a GPU's by no more than another of a processor
    assert alike(here, there) > alike(here, again) - 0.01
    before = there.embeddings()[1]
    assert ingest.encode(there, device="cuda").encoded == len(own)
    np.testing.assert_allclose(there.embeddings()[1], before, atol=1e-4)
    refined = ingest.refine(there, list(own), device="cuda")
    assert refined.refined >= len(own) / 2, refined.failures
