"""Samples kept by an ingest, and networks fitted to them after the files are gone."""

from __future__ import annotations

import hashlib
import shutil
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
from ingest.sampling.content import content_hash
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import sample_kept
from inrstore.errors import BadInput
from inrstore.model import from_recipe
from inrstore.network.packing import unpack
from inrstore.store import Store, init_store
from inrstore.surface.export import shape_inr, shape_mesh
from tests.ingest.refining.refinements import FINE, profile, refine
from tests.ingest.runs import BOX, boxes, counts, run


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

    assert error("fine") < 0.03 and error("fine") < error("plain") / 2, (error("fine"), error("plain"))
    assert error(None) == error("fine"), "export takes the finer one"
    assert [(inr.profile, inr.steps) for inr in store.inrs(shape.key)] == [("plain", 60), ("fine", 200)]
    assert store.runs()[-1].command == "refine" and store.runs()[-1].result["refined"] == 1
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
        files = sorted(Path(store.url).rglob("part-*.parquet"))
        found.append({(p.relative_to(store.url).parts[0], hashlib.sha256(p.read_bytes()).hexdigest()) for p in files})
    assert len(found[0]) == 5 and found[0] == found[1], "networks of both profiles, embeddings, samples, pictures"
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


def test_a_profile_may_start_from_the_store_s_model(store: Store, small_model: Any, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1), keep_samples=2_000)
    longer = replace(small_model.recipe, name="longer", steps=200)
    assert refine(store, store.keys(), profile=profile(tmp_path, longer)) == (1, 0, 0)
    (own, more) = store.inrs(1)
    assert (own.base, own.steps, more.base, more.steps) == (store.base_id, 3, store.base_id, 200)
    assert more.error < own.error
    with pytest.raises(BadInput, match="starts from the store's base"):
        refine(store, store.keys(), profile=profile(tmp_path, replace(longer, hidden=9)))
    with pytest.raises(BadInput, match="taken"):
        refine(store, store.keys(), profile=profile(tmp_path, replace(longer, name="small")))
    with pytest.raises(BadInput, match="are encoded"):
        refine(store, store.keys(), profile="small")


@pytest.mark.parametrize("count", [-1, 999, 1_000_001])
def test_how_many_may_be_kept(store: Store, tmp_path: Path, count: int) -> None:
    with pytest.raises(BadInput, match="keep_samples"):
        run(store, boxes(tmp_path / "in", 1), keep_samples=count)


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
    bases = [from_recipe(recipe).base.id for recipe in (first, second)]
    for key in (one, two):
        assert [(row.profile, row.base) for row in store.inrs(key)][1:] == [("fine", base) for base in bases]
        for name in (None, "fine"):
            inr = shape_inr(store, store.shapes_by_key([key])[key], profile=name)
            assert (inr.siren.hidden, inr.about["base"]) == (24, bases[1]), "the newest"
    assert store.keys_with_profile("fine", bases[1]).tolist() == [one, two] == store.keys_with_profile("fine").tolist()
    store.compact()
    assert shape_inr(store, store.shapes()[0]).siren.hidden == 24 and store.verify().problems == []


def test_nothing_is_added_before_there_is_something_to_fit(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 1))
    before = len(store.stats()["bases"])
    assert refine(store, store.keys(), profile=profile(tmp_path)) == (0, 0, 1)
    assert refine(store, [], profile=profile(tmp_path)) == (0, 0, 0)
    run(store, boxes(tmp_path / "in", 1), keep_samples=1_000)
    if not torch.cuda.is_available():
        with pytest.raises(BadInput, match="torch sees no GPU"):
            refine(store, store.keys(), profile=profile(tmp_path), device="cuda")
    assert len(store.stats()["bases"]) == before
    assert refine(store, store.keys(), profile=profile(tmp_path)) == (1, 0, 0)
    assert len(store.stats()["bases"]) == before + 1


def test_complete_shapes_are_not_loaded(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, boxes(tmp_path / "in", 2), keep_samples=1_000)
    path = profile(tmp_path, replace(FINE, steps=40))
    assert refine(store, store.keys()[:1], profile=path) == (1, 0, 0)
    asked: list[int] = []
    real = store.shapes_by_key
    monkeypatch.setattr(store, "shapes_by_key", lambda keys: asked.extend(keys) or real(keys))
    assert refine(store, [1, 2, 2, np.int64(1)], profile=path) == (1, 1, 0) and asked == [2]


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
