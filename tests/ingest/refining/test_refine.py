"""Samples kept by an ingest, and networks fitted to them after the files are gone."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trimesh

import ingest
from ingest import worker
from ingest.files.load import load
from ingest.options import Options
from ingest.refining import refine as refining
from ingest.refining import refit
from ingest.sampling.normalise import content_hash, normalise
from ingest.sampling.sample import sample_kept
from inrstore.errors import BadInput
from inrstore.model import from_recipe
from inrstore.network.fields import distance
from inrstore.network.packing import unpack
from inrstore.network.recipe import Recipe
from inrstore.store import Store, init_store
from inrstore.surface.export import shape_field, shape_inr, shape_mesh
from tests.ingest.runs import BOX, boxes, counts, run

FINE = Recipe("fine", hidden=64, base="random", steps=200, batch_points=1_024, half=False)


def profile(folder: Path, recipe: Recipe = FINE) -> Path:
    path = folder / f"{recipe.name}.json"
    path.write_text(recipe.to_json())
    return path


def refine(store: Store, shapes: Any, **options: Any) -> tuple[int, int, int]:
    result = ingest.refine(store, shapes, **{"jobs": 1, "device": "cpu", **options})
    return result.refined, result.skipped, result.failed


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

    monkeypatch.setattr(Options, "processor", lambda self: "cuda")
    monkeypatch.setattr(refit, "fitted", fitted)


def test_a_shape_without_its_file_becomes_finer(tmp_path: Path) -> None:
    store = init_store(tmp_path / "plain.store", from_recipe(replace(FINE, name="plain", hidden=24, steps=60)))
    source = tmp_path / "in/ball.obj"
    source.parent.mkdir()
    trimesh.creation.icosphere(subdivisions=4, radius=3).apply_translation((5, 6, 7)).export(source)
    assert counts(run(store, source, keep_samples=20_000)) == (1, 0, 0)
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
    path = profile(tmp_path, replace(FINE, steps=40))
    seen: list[Any] = []
    assert refine(store, store.keys(), profile=path, jobs=2, on_progress=seen.append) == (4, 0, 0)
    assert [p.done for p in seen] == [1, 2, 3, 4] and (seen[-1].total, seen[-1].stored) == (4, 4)
    assert refine(store, store.keys(), profile=path) == (0, 4, 0)
    assert len(store.keys_with_profile("fine")) == 4 and store.verify().problems == []


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, small_model: Any) -> None:
    folder, found = boxes(tmp_path / "in", 2), []
    path = profile(tmp_path, replace(FINE, steps=40))
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
    path = profile(tmp_path, replace(FINE, steps=40))
    assert counts(run(store, folder, keep_samples=1_000, profile=path)) == (3, 1, 0)
    assert len(store.keys_with_profile("fine")) == 3


def test_shapes_that_cannot_be_refined_are_named(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000)
    BOX.copy().apply_scale((1, 5, 1)).export(tmp_path / "bare.obj")
    run(store, tmp_path / "bare.obj")
    bare = store.shape(str(tmp_path / "bare.obj"))
    refs = [*store.keys().tolist(), 99, "ffff", str(tmp_path / "in/box 0.obj"), 2**70, 1.5]
    result = ingest.refine(store, refs, profile=profile(tmp_path, replace(FINE, steps=40)), jobs=1, device="cpu")
    assert (result.refined, result.skipped, result.failed) == (1, 0, 5)
    reasons = {failure.path: failure.reason for failure in result.failures}
    assert reasons[bare.id] == (
        "has no kept samples; ingest it with --keep-samples, or ingest its source with --profile fine"
    )
    assert "no shape has the key 99" in reasons["99"] and "no shape has the id" in reasons["ffff"]
    assert "no shape has the key" in reasons[str(2**70)] and "1.5 is neither a key nor" in reasons["1.5"]
    assert store.failures() == [], "those are of files"


def test_a_damaged_shard_costs_its_own_shapes(store: Store, tmp_path: Path) -> None:
    for number in (0, 1):
        run(store, boxes(tmp_path / f"in{number}", 1, start=number), keep_samples=1_000)
    first = next(Path(store.url).glob("samples/*/*.parquet"))
    first.write_bytes(first.read_bytes()[:100])
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path, replace(FINE, steps=40)), device="cpu")
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


@pytest.mark.parametrize("count", [-1, 999, 1_000_001])
def test_how_many_may_be_kept(store: Store, tmp_path: Path, count: int) -> None:
    with pytest.raises(BadInput, match="keep_samples"):
        run(store, boxes(tmp_path / "in", 1), keep_samples=count)


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
    assert [inr.profile for inr in store.inrs(1)] == ["default", "fine"]


def test_another_recipe_of_the_same_name(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    first, second = (replace(FINE, hidden=hidden, steps=steps) for hidden, steps in ((12, 20), (24, 300)))
    run(store, folder, keep_samples=5_000)
    one, two = store.keys().tolist()
    assert refine(store, [one, two], profile=profile(tmp_path, first)) == (2, 0, 0)
    assert refine(store, [one], profile=profile(tmp_path, second)) == (1, 0, 0)
    assert refine(store, [one], profile=profile(tmp_path, second)) == (0, 1, 0)
    assert counts(run(store, folder, profile=profile(tmp_path, second))) == (1, 1, 0)
    assert counts(run(store, folder, profile=profile(tmp_path, second))) == (0, 2, 0)
    models = [from_recipe(recipe).id for recipe in (first, second)]
    for key in (one, two):
        assert [(row.profile, row.model) for row in store.inrs(key)][1:] == [("fine", model) for model in models]
        for name in (None, "fine"):
            inr = shape_inr(store, store.shapes_by_key([key])[key], profile=name)
            assert (inr.siren.hidden, inr.about["model"]) == (24, models[1]), "the newest"
    assert store.keys_with_profile("fine", models[1]).tolist() == [one, two] == store.keys_with_profile("fine").tolist()
    store.compact()
    assert shape_inr(store, store.shapes()[0]).siren.hidden == 24 and store.verify().problems == []


def test_nothing_is_added_before_there_is_something_to_fit(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1))
    before = len(store.stats()["models"])
    assert refine(store, store.keys(), profile=profile(tmp_path)) == (0, 0, 1)
    assert refine(store, [], profile=profile(tmp_path)) == (0, 0, 0)
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000)
    if not torch.cuda.is_available():
        with pytest.raises(BadInput, match="torch sees no GPU"):
            refine(store, store.keys(), profile=profile(tmp_path), device="cuda")
    assert len(store.stats()["models"]) == before
    assert refine(store, store.keys(), profile=profile(tmp_path)) == (1, 0, 0)
    assert len(store.stats()["models"]) == before + 1


def test_complete_shapes_are_not_loaded(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, boxes(tmp_path / "in", 2), keep_samples=1_000)
    path = profile(tmp_path, replace(FINE, steps=40))
    assert refine(store, store.keys()[:1], profile=path) == (1, 0, 0)
    asked: list[int] = []
    real = store.shapes_by_key
    monkeypatch.setattr(store, "shapes_by_key", lambda keys: asked.extend(keys) or real(keys))
    assert refine(store, [1, 2, 2, np.int64(1)], profile=path) == (1, 1, 0) and asked == [2]


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


def test_the_seed_of_a_refinement_counts(tmp_path: Path, small_model: Any) -> None:
    folder, found = boxes(tmp_path / "in", 1), []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        store = init_store(tmp_path / f"{name}.store", small_model)
        run(store, folder, keep_samples=3_000, jobs=1)
        assert refine(store, [1], profile=profile(tmp_path, replace(FINE, steps=40)), seed=seed) == (1, 0, 0)
        found.append((store.samples([1])[0].values, store.weights([1], profile="fine")))
    assert all(np.array_equal(values, found[0][0]) for values, _ in found)
    assert np.array_equal(found[0][1], found[1][1]) and not np.array_equal(found[0][1], found[2][1])


def test_kept_samples_have_chance_of_their_own(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000, seed=3)
    (found,) = store.samples(store.keys())
    geometry = normalise(load(tmp_path / "in/box 0.obj")).geometry
    content = int(content_hash(geometry)[:16], 16)
    for number in (0, 1, worker.KEPT):
        kept = unpack(sample_kept(geometry, "sdf", 1_000, np.random.default_rng([3, content, number])))
        assert np.array_equal(found.points, kept.points) == (number == worker.KEPT)
