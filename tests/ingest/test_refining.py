"""Samples kept by an ingest, and networks fitted to them after the files are gone."""

from __future__ import annotations

import hashlib
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

import ingest
from ingest import refining
from inrstore.errors import BadInput
from inrstore.export import shape_mesh
from inrstore.model import from_recipe
from inrstore.recipe import Recipe
from inrstore.store import Store, init_store
from tests.ingest.runs import BOX, boxes, counts, run

FINE = Recipe("fine", hidden=64, base="random", steps=200, batch_points=1_024, half=False)


def profile(folder: Path, recipe: Recipe = FINE) -> Path:
    path = folder / f"{recipe.name}.json"
    path.write_text(recipe.to_json())
    return path


def refine(store: Store, shapes: Any, **options: Any) -> tuple[int, int, int]:
    result = ingest.refine(store, shapes, **{"jobs": 1, "device": "cpu", **options})
    return result.refined, result.skipped, result.failed


def test_a_shape_without_its_file_becomes_finer(tmp_path: Path) -> None:
    store = init_store(tmp_path / "plain.store", from_recipe(replace(FINE, name="plain", hidden=24, steps=60)))
    source = tmp_path / "in/ball.obj"
    source.parent.mkdir()
    trimesh.creation.icosphere(subdivisions=4, radius=3).apply_translation((5, 6, 7)).export(source)
    assert counts(run(store, source, keep_samples=6_000)) == (1, 0, 0)
    shutil.rmtree(source.parent)
    shape = store.shape(str(source))
    assert refine(store, [str(source)], profile=profile(tmp_path)) == (1, 0, 0)

    def error(name: str | None) -> float:
        vertices = shape_mesh(store, shape.id, resolution=48, profile=name).vertices
        return float(np.abs(np.linalg.norm(vertices - (5, 6, 7), axis=1) - 3).mean())

    assert error("fine") < 0.03 and error("fine") < error("default") / 2, (error("fine"), error("default"))
    assert error(None) == error("fine"), "export takes the finer one"
    assert [(inr.profile, inr.steps) for inr in store.inrs(shape.key)] == [("default", 60), ("fine", 200)]
    assert store.runs()[-1].kind == "refine" and store.runs()[-1].result["refined"] == 1
    assert store.verify().problems == []


def test_every_kind_of_geometry_is_kept_and_refined(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    np.save(folder / "cloud.npy", np.random.default_rng(0).normal(size=(100, 3)))
    np.save(folder / "grid.npy", np.ones((3, 4, 5), bool))
    assert counts(run(store, folder, keep_samples=1_500)) == (4, 0, 0)
    assert set(store.sample_counts().values()) == {1_500} and len(store.sample_counts()) == 4
    assert [s.field for s in store.samples(store.keys())] == [s.field for s in store.shapes()]
    path = profile(tmp_path, replace(FINE, steps=5))
    seen: list[Any] = []
    assert refine(store, store.keys(), profile=path, jobs=2, on_progress=seen.append) == (4, 0, 0)
    assert [p.done for p in seen] == [1, 2, 3, 4] and (seen[-1].total, seen[-1].stored) == (4, 4)
    assert refine(store, store.keys(), profile=path) == (0, 4, 0)
    assert len(store.keys_with_profile("fine")) == 4 and store.verify().problems == []


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, small_model: Any) -> None:
    folder, found = boxes(tmp_path / "in", 2), []
    path = profile(tmp_path, replace(FINE, steps=5))
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        store = init_store(tmp_path / f"{name}.store", small_model)
        run(store, folder, keep_samples=1_000, jobs=1, seed=seed)
        refine(store, store.keys(), profile=path, seed=seed)
        files = sorted(Path(store.url).glob("*/*/part-*.parquet"))
        found.append({(p.parts[-3], hashlib.sha256(p.read_bytes()).hexdigest()) for p in files})
    assert len(found[0]) == 4 and found[0] == found[1], "networks of both profiles, embeddings, samples"
    assert {name for name, _ in found[0] - found[2]} == {"inrs", "embeddings", "samples"}


def test_samples_do_not_change_the_rest(tmp_path: Path, small_model: Any) -> None:
    folder, found = boxes(tmp_path / "in", 1), []
    for name, count in (("a", 0), ("b", 1_000)):
        store = init_store(tmp_path / f"{name}.store", small_model)
        run(store, folder, keep_samples=count)
        found.append((store.weights(store.keys()), store.shapes()[0].quality))
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]


