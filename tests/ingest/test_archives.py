"""Archives of models: each file in one a shape of its own, and nothing of it where it does not belong."""

from __future__ import annotations

import io
from pathlib import Path

import trimesh
from trimesh.transformations import translation_matrix

from inrstore.store import Store
from tests.ingest.runs import BOX, counts, run, zipped

RING = trimesh.creation.annulus(1, 2, 1)
PIN = trimesh.creation.capsule(3, 1)


def glb(*meshes: trimesh.Trimesh) -> bytes:
    scene = trimesh.Scene()
    for number, mesh in enumerate(meshes):
        scene.add_geometry(mesh, node_name=f"node {number}", transform=translation_matrix((9 * number, 0, 0)))
    return bytes(scene.export(file_type="glb"))


def test_an_archive_of_two_objs_and_a_glb(store: Store, tmp_path: Path) -> None:
    files = {
        "box.obj": BOX.export(file_type="obj"),
        "chair/ring.obj": "mtllib ring.mtl\n" + RING.export(file_type="obj"),
        "chair/ring.mtl": "newmtl a\n",
        "two.glb": glb(BOX, PIN),
        ".hidden/x.obj": "nothing",
        "read me.txt": "hello",
    }
    path = zipped(tmp_path / "models.zip", **files)
    assert counts(run(store, tmp_path)) == (0, 0, 0)  # whole: passed over on a walk
    assert run(store, tmp_path, scenes="parts", dry_run=True).planned == [
        f"{path}#{name}" for name in ("box.obj", "chair/ring.obj", "two.glb")
    ]
    assert counts(run(store, tmp_path, scenes="parts", labels_from="parent")) == (3, 1, 0)
    assert {shape.name: shape.label for shape in store.shapes()} == {
        "box": tmp_path.name,
        "ring": "chair",
        "node 1": tmp_path.name,
    }
    assert store.shape(f"{path}#two.glb#1 node 0").id == store.shape(f"{path}#box.obj").id
    assert counts(run(store, tmp_path, scenes="parts")) == (0, 4, 0)
    path.rename(tmp_path / "other.zip")
    assert counts(run(store, tmp_path, scenes="parts")) == (0, 4, 0)
    assert run(store, tmp_path, scenes="parts", dry_run=True).planned == []
    assert len(store.sources(store.shape(f"{tmp_path}/other.zip#box.obj"))) == 4
    assert counts(run(store, tmp_path / "other.zip")) == (1, 0, 0)  # whole: flattened, as it is named
    assert store.verify().problems == []


def test_hostile_archives(store: Store, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "evil.obj"
    inside.mkdir()
    obj = BOX.export(file_type="obj")
    zipped(inside / "bomb.zip", **{"a.obj": b" " * (100 * 2**20)})
    zipped(inside / "names.zip", **{"../evil.obj": obj, "/tmp/evil.obj": obj, "c:\\evil.obj": obj, "good.obj": obj})
    inner = io.BytesIO()
    zipped(inner, **{"a.obj": obj})  # type: ignore[arg-type]
    zipped(inside / "nested.zip", **{"inner.zip": inner.getvalue()})
    zipped(inside / "texts.zip", **{"a.txt": "hello"})
    (inside / "cut.zip").write_bytes((inside / "names.zip").read_bytes()[:200])
    result = run(store, inside, scenes="parts")
    reasons = {failure.path.removeprefix(f"{inside}/"): failure.reason for failure in result.failures}
    assert counts(result) == (1, 0, 6), reasons
    assert "zip bomb" in reasons["bomb.zip"] and "not a .zip file" in reasons["cut.zip"]
    assert all("leads out" in reasons[f"names.zip#{n}"] for n in ("../evil.obj", "/tmp/evil.obj", "c:\\evil.obj"))
    assert "an archive in an archive" in reasons["nested.zip#inner.zip"]
    assert not outside.exists() and not Path("/tmp/evil.obj").exists()
    assert result.ignored == [str(inside / "texts.zip")]
    named = run(store, inside / "texts.zip", scenes="parts")
    assert counts(named) == (0, 0, 1) and "no file in it is a model" in named.failures[0].reason
    assert counts(run(store, inside, scenes="parts")) == (0, 1, 6)
