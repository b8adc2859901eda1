"""Refinements in batches, and what goes wrong in them: each shape fails alone, and what is fitted is kept."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ingest
from ingest.engines import LocalEngine
from ingest.refining import refine as refining
from ingest.refining import refit
from inrstore.errors import BadInput
from inrstore.network.fields import distance
from inrstore.store import Store
from inrstore.surface.export import shape_field
from tests.ingest.refining.refinements import FINE, profile, refine
from tests.ingest.runs import boxes, run


def on_the_cpu(
    monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Sequence[Any]], Exception | None] = lambda _: None
) -> None:
    """Large batches as on a GPU, fitted here; `wrong` says what a batch is to raise."""
    real = refit.fitted

    def fitted(tasks: Sequence[Any], target: Any, seed: int, device: str) -> Any:
        assert device == "cuda"
        if error := wrong(tasks):
            raise error
        return real(tasks, target, seed, "cpu")

    monkeypatch.setattr(LocalEngine, "processor", lambda self, device: "cuda")
    monkeypatch.setattr(refit, "fitted", fitted)


def test_a_damaged_shard_costs_its_own_shapes(store: Store, tmp_path: Path) -> None:
    for number in (0, 1):
        run(store, boxes(tmp_path / f"in{number}", 1, start=number), keep_samples=1_000)
    first = next(Path(store.url).glob("samples/**/*.parquet"))
    first.write_bytes(first.read_bytes()[:100])
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=40)), device="cpu")
    assert (result.refined, result.failed) == (1, 1) and first.name in result.failures[0].reason


def test_a_fit_that_diverges_fails_alone(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 2), keep_samples=1_000)
    wild = replace(FINE, name="wild", steps=30, learning_rate=1e30, muon=0.0)
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, wild), jobs=1, device="cpu")
    assert (result.refined, result.failed) == (0, 2) and "learning_rate" in result.failures[0].reason


def test_a_network_that_cannot_be_stored_fails_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, boxes(tmp_path / "in", 3), keep_samples=1_000)
    bad, real = int(store.keys()[1]), store.add_inrs

    def refuse(inrs: Any) -> int:
        if bad in inrs:
            inrs = {**inrs, bad: [replace(inr, error=float("nan")) for inr in inrs[bad]]}
        return real(inrs)

    monkeypatch.setattr(store, "add_inrs", refuse)
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=40)), device="cpu")
    assert (result.refined, result.failed) == (2, 1)
    assert result.failures[0].path == store.shapes_by_key([bad])[bad].id and "diverged" in result.failures[0].reason


def test_an_interrupt_keeps_what_is_fitted(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 4), keep_samples=1_000)
    path = profile(tmp_path, replace(FINE, steps=40))

    def stop(progress: ingest.Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refine(store, store.keys(), profile=path, on_progress=stop)
    assert len(store.keys_with_profile("fine")) == 2
    assert refine(store, store.keys(), profile=path) == (2, 2, 0)


def test_a_shape_removed_meanwhile_is_left_out(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 2), keep_samples=1_000)
    ids, gone = [shape.id for shape in store.shapes()], threading.Event()

    def remove(progress: ingest.Progress) -> None:
        if not gone.is_set():
            store.remove(ids[0])
            gone.set()

    assert refine(store, ids, profile=profile(tmp_path, replace(FINE, steps=40)), on_progress=remove)[0] == 1
    assert store.verify().problems == []


def test_large_batches_give_what_workers_give(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = boxes(tmp_path / "in", 3)
    np.save(folder / "cloud.npy", np.random.default_rng(0).normal(size=(100, 3)))
    run(store, folder, keep_samples=1_000)
    keys = store.keys()
    refine(store, keys, profile=profile(tmp_path, replace(FINE, steps=40)))
    on_the_cpu(monkeypatch)
    assert refine(store, keys, profile=profile(tmp_path, replace(FINE, name="batch", steps=40))) == (4, 0, 0)
    one, many = store.weights(keys, profile="fine"), store.weights(keys, profile="batch")
    assert np.abs(one - many).max() < 1e-3


def test_its_error_is_that_of_samples_it_has_not_seen(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=2_000)
    np.save(tmp_path / "grid.npy", np.ones((6, 6, 6), bool))
    run(store, tmp_path / "grid.npy", keep_samples=2_000)
    assert refine(store, store.keys(), profile=profile(tmp_path)) == (2, 0, 0)
    for shape, samples in zip(store.shapes(), store.samples(store.keys()), strict=True):
        points, values = samples.points[9::10], samples.values[9::10]
        raw = shape_field(store, shape)[0](points)
        wrong = (raw > 0) != (values > 0.5) if shape.field == "occ" else np.abs(distance("sdf", raw) - values)
        assert store.inrs(shape.key)[-1].error == pytest.approx(float(wrong.mean()), rel=1e-5)


def test_the_fit_does_not_see_what_is_held_back(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_005)
    (samples,) = store.samples(store.keys())
    rest, held = refit.split(samples)
    assert (len(rest.values), len(held.values)) == (905, 100)
    assert np.array_equal(held.points, samples.points[9::10]) and np.array_equal(held.values, samples.values[9::10])
    assert np.array_equal(rest.points[:10], np.delete(samples.points[:11], 9, axis=0))
    real, given = refit.fit, []
    monkeypatch.setattr(refit, "fit", lambda some, *rest, **options: given.extend(some) or real(some, *rest, **options))
    on_the_cpu(monkeypatch)
    assert refine(store, [1], profile=profile(tmp_path, replace(FINE, steps=40))) == (1, 0, 0)
    assert [len(one.values) for one in given] == [905] and np.array_equal(given[0].points, rest.points)


def test_a_network_that_is_worse_is_not_added(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 2), keep_samples=2_000)
    assert refine(store, store.keys()[:1], profile=profile(tmp_path)) == (1, 0, 0)
    poor = replace(FINE, name="poor", steps=6, hidden=16)
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, poor), jobs=1, device="cpu")
    assert (result.refined, result.failed) == (1, 1), "better than the default network, worse than the fine one"
    (failure,) = result.failures
    assert failure.path == store.shapes()[0].id
    assert re.match(r"would be worse than the stored network \(error [\d.e-]+ against [\d.e-]+\); keep", failure.reason)
    assert [inr.profile for inr in store.inrs(1)] == ["small", "fine"]


def test_a_fit_that_takes_too_long_is_stopped(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000)
    slow = profile(tmp_path, replace(FINE, steps=10**6))
    result = ingest.refine(store, store.keys(), profile=slow, jobs=1, device="cpu", timeout=0.5)
    assert result.failed == 1 and "took longer than 0.5 s" in result.failures[0].reason


def test_batches_are_halved_until_the_gpu_can_hold_them(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, boxes(tmp_path / "in", 5), keep_samples=1_000)
    sizes: list[int] = []

    def wrong(tasks: Sequence[Any]) -> Exception | None:
        sizes.append(len(tasks))
        too_large = len(tasks) > 2 or any(task.shape.key == 4 for task in tasks)
        return torch.OutOfMemoryError("CUDA out of memory") if too_large else None

    on_the_cpu(monkeypatch, wrong)
    path = profile(tmp_path, replace(FINE, steps=40))
    result = ingest.refine(store, store.keys(), profile=path)
    assert (result.refined, result.failed) == (4, 1) and sizes == [5, 2, 2, 1, 1, 1]
    assert "needs more memory than the GPU has" in result.failures[0].reason


def test_one_bad_fit_in_a_batch_fails_alone(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, boxes(tmp_path / "in", 3), keep_samples=1_000)
    on_the_cpu(monkeypatch, lambda tasks: BadInput("diverged") if 2 in [t.shape.key for t in tasks] else None)
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=40)))
    assert (result.refined, result.failed) == (2, 1)
    assert (result.failures[0].path, result.failures[0].reason) == (store.shapes()[1].id, "diverged")
    assert store.keys_with_profile("fine").tolist() == [1, 3]


@pytest.mark.parametrize("batches", [False, True])
def test_commits_come_on_the_way(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: bool) -> None:
    run(store, boxes(tmp_path / "in", 5), keep_samples=1_000)
    monkeypatch.setattr(refining, "BATCH", 2)
    if batches:
        on_the_cpu(monkeypatch)
        monkeypatch.setattr(refining, "GPU_BATCH", 2)
    seen: list[int] = []
    path = profile(tmp_path, replace(FINE, steps=40))
    refine(store, store.keys(), profile=path, on_progress=lambda _: seen.append(len(store.keys_with_profile("fine"))))
    assert seen == [0, 0, 2, 2, 4] and len(store.keys_with_profile("fine")) == 5