def test_stored_shapes_get_their_samples_from_a_second_ingest(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    np.save(folder / "cloud.npy", np.random.default_rng(0).normal(size=(100, 3)))
    run(store, folder, up="z")
    before = store.weights(store.keys())
    assert counts(run(store, folder, keep_samples=1_000, dry_run=True)) == (0, 0, 0)
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    assert counts(run(store, folder, keep_samples=1_000)) == (3, 1, 0)  # in the orientation that they were stored in
    assert len(store.sample_counts()) == 3 == store.count()
    assert counts(run(store, folder, keep_samples=2_000)) == (0, 4, 0)  # they have some
    assert np.array_equal(store.weights(store.keys()), before) and store.verify().problems == []
    path = profile(tmp_path, replace(FINE, steps=2))
    assert counts(run(store, folder, keep_samples=1_000, profile=path)) == (3, 1, 0)
    assert len(store.keys_with_profile("fine")) == 3


def test_shapes_that_cannot_be_refined_are_named(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000)
    BOX.copy().apply_scale((1, 5, 1)).export(tmp_path / "bare.obj")
    run(store, tmp_path / "bare.obj")
    bare = store.shape(str(tmp_path / "bare.obj"))
    refs = [*store.keys().tolist(), 99, "ffff", str(tmp_path / "in/box 0.obj")]
    result = ingest.refine(store, refs, profile=profile(tmp_path, replace(FINE, steps=2)), jobs=1, device="cpu")
    assert (result.refined, result.skipped, result.failed) == (1, 0, 3)
    reasons = {failure.path: failure.reason for failure in result.failures}
    assert reasons[bare.id] == (
        "has no kept samples; ingest it with --keep-samples, or ingest its source with --profile fine"
    )
    assert "no shape has the key 99" in reasons["99"] and "no shape has the id" in reasons["ffff"]
    assert store.failures() == [], "those are of files"


def test_a_damaged_shard_costs_its_own_shapes(store: Store, tmp_path: Path) -> None:
    for number in (0, 1):
        run(store, boxes(tmp_path / f"in{number}", 1, start=number), keep_samples=1_000)
    first = next(Path(store.url).glob("samples/*/*.parquet"))
    first.write_bytes(first.read_bytes()[:100])
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=2)), device="cpu")
    assert (result.refined, result.failed) == (1, 1) and first.name in result.failures[0].reason


def test_a_profile_may_start_from_the_store_s_model(store: Store, small_model: Any, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=2_000)
    longer = replace(small_model.recipe, name="longer", steps=200)
    assert refine(store, store.keys(), profile=profile(tmp_path, longer)) == (1, 0, 0)
    (own, more) = store.inrs(1)
    assert (own.model, own.steps, more.model, more.steps) == (small_model.id, 3, small_model.id, 200)
    assert more.error < own.error
    with pytest.raises(BadInput, match="starts from the store's model"):
        refine(store, store.keys(), profile=profile(tmp_path, replace(longer, hidden=9)))
    with pytest.raises(BadInput, match="taken"):
        refine(store, store.keys(), profile=profile(tmp_path, replace(longer, name="default")))
    with pytest.raises(BadInput, match="those that are encoded"):
        refine(store, store.keys(), profile="default")


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
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=2)), device="cpu")
    assert (result.refined, result.failed) == (2, 1)
    assert result.failures[0].path == store.shapes_by_key([bad])[bad].id and "diverged" in result.failures[0].reason


def test_an_interrupt_keeps_what_is_fitted(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 4), keep_samples=1_000)
    path = profile(tmp_path, replace(FINE, steps=2))

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

    assert refine(store, ids, profile=profile(tmp_path, replace(FINE, steps=2)), on_progress=remove)[0] == 1
    assert store.verify().problems == []


def test_large_batches_give_what_workers_give(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = boxes(tmp_path / "in", 3)
    np.save(folder / "cloud.npy", np.random.default_rng(0).normal(size=(100, 3)))
    run(store, folder, keep_samples=1_000)
    keys = store.keys()
    refine(store, keys, profile=profile(tmp_path, replace(FINE, steps=5)))
    monkeypatch.setattr(refining, "_on_gpu", lambda device: True)
    real = refining._fitted
    monkeypatch.setattr(refining, "_fitted", lambda tasks, target, seed, device: real(tasks, target, seed, "cpu"))
    assert refine(store, keys, profile=profile(tmp_path, replace(FINE, name="batch", steps=5))) == (4, 0, 0)
    one, many = store.weights(keys, profile="fine"), store.weights(keys, profile="batch")
    assert np.abs(one - many).max() < 1e-3


@pytest.mark.parametrize("count", [-1, 999, 1_000_001])
def test_how_many_may_be_kept(store: Store, tmp_path: Path, count: int) -> None:
    with pytest.raises(BadInput, match="keep_samples"):
        run(store, boxes(tmp_path / "in", 1), keep_samples=count)
