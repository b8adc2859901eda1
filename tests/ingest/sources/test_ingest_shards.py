"""Runs over tar shards, here and in a bucket: shapes, labels and tags, reruns, and how much is unpacked at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.exchange.gltf import export_gltf

import ingest
import ingest.run
from ingest.discover import discover
from ingest.originals import original
from ingest.scratch import Scratch
from inrstore.store import Store
from tests.ingest.runs import BOX, boxes, counts
from tests.ingest.sources.buckets import Bucket
from tests.ingest.sources.shards import shard

RING = trimesh.creation.annulus(1, 2, 1)
PIN = trimesh.creation.capsule(3, 1)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made, so that it shows whether they are deleted."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith("inrstore-")]


def run(store: Store, *roots: str | Path, **options: Any) -> ingest.IngestResult:
    return ingest.ingest(store, roots, **{"jobs": 1, **options})


def obj(mesh: trimesh.Trimesh) -> bytes:
    return str(mesh.export(file_type="obj", include_normals=False)).encode()


def three() -> dict[str, bytes | str]:
    return {
        "000.obj": obj(BOX),
        "000.cls": "chair",
        "000.txt": "a wooden box",
        "001.json": '{"class": "ring", "maker": "me", "size": 3}',
        "001.obj": obj(RING),
        "002.jpg": b"a picture",
        "002.obj": obj(PIN),
    }


def test_members_become_shapes_and_are_known_again(store: Store, tmp_path: Path, own_folder: Path) -> None:
    path = tmp_path / "set" / "00000.tar"
    path.parent.mkdir()
    path.write_bytes(shard(**three()))
    (path.parent / "00000_stats.json").write_text("{}")
    (path.parent / "00000.parquet").write_bytes(b"PAR1")
    assert run(store, path.parent, dry_run=True).planned == [f"{path}#{n}.obj" for n in ("000", "001", "002")]
    seen: list[tuple[int, int | None]] = []
    result = run(store, path.parent, on_progress=lambda p: seen.append((p.done, p.total)))
    assert counts(result) == (3, 0, 0) and seen[-1] == (3, 3)
    found = {s.name: (s.label, dict(s.tags)) for s in store.shapes()}
    assert found == {
        "000": ("chair", {"caption": "a wooden box"}),
        "001": ("ring", {"maker": "me", "size": "3"}),
        "002": (None, {}),
    }
    assert store.shape(f"{path}#001.obj").name == "001"
    assert counts(run(store, path)) == (0, 3, 0)
    boxes(tmp_path / "loose", 0)
    (tmp_path / "loose" / "box.obj").write_bytes(obj(BOX))
    assert counts(run(store, tmp_path / "loose")) == (0, 1, 0)  # the same bytes, whether packed or not
    assert left(own_folder) == [] and store.verify().problems == []


def test_labels_that_are_asked_for_come_first(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "set" / "00000.tar"
    path.parent.mkdir()
    path.write_bytes(shard(**{f"table/{name}": data for name, data in three().items()}))
    assert counts(run(store, path, labels_from="parent", tags={"maker": "you"})) == (3, 0, 0)
    assert {s.label for s in store.shapes()} == {"table"}
    assert store.shape(f"{path}#table/001.obj").tags["maker"] == "you"
    run(store, path)  # what nobody asks for changes nothing
    assert {s.label for s in store.shapes()} == {"table"}
    run(store, path, labels_from="shard")
    assert [s.label for s in sorted(store.shapes(), key=lambda s: s.name)] == ["chair", "ring", "table"]


def test_a_cut_shard_is_told_and_its_rest_comes_later(store: Store, tmp_path: Path) -> None:
    path, whole = tmp_path / "a.tar", shard(**three())
    path.write_bytes(whole[: whole.index(b"002.obj") + 700])
    result = run(store, path)
    assert counts(result) == (2, 0, 1)
    assert result.failures[0].path == str(path) and "cut short" in result.failures[0].reason
    path.write_bytes(whole)
    assert counts(run(store, retry_failed=True)) == (1, 2, 0)
    assert store.failures() == []


def test_bad_members_are_failures_of_their_own(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(shard(**{"a.obj": "f 1", "b.obj": obj(BOX), "b.json": "{", "../c.obj": "x", "d.fbx": "x"}))
    result = run(store, path)
    assert counts(result) == (1, 0, 3) and result.refused == [f"{path}#d.fbx"]
    assert [f.path for f in store.failures()] == [f"{path}#{name}" for name in ("../c.obj", "a.obj", "b.json")]
    path.write_bytes(shard(**{"a.obj": obj(RING), "b.obj": obj(BOX)}))
    assert counts(run(store, path)) == (1, 1, 0) and store.failures() == []


def test_tars_without_shapes_are_passed_over_unless_they_are_named(store: Store, tmp_path: Path) -> None:
    array = tmp_path / "set" / "array.npy"
    array.parent.mkdir()
    np.save(array, np.arange(5))
    path = tmp_path / "set" / "x.tar"
    path.write_bytes(shard(**{"a.jpg": "x", "b.npy": array.read_bytes()}))
    result = run(store, path.parent)
    assert counts(result) == (0, 0, 0) and result.ignored == [str(array), f"{path}#b.npy", str(path)]
    assert "no member of it is a model" in run(store, path).failures[0].reason
    assert discover([path.parent]).sources == []  # nobody else has asked for shards


def test_a_member_finds_what_lies_in_its_sample(store: Store, tmp_path: Path) -> None:
    files = export_gltf(trimesh.Scene(BOX), merge_buffers=True)
    (binary,) = (name for name in files if name.endswith(".bin"))
    text = files["model.gltf"].replace(binary.encode(), b"000.bin")
    path = tmp_path / "a.tar"
    path.write_bytes(shard(**{"000.gltf": text, "000.bin": files[binary], "001.gltf": text + b" "}))
    result = run(store, path)
    assert counts(result) == (1, 0, 1) and "not a file in its folder" in result.failures[0].reason
    assert len(original(store, store.shape(f"{path}#000.gltf")).faces) == len(BOX.faces)


def test_objects_of_members_and_shards_in_a_bucket(store: Store, bucket: Bucket, own_folder: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(BOX, node_name="lid")
    scene.add_geometry(RING, node_name="pot")
    data = shard(**{"a/set.glb": scene.export(file_type="glb"), "b.stl": PIN.export(file_type="stl")})
    bucket.put(**{"shards/00000.tar": data})
    assert counts(run(store, bucket.uri("shards"), scenes="parts")) == (3, 0, 0)
    assert store.shape(bucket.uri("shards/00000.tar#a/set.glb#2 pot")).name == "pot"
    assert bucket.fetched("shards/00000.tar") == 1
    assert counts(run(store, bucket.uri("shards"), scenes="parts")) == (0, 3, 0)
    seen = original(store, store.shape(bucket.uri("shards/00000.tar#a/set.glb#2 pot")))
    assert len(seen.faces) == len(RING.faces)
    bucket.put(**{"shards/00001.tar": data[:-3000]})
    result = run(store, bucket.uri("shards"), scenes="parts")
    assert [f.path for f in result.failures] == [bucket.uri("shards/00001.tar")]
    assert left(own_folder) == []


def test_a_large_shard_is_unpacked_a_little_at_a_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.run, "BLOCK_FILES", 8)
    files = {f"{n:03d}.obj": obj(trimesh.creation.box((1, 2, 3 + n))) for n in range(60)}
    (tmp_path / "a.tar").write_bytes(shard(**files))
    most, new = [0], Scratch.new

    def counting(scratch: Scratch) -> str:
        folder = new(scratch)
        most[0] = max(most[0], sum(1 for _ in Path(folder).parent.iterdir()))
        return folder

    monkeypatch.setattr(Scratch, "new", counting)
    assert counts(run(store, tmp_path / "a.tar")) == (60, 0, 0)
    assert most[0] <= 20  # two blocks, and what is being worked on
