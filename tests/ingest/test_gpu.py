"""Ingest on a GPU stores what ingest on a processor stores."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ingest
from ingest import worker
from inrstore.model import load_model
from inrstore.store import Store, init_store
from tests.ingest.engines.clusters import two_nodes
from tests.shapes import REPO

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]
MESHES = sorted((REPO / "examples" / "meshes").rglob("*.obj"))[:12]


def filled(path: Path, device: str, clouds: Path, **options: Any) -> Store:
    store = init_store(path, load_model("default").fitted_as("fast"))
    options = {"jobs": 4, "thumbnails": False, **options}
    result = ingest.ingest(store, [*MESHES, clouds], device=device, keep_samples=20_000, **options)
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


@pytest.fixture
def clouds(tmp_path: Path) -> Path:
    clouds = tmp_path / "clouds"
    clouds.mkdir()
    for number in range(3):
        points = np.random.default_rng(number).normal(size=(1_000, 3)) * (1, 1 + number, 2)
        np.save(clouds / f"{number}.npy", points / np.linalg.norm(points, axis=1, keepdims=True))
    return clouds


def test_a_gpu_stores_what_a_processor_stores(tmp_path: Path, clouds: Path) -> None:
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


def finish_killed_once(flag: Path, prepared: list[Any], device: str) -> list[Any]:
    """What a worker does that the system ends at its second batch."""
    assert device == "cuda" and torch.cuda.is_available()
    if flag.with_suffix(".first").exists() and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    flag.with_suffix(".first").touch()
    return worker.finish_all(prepared, device)


def test_a_node_with_a_gpu_stores_what_this_machine_does(
    tmp_path: Path, clouds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    here = filled(tmp_path / "here", "cuda", clouds)
    again = filled(tmp_path / "again", "cuda", clouds, seed=1)
    killed = tmp_path / "killed"
    monkeypatch.setattr("ingest.batches.finish_all", partial(finish_killed_once, killed))
    monkeypatch.setattr("ingest.run.GPU_BATCH", 5)
    with two_nodes(num_gpus=1):
        there = filled(tmp_path / "there", "cuda", clouds, engine="ray", jobs=None)
    assert killed.exists() and there.verify().problems == []
    assert {shape.id: shape.field for shape in here} == {shape.id: shape.field for shape in there}
    assert alike(here, there) > alike(here, again) - 0.01
