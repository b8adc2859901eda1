"""Runs over buckets: what is stored of them, and under which names; what is fetched, and what is left behind."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.transformations import translation_matrix

import ingest
from ingest.originals import original
from ingest.sources import retry
from ingest.sources.retry import Unreachable
from inrstore.errors import BadInput, ShapeNotFound
from inrstore.store import Store
from tests.ingest.runs import BOX, counts, zipped
from tests.ingest.sources.buckets import Bucket

RING = trimesh.creation.annulus(1, 2, 1)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made, so that it shows whether they are deleted."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def run(store: Store, *roots: str, **options: Any) -> ingest.IngestResult:
    return ingest.ingest(store, roots, **{"jobs": 1, **options})


def obj(mesh: trimesh.Trimesh) -> bytes:
    return str(mesh.export(file_type="obj", include_normals=False)).encode()


def labels() -> bytes:
    """An array that is no shape."""
    file = io.BytesIO()
    np.save(file, np.arange(7))
    return file.getvalue()


def test_objects_become_shapes_and_are_known_again(store: Store, bucket: Bucket, own_folder: Path) -> None:
    bucket.put(**{"set/a/box #1.obj": obj(BOX), "set/b/ring.stl": RING.export(file_type="stl"), "set/b/bad.obj": "f 1"})
    bucket.put(**{"set/c/copy.obj": obj(BOX), "set/notes.txt": "hello", "set/labels.npy": labels()})
    result = run(store, bucket.uri("set"), labels_from="parent")
    assert counts(result) == (2, 1, 1)
    assert result.ignored == [bucket.uri("set/labels.npy")] and bucket.fetched("set/notes.txt") == 0
    assert {s.name: s.label for s in store.shapes()} == {"box #1": "a", "ring": "b"}
    box = store.shape(bucket.uri("set/a/box #1.obj"))
    assert [s.path for s in store.sources(box)] == [bucket.uri("set/a/box #1.obj"), bucket.uri("set/c/copy.obj")]
    assert store.sources(box)[0].sha256 == hashlib.sha256(obj(BOX)).hexdigest()
    assert [f.path for f in store.failures()] == [bucket.uri("set/b/bad.obj")]
    assert [bucket.fetched(key) for key in ("set/a/box #1.obj", "set/b/ring.stl", "set/b/bad.obj")] == [1, 1, 1]
    assert counts(run(store, bucket.uri("set"))) == (0, 3, 1)
    bucket.put(**{"set/b/bad.obj": obj(trimesh.creation.capsule(3, 1))})
    assert counts(run(store, retry_failed=True)) == (1, 0, 0)
    assert store.failures() == [] and store.verify().problems == []
    assert run(store, bucket.uri("set"), dry_run=True).planned == []
    assert not [p for p in own_folder.iterdir() if p.name.startswith("inrstore-")]


def test_options_of_the_uri_are_not_kept(store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put(**{"a.obj": obj(BOX)})
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert counts(run(store, f"{bucket.uri('a.obj')}?endpoint_override={bucket.endpoint}&scheme=http")) == (1, 0, 0)
    assert [s.path for s in store.sources(next(iter(store.shapes())))] == [bucket.uri("a.obj")]
    with pytest.raises(BadInput, match="credentials"):
        run(store, "s3://me:hush@b/a.obj")
    with pytest.raises(BadInput, match="cannot be opened: Unexpected query parameter"):
        from ingest.sources.bucket import bucket_of

        bucket_of("s3://b/a", "s3://b?secret_key=hush").find(["s3://b/a"])


def test_what_is_too_large_is_not_fetched(store: Store, bucket: Bucket) -> None:
    bucket.put(**{"set/large.obj": b"#" * 5000, "set/zero.obj": b""})
    for root in ("set", "set/large.obj"):
        result = run(store, bucket.uri(root), max_bytes=4000)
        assert "5,000 bytes, over the limit of 4,000" in next(f.reason for f in result.failures if "large" in f.path)
    assert bucket.fetched("set/large.obj") == 0
    assert [f.reason for f in store.failures() if "zero" in f.path] == ["the file is empty"]


def test_what_a_file_refers_to_comes_with_it(store: Store, bucket: Bucket) -> None:
    scene = trimesh.Scene(BOX)
    files = scene.export(file_type="gltf")
    bucket.put(**{f"set/{name}": bytes(data) for name, data in files.items() if name != "model.gltf"})
    named = json.loads(files["model.gltf"])
    bucket.put(**{"set/box.gltf": json.dumps(named)})
    named["buffers"][0]["uri"] = "../secret.bin"
    bucket.put(**{"set/out.gltf": json.dumps(named), "secret.bin": b"x" * 1000})
    result = run(store, f"{bucket.uri('set')}?endpoint_override={bucket.endpoint}&scheme=http")
    assert counts(result) == (1, 0, 1)
    assert result.failures[0].path == bucket.uri("set/out.gltf")
    assert bucket.fetched("secret.bin") == 0


def test_objects_of_scenes_and_models_of_archives(
    store: Store, bucket: Bucket, tmp_path: Path, own_folder: Path
) -> None:
    scene = trimesh.Scene()
    for number, mesh in enumerate((BOX, RING, BOX)):
        scene.add_geometry(mesh, node_name=f"node {number}", transform=translation_matrix((9 * number, 0, 0)))
    archive = zipped(tmp_path / "x.zip", **{"a/pin.obj": obj(trimesh.creation.capsule(3, 1)), "bad.obj": "f 1"})
    bucket.put(**{"set/two.glb": scene.export(file_type="glb"), "set/x.zip": archive.read_bytes()})
    assert counts(run(store, bucket.uri("set"), scenes="parts")) == (3, 1, 1)
    assert store.shape(bucket.uri("set/two.glb#2 node 1")).name == "node 1"
    assert store.shape(bucket.uri("set/x.zip#a/pin.obj")).name == "pin"
    assert [f.path for f in store.failures()] == [bucket.uri("set/x.zip#bad.obj")]
    assert bucket.fetched("set/two.glb") == bucket.fetched("set/x.zip") == 1
    assert counts(run(store, retry_failed=True, scenes="parts")) == (0, 1, 1)
    assert counts(run(store, bucket.uri("set"), scenes="parts")) == (0, 4, 1)
    seen = original(store, store.shape(bucket.uri("set/two.glb#2 node 1")))
    assert len(seen.faces) == len(RING.faces)
    assert not [p for p in own_folder.iterdir() if p.name.startswith("inrstore-")]


def test_originals_are_read_again_as_long_as_they_are_the_same(store: Store, bucket: Bucket) -> None:
    bucket.put(**{"a.obj": obj(BOX)})
    run(store, bucket.uri("a.obj"))
    shape = next(iter(store.shapes()))
    np.testing.assert_allclose(np.ptp(original(store, shape).vertices, axis=0) * shape.scale, (1, 2, 3), rtol=1e-5)
    bucket.put(**{"a.obj": obj(RING)})
    with pytest.raises(ShapeNotFound, match="is there as it was ingested"):
        original(store, shape)


@pytest.mark.slow
def test_a_bucket_that_stops_answering_ends_the_run_and_the_next_goes_on(
    store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, own_folder: Path
) -> None:
    monkeypatch.setattr(retry, "TRIES", 1)
    for number in range(40):
        bucket.put(**{f"set/{number:02d}.obj": obj(trimesh.creation.box((1, 2, 3 + number)))})
    bucket.server.faults.append(
        lambda asked: 503 if "12.obj" < asked["PATH_INFO"].rpartition("/")[2] <= "99.obj" else None
    )
    with pytest.raises(Unreachable, match="8 objects in a row did not come"):
        run(store, bucket.uri("set"))
    assert store.count() <= 13 and len(store.failures()) == 7
    assert not [p for p in own_folder.iterdir() if p.name.startswith("inrstore-")]
    bucket.server.faults.clear()
    before = store.count()
    assert counts(run(store, bucket.uri("set"))) == (40 - before, before, 0)
    assert store.failures() == []
