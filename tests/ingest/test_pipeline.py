"""Whole runs over real files, with a model that fits in milliseconds."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trimesh

import ingest
from ingest import worker
from ingest.discover import SourceFile
from ingest.settings import Settings, Target
from inrstore.errors import BadInput, NoEncoder
from inrstore.model import from_recipe
from inrstore.records import Failure
from inrstore.store import Store, init_store
from tests.ingest.runs import BOX, boxes, counts, run


def test_what_is_stored_of_a_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "chair/train/größer.glb"
    path.parent.mkdir(parents=True)
    BOX.export(path)
    assert counts(run(store, tmp_path, tags={"site": "a"})) == (1, 0, 0)
    shape = store.shapes()[0]
    assert (shape.name, shape.label, shape.kind, shape.field) == ("größer", "chair", "mesh", "sdf")
    assert dict(shape.tags) == {"split": "train", "site": "a", "units": "meters"}
    assert shape.sources == (str(path),)
    assert shape.scale == pytest.approx(np.sqrt(1 + 4 + 9) / 2)
    assert shape.quality["faces"] == 12 and shape.quality["ambiguous"] < 0.1
    assert [(i.profile, i.steps) for i in store.inrs(shape.key)] == [("small", 3)]
    keys, vectors = store.embeddings()
    assert vectors.shape == (1, 8) and np.linalg.norm(vectors) == pytest.approx(1, abs=1e-3)
    assert store.verify().problems == []


def test_every_kind_of_geometry_and_its_field(store: Store, tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(100, 3))
    np.save(tmp_path / "cloud.npy", points)
    np.save(tmp_path / "grid.npy", np.ones((3, 4, 5), bool))
    BOX.export(tmp_path / "solid.ply")
    sheet = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)])
    sheet.export(tmp_path / "sheet.stl")
    assert counts(run(store, tmp_path, up="z")) == (4, 0, 0)
    kinds = {s.name: (s.kind, s.field) for s in store.shapes()}
    assert kinds == {
        "cloud": ("cloud", "udf"),
        "grid": ("voxels", "occ"),
        "solid": ("mesh", "sdf"),
        "sheet": ("mesh", "sdf"),  # with a little thickness
    }
    assert all(s.rotation is not None for s in store.shapes())


def test_a_field_that_cannot_be_is_a_failure(store: Store, tmp_path: Path) -> None:
    np.save(tmp_path / "cloud.npy", np.random.default_rng(0).normal(size=(100, 3)))
    np.save(tmp_path / "grid.npy", np.ones((3, 4, 5), bool))
    BOX.export(tmp_path / "mesh.ply")
    result = run(store, tmp_path, field="sdf")
    assert counts(result) == (1, 0, 2)
    assert "no inside" in result.failures[0].reason and "use field auto or occ" in result.failures[1].reason


def test_a_rerun_skips_and_goes_on(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 3)
    assert counts(run(store, folder)) == (3, 0, 0)
    boxes(folder, 2, start=3)
    assert counts(run(store, folder)) == (2, 3, 0)
    assert counts(run(store, folder)) == (0, 5, 0)
    assert store.count() == 5


def test_the_same_content_in_other_places_and_formats(store: Store, tmp_path: Path) -> None:
    one, two, three = tmp_path / "1.obj", tmp_path / "2.obj", tmp_path / "3.stl"
    BOX.export(one)
    shutil.copy(one, two)
    BOX.copy().apply_translation((1, 2, 3)).export(three)
    assert counts(run(store, one, two)) == (1, 1, 0)  # a copy met in one run
    assert counts(run(store, three)) == (0, 1, 0)  # other bytes, same content
    four = Path(shutil.copy(one, tmp_path / "4.obj"))
    assert counts(run(store, four)) == (0, 1, 0)  # a copy met in another run
    assert set(store.shapes()[0].sources) == {str(p) for p in (one, two, three, four)}


def test_copies_of_a_bad_file_fail_alike(store: Store, tmp_path: Path) -> None:
    for name in ("a.obj", "b.obj"):
        (tmp_path / name).write_text("nothing")
    result = run(store, tmp_path)
    assert counts(result) == (0, 0, 2) and len({f.reason for f in result.failures}) == 1


def test_failures_are_kept_retried_and_cleared(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 1)
    bad = folder / "bad.obj"
    bad.write_text("")
    result = run(store, folder)
    assert counts(result) == (1, 0, 1) and result.failures[0].reason == "the file is empty"
    assert [(f.path, f.stage) for f in store.failures()] == [(str(bad), "load")]
    assert counts(run(store, retry_failed=True)) == (0, 0, 1)
    trimesh.creation.icosphere(1).export(bad)
    boxes(folder, 1, start=7)
    assert counts(run(store, retry_failed=True)) == (1, 0, 0)  # and not the new box
    assert store.failures() == []
    assert counts(run(store, retry_failed=True)) == (0, 0, 0)


def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    run(store, folder / "box 0.obj")
    (folder / "bad.obj").write_text("")
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    result = run(store, folder, tmp_path / "gone.obj", dry_run=True, profile="paper")
    assert [Path(p).name for p in result.planned] == ["bad.obj", "box 0.obj", "box 1.obj"]  # 0: not in this profile
    assert counts(result) == (0, 1, 1)
    assert [Path(p).name for p in run(store, folder, dry_run=True).planned] == ["bad.obj", "box 1.obj"]
    assert (store.count(), store.failures(), len(store.shapes()[0].sources)) == (1, [], 1)


def test_limit_and_progress(store: Store, tmp_path: Path) -> None:
    heard: list[ingest.Progress] = []
    result = run(store, boxes(tmp_path / "in", 4), limit=2, on_progress=heard.append)
    assert counts(result) == (2, 0, 0)
    assert [(p.done, p.total) for p in heard] == [(1, 2), (2, 2)]
    assert heard[-1].eta == 0 and heard[-1].rate > 0 and heard[-1].current.endswith(".obj")


def test_the_result_depends_on_neither_order_nor_jobs(tmp_path: Path, small_model: Any) -> None:
    folder = boxes(tmp_path / "in", 5)
    vectors = []
    for name, jobs, paths in (("a", 1, [folder]), ("b", 3, sorted(folder.iterdir(), reverse=True))):
        store = init_store(tmp_path / name, small_model)
        run(store, *paths, jobs=jobs)
        found = {s.id: store.weights([s.key])[0] for s in store.shapes()}
        vectors.append([found[key] for key in sorted(found)])
    np.testing.assert_array_equal(*vectors)


def test_another_profile_is_fitted_instead_where_its_networks_can_be_read(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "fine.json"
    profile.write_text('{"name": "fine", "hidden": 4, "layers": 2, "base": "random", "steps": 2}')
    run(store, boxes(tmp_path / "in", 2), profile=profile)
    shape = store.shapes()[0]
    first, second = store.inrs(shape.key)
    assert (first.profile, second.profile, second.steps) == ("small", "fine", 2)
    assert first.base == store.base_id != second.base
    assert store.weights([shape.key], profile="fine").shape == (1, 4 * 4 + 20 + 5)
    same = tmp_path / "longer.json"
    same.write_text('{"name": "longer", "hidden": 8, "layers": 2, "steps": 9}')
    run(store, boxes(tmp_path / "more", 1, start=8), profile=same)
    last = store.shapes()[-1].key
    assert [(i.profile, i.encoded, i.steps) for i in store.inrs(last)] == [("longer", True, 9)]
    assert len(store.embeddings()[0]) == 3 and store.weights([last, shape.key]).shape[0] == 2
    assert counts(run(store, tmp_path / "more", profile=same)) == (0, 1, 0)


def test_a_profile_that_a_stored_shape_lacks_is_added(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "fine.json"
    profile.write_text('{"name": "fine", "hidden": 4, "layers": 2, "base": "random", "steps": 2}')
    folder = boxes(tmp_path / "in", 2)
    run(store, folder, field="udf", up="z")
    (before,), generation = store.shapes(where={"name": "box 0"}), store.generation()
    boxes(folder, 1, start=2)
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    assert counts(run(store, folder, profile=profile)) == (3, 1, 0)  # in the field and frame of then
    assert store.count() == 3 and store.generation() == generation + 1  # for the new one
    assert [len(store.inrs(key)) for key in store.keys().tolist()] == [2, 2, 2]
    (shape,) = store.shapes(where={"name": "box 0"})
    assert (shape.key, shape.field, shape.rotation) == (before.key, "udf", before.rotation)
    assert len(shape.sources) == 2 and {row.field for row in store.inrs(shape.key)} == {"udf"}
    assert store.weights([shape.key], profile="fine").shape == (1, 4 * 4 + 20 + 5)
    for again in (profile, "small", None):
        assert counts(run(store, folder, profile=again)) == (0, 4, 0)
    assert store.verify().problems == [] and store.failures() == []


def test_aligned_copies_lie_alike_and_stay_so_with_another_profile(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "fine.json"
    profile.write_text('{"name": "fine", "hidden": 4, "layers": 2, "base": "random", "steps": 2}')
    wedge = trimesh.Trimesh([(0, 0, 0), (5, 0, 0), (0, 2, 0), (0, 0, 3)], [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)])
    (tmp_path / "in").mkdir()
    wedge.export(tmp_path / "in/a.obj")
    turned = wedge.copy()
    turned.apply_transform(trimesh.transformations.rotation_matrix(0.7, (0, 1, 0), (9, 0, 0)))
    turned.export(tmp_path / "in/b.obj")
    np.save(tmp_path / "in/grid.npy", np.ones((3, 4, 5), bool))
    result = run(store, tmp_path / "in", align="up")
    assert counts(result) == (1, 1, 1)  # the copy is one by its content
    assert "voxels cannot be turned" in result.failures[0].reason
    (shape,) = store.shapes()
    assert shape.rotation is not None and len(shape.sources) == 2
    assert counts(run(store, tmp_path / "in/a.obj", profile=profile)) == (1, 0, 0)  # align is not asked for again
    (after,) = store.shapes()
    assert after.rotation == shape.rotation and len(store.inrs(after.key)) == 2
    rotation, sources = np.reshape(shape.rotation, (3, 3)), (wedge.vertices, turned.vertices)
    framed = [
        (source - shape.center) / shape.scale @ rotation.T for source in sources
    ]  # of one of them it is the frame
    assert min(np.abs(x.max(axis=0) + x.min(axis=0)).max() for x in framed) < 1e-6
    assert min(abs(np.linalg.norm(x, axis=1).max() - 1) for x in framed) < 1e-6
    with pytest.raises(BadInput, match="align is 'sideways'"):
        run(store, tmp_path / "in", align="sideways")


def test_other_bytes_of_a_stored_shape_add_a_profile_in_its_field_only(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "longer.json"
    profile.write_text('{"name": "longer", "hidden": 8, "layers": 2, "steps": 5}')
    BOX.export(tmp_path / "1.obj")
    BOX.export(tmp_path / "2.stl")
    BOX.copy().apply_translation((1, 2, 3)).export(tmp_path / "3.stl")
    assert counts(run(store, tmp_path / "1.obj")) == (1, 0, 0)
    assert counts(run(store, tmp_path / "2.stl", profile=profile, field="udf")) == (0, 1, 0)
    assert store.keys_with_profile("longer").tolist() == []
    assert counts(run(store, tmp_path / "3.stl", profile=profile)) == (1, 0, 0)
    assert store.keys_with_profile("longer").tolist() == store.keys().tolist() and store.count() == 1
    assert len(store.shapes()[0].sources) == 3


def test_a_profile_that_does_not_fit_the_model(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "wide.json"
    profile.write_text('{"name": "wide", "hidden": 9, "layers": 2, "base": "model"}')
    with pytest.raises(BadInput, match="set its base to 'random'"):
        run(store, boxes(tmp_path / "in", 1), profile=profile)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"field": "tsdf"}, "field is 'tsdf'"),
        ({"up": "x"}, "up is 'x'"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"jobs": 0}, "jobs is 0"),
        ({"limit": 0}, "limit is 0"),
        ({"timeout": -1}, "timeout is -1"),
        ({"profile": "nonesuch"}, "no profile 'nonesuch'"),
        ({"labels_from": "csv"}, "labels_csv"),
    ],
)
def test_unusable_options(store: Store, tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        run(store, boxes(tmp_path / "in", 1), **options)


def test_limits_can_be_raised(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 1)
    assert "raise max_bytes" in run(store, folder, max_bytes=10).failures[0].reason
    assert "raise max_faces" in run(store, folder, max_faces=11).failures[0].reason
    assert counts(run(store, folder)) == (1, 0, 0)


def test_in_batches_as_on_a_gpu(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.worker as worker
    from ingest.run import Run

    np.save(tmp_path / "c.npy", np.random.default_rng(0).normal(size=(50, 3)))
    folder = boxes(tmp_path / "in", 4)
    (folder / "bad.obj").write_text("")
    finish = worker.finish
    sizes: list[int] = []

    def on_cpu(ready: Any, settings: Any, device: str) -> Any:
        assert device == "cuda"
        sizes.append(len(ready))
        return finish(ready, settings, "cpu")

    monkeypatch.setattr("ingest.batches.finish", on_cpu)
    work = Run.work
    monkeypatch.setattr(Run, "work", lambda self, engine, settings, device: work(self, engine, settings, "cuda"))
    assert counts(run(store, tmp_path)) == (5, 0, 1)
    assert sum(sizes) == 5
    assert store.verify().problems == []


def test_embedding_files_stores_nothing(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 3)
    (folder / "bad.obj").write_text("")
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    names, vectors, failures = ingest.embed_files(store, [folder], jobs=2)
    assert [Path(n).name for n in names] == ["box 0.obj", "box 1.obj", "box 2.obj", "copy.obj"]
    assert [Path(f.path).name for f in failures] == ["bad.obj"]
    np.testing.assert_array_equal(vectors[0], vectors[3])
    assert (store.count(), store.failures()) == (0, [])
    run(store, folder / "box 1.obj")
    np.testing.assert_allclose(store.embeddings()[1][0], vectors[1], atol=2e-3)


def test_a_model_without_an_encoder(tmp_path: Path, small_model: Any) -> None:
    bare = dataclasses.replace(from_recipe(small_model.recipe), name="bare")
    store = init_store(tmp_path / "bare", bare)
    assert counts(run(store, boxes(tmp_path / "in", 1))) == (1, 0, 0)
    with pytest.raises(NoEncoder, match="no encoder"):
        ingest.embed_files(store, [tmp_path / "in"])


def test_a_batch_that_the_gpu_cannot_hold_is_halved(
    small_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target("small", small_model.base.id, small_model.base.recipe, small_model.base.tensors)
    settings = Settings((target,), None)
    monkeypatch.setattr(worker, "_settings", settings)
    folder = boxes(tmp_path, 5)
    tasks = [SourceFile(str(folder / f"box {n}.obj"), f"box {n}", sha256="0" * 64, size=1) for n in range(5)]
    prepared: list[Any] = [worker.prepare(task) for task in tasks]
    real, sizes = worker.fit, []

    def fit(samples: Any, *arguments: Any, **options: Any) -> Any:
        sizes.append(len(samples))
        if len(samples) > 2 or any(one is prepared[3].samples[0] for one in samples):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(samples, *arguments, **options)

    monkeypatch.setattr(worker, "fit", fit)
    outcomes = worker.finish(prepared, settings)
    assert sizes == [5, 2, 2, 1, 1, 1]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [Path(one.path).stem for one in refused] == ["box 3"] and "more memory than the GPU has" in refused[0].reason
    assert [one.name for one in outcomes if not isinstance(one, Failure)] == [f"box {n}" for n in (0, 1, 2, 4)]
