"""Print plates, scenes and archives: each object a shape of its own, found once however often it is there."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.transformations import rotation_matrix, translation_matrix

import ingest
from ingest import pipeline, worker
from ingest import run as runs
from ingest.discover import SourceFile
from ingest.engines import Done, InlineEngine
from inrstore.errors import AmbiguousShape
from inrstore.store import Store
from tests.ingest.runs import BOX, counts, run, zipped

BRACKET = trimesh.creation.annulus(1, 2, 1)
PIN = trimesh.creation.capsule(3, 1)
SPACE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"


def places(count: int) -> list[np.ndarray]:
    """Where copies lie on a plate: beside each other, each turned by another angle."""
    return [translation_matrix((10 * i, 0, 0)) @ rotation_matrix(0.7 * i, (0, 0, 1)) for i in range(count)]


def write_plate(path: Path, copies: int = 6) -> Path:
    """A 3MF as slicers write it: objects with names, and an item for each instance."""

    def mesh(one: trimesh.Trimesh) -> str:
        vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in one.vertices)
        triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in one.faces)
        return f"<mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>"

    def item(number: int, matrix: np.ndarray) -> str:
        return f'<item objectid="{number}" transform="{" ".join(f"{x:.9g}" for x in matrix[:3].T.ravel())}"/>'

    objects = f'<object id="1" name="bracket">{mesh(BRACKET)}</object><object id="2" name="pin">{mesh(PIN)}</object>'
    items = "".join(item(1, place) for place in places(copies)) + item(2, translation_matrix((0, 50, 0)))
    model = f'<model unit="millimeter" xmlns="{SPACE}"><resources>{objects}</resources><build>{items}</build></model>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("3D/3dmodel.model", model)
    return path


def test_a_print_plate_of_six_copies_is_found_to_be_six_copies(store: Store, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.3mf")
    assert counts(run(store, plate, scenes="parts", labels_from="parent", tags={"site": "a"})) == (2, 5, 0)
    bracket, pin = store.shapes()
    assert (bracket.name, pin.name, bracket.label, dict(pin.tags)) == (
        "bracket",
        "pin",
        tmp_path.name,
        {"site": "a", "units": "millimeter"},
    )
    assert bracket.sources == tuple(f"{plate}#{n} bracket" for n in range(1, 7)) and pin.sources == (f"{plate}#7 pin",)
    for source, place in zip(store.sources(bracket), places(6), strict=True):
        assert source.part is not None and (source.part.file, source.part.parts, source.part.name) == (
            str(plate),
            7,
            "bracket",
        )
        found = np.eye(4).ravel() if source.part.transform is None else np.array(source.part.transform)
        np.testing.assert_allclose(found.reshape(4, 4), place, atol=1e-7)
    assert counts(run(store, plate, scenes="parts")) == (0, 7, 0) and store.verify().problems == []


def test_a_plate_that_is_stored_is_not_read(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate = write_plate(tmp_path / "plate.3mf", 2)
    run(store, plate, scenes="parts")
    plate.rename(tmp_path / "moved.3mf")
    read: list[str] = []
    tasks = runs.Run._tasks
    monkeypatch.setattr(runs.Run, "_tasks", lambda self, files: (read.append(f.path) or f for f in tasks(self, files)))
    assert counts(run(store, tmp_path / "moved.3mf", scenes="parts")) == (0, 3, 0) and not read
    assert store.shape(f"{tmp_path}/moved.3mf#2 bracket").name == "bracket"
    assert len(store.sources(store.shape(f"{plate}#1 bracket"))) == 4


def test_whole_and_parts_stand_side_by_side(store: Store, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.3mf", 2)
    assert counts(run(store, plate)) == (1, 0, 0)
    assert store.shape(str(plate)).name == "plate"
    assert counts(run(store, plate, scenes="parts")) == (2, 1, 0)
    assert counts(run(store, plate)) == counts(run(store, plate)) == (0, 1, 0)
    assert counts(run(store, plate, scenes="parts")) == (0, 3, 0) and store.count() == 3
    other = write_plate(tmp_path / "other.3mf", 3)
    assert counts(run(store, other, scenes="parts")) == (0, 4, 0)
    assert counts(run(store, other)) == (1, 0, 0)


def test_the_bare_name_of_a_file_says_which_objects_there_are(store: Store, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.3mf", 3)
    run(store, plate, scenes="parts")
    with pytest.raises(AmbiguousShape, match=r"holds 4 objects of 2 shapes; name one: .*#1 bracket', .*#4 pin'"):
        store.shape(str(plate))
    store.remove(f"{plate}#4 pin")
    assert store.shape(str(plate)).name == "bracket"
    assert counts(run(store, plate, scenes="parts")) == (1, 3, 0)  # the removed one


def test_named_nodes_of_a_glb(store: Store, tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(BRACKET, "left", "ring")
    scene.graph.update("right", matrix=translation_matrix((9, 0, 0)), geometry="ring")
    scene.graph.update("grown", matrix=np.diag((2.0, 2, 2, 1)), geometry="ring")
    scene.graph.update("mirrored", matrix=np.diag((1.0, 1, -1, 1)), geometry="ring")
    scene.graph.update("squashed", matrix=np.diag((1.0, 1, 0.5, 1)), geometry="ring")
    scene.add_geometry(PIN, "the pin", "capsule", transform=translation_matrix((0, 9, 0)))
    scene.add_geometry(trimesh.load_path([[(0, 0, 0), (1, 1, 1)]]), "a line", "line")
    path = tmp_path / "s.glb"
    scene.export(path)
    result = run(store, path, scenes="parts")
    assert result.stored + result.skipped == 6 and not result.failed
    by_name = {source.part.name: shape for shape in store.shapes() for source in store.sources(shape) if source.part}
    assert set(by_name) == {"left", "right", "grown", "mirrored", "squashed", "the pin"}
    assert by_name["left"].id == by_name["right"].id == by_name["grown"].id != by_name["squashed"].id
    assert by_name["left"].scale == pytest.approx(np.sqrt(4 + 0.25))  # of the object itself
    assert by_name["squashed"].scale == pytest.approx(np.sqrt(4 + 0.0625))
    assert by_name["the pin"].center == pytest.approx((0, 0, 0), abs=1e-6)
    assert all(shape.field == "sdf" and shape.quality["ambiguous"] < 0.1 for shape in store.shapes())
    assert counts(run(store, path, scenes="parts")) == (0, 6, 0)


def test_a_file_of_one_object_is_the_same_either_way(store: Store, tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(BRACKET, "left", "ring", transform=rotation_matrix(0.5, (1, 0, 0), (3, 2, 1)))
    scene.export(tmp_path / "one.glb")
    BOX.export(tmp_path / "box.stl")
    BOX.export(tmp_path / "box.obj")
    assert counts(run(store, tmp_path)) == (2, 1, 0)
    ids = {shape.id for shape in store.shapes()}
    assert counts(run(store, tmp_path, scenes="parts")) == (0, 3, 0)
    assert {shape.id for shape in store.shapes()} == ids and store.shape(str(tmp_path / "one.glb")).name == "one"
    (source,) = store.sources(str(tmp_path / "one.glb"))
    assert source.part is not None and (source.part.parts, source.part.name) == (1, "left")
    store.remove(store.keys())
    assert counts(run(store, tmp_path, scenes="parts")) == (2, 1, 0)
    assert {shape.id for shape in store.shapes()} == ids
    assert counts(run(store, tmp_path)) == (0, 3, 0)


def test_objects_of_an_obj(store: Store, tmp_path: Path) -> None:
    text, start = "", 1
    for name, mesh in (("base", BOX), ("ring", BRACKET), ("copy", BOX.copy().apply_translation((5, 0, 0)))):
        text += f"o {name}\n" + "".join(f"v {x} {y} {z}\n" for x, y, z in mesh.vertices)
        text += "".join(f"f {a} {b} {c}\n" for a, b, c in mesh.faces + start)
        start += len(mesh.vertices)
    (tmp_path / "o.obj").write_text(text)
    assert counts(run(store, tmp_path, scenes="parts")) == (2, 1, 0)
    assert [shape.name for shape in store.shapes()] == ["base", "ring"]
    assert store.shapes()[0].sources == (f"{tmp_path}/o.obj#1 base", f"{tmp_path}/o.obj#3 copy")


def test_copies_of_a_plate_in_one_run_and_bad_objects(store: Store, tmp_path: Path) -> None:
    text = "o good\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
    text += "o bad\nv 0 0 nan\nv 1 0 0\nv 2 0 0\nf 5 6 7\no flat\nv 0 0 9\nv 1 0 9\nv 2 0 9\nf 8 9 10\n"
    for name in ("a.obj", "b.obj"):
        (tmp_path / name).write_text(text)
    seen: list[ingest.Progress] = []
    result = run(store, tmp_path, scenes="parts", on_progress=seen.append)
    assert counts(result) == (1, 1, 4), result.failures
    assert [failure.path.removeprefix(f"{tmp_path}/") for failure in result.failures] == [
        "a.obj#2 bad",
        "a.obj#3 flat",
        "b.obj#2 bad",
        "b.obj#3 flat",
    ]
    assert (seen[-1].done, seen[-1].total) == (6, 6)
    assert counts(run(store, tmp_path, scenes="parts")) == (0, 2, 4)  # what is fine is not fitted again
    assert counts(run(store, scenes="parts", retry_failed=True)) == (0, 2, 4)
    (tmp_path / "a.obj").write_text(text.split("o bad")[0])
    assert counts(run(store, tmp_path / "a.obj", scenes="parts")) == (0, 1, 0)
    assert [f.path for f in store.failures()] == [f"{tmp_path}/b.obj#{end}" for end in ("2 bad", "3 flat")]


def test_an_object_that_changed_inherits(store: Store, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.3mf", 2)
    run(store, plate, scenes="parts")
    store.label(f"{plate}#3 pin", "small")
    with zipfile.ZipFile(plate) as archive:
        model = archive.read("3D/3dmodel.model").decode()
    with zipfile.ZipFile(plate, "w") as archive:
        archive.writestr("3D/3dmodel.model", model.replace('z="-', 'z="-1'))
    assert run(store, plate, scenes="parts").failed == 0
    assert store.shape(f"{plate}#3 pin").label == "small"


class Here(InlineEngine):
    """An engine in which one object always crashes its process."""

    def __init__(self, options: Any, initializer: Any, initargs: tuple[bytes], most: int | None) -> None:
        super().__init__(options.timeout, partial(setattr, worker, "_settings"), (pickle.loads(initargs[0]),))
        self.jobs = options.jobs

    def run(
        self, function: Any, tasks: Iterable[SourceFile], ahead: int = 2, on_told: Any = None
    ) -> Iterator[Done[SourceFile, Any] | None]:
        def crashing(task: SourceFile) -> Any:
            if any(CRASHING in end for ends in task.only or () for end in ends):
                raise RuntimeError("crashed the process that read it (SIGSEGV)")
            return function(task)

        return (
            replace(done, stage="crash") if done and done.problem else done for done in super().run(crashing, tasks)
        )


CRASHING = "box 5"


def test_a_file_that_takes_long_is_shared_out_and_one_crash_costs_one_object(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = trimesh.Scene()
    for number in range(8):
        scene.add_geometry(trimesh.creation.box((1, 2, 3 + number)), node_name=f"box {number}")
    scene.add_geometry(BOX, node_name="again", transform=translation_matrix((9, 0, 0)))
    path = tmp_path / "s.glb"
    scene.export(path)
    monkeypatch.setattr("ingest.objects.SLICE", 0.0)
    monkeypatch.setattr(pipeline, "make_engine", Here)
    ticks = iter(range(10**6))  # a second passes whenever somebody looks: every task has time for one object
    monkeypatch.setattr("ingest.objects.time", SimpleNamespace(monotonic=lambda: next(ticks) // 3))
    seen: list[ingest.Progress] = []
    result = run(store, path, scenes="parts", on_progress=seen.append)
    assert counts(result) == (7, 1, 1) and (seen[-1].done, seen[-1].total) == (9, 9)
    assert [(f.path, f.stage) for f in result.failures] == [(f"{path}#6 box 5", "crash")]
    assert len(store.shape(f"{path}#1 box 0").sources) == 2
    monkeypatch.undo()
    assert counts(run(store, path, scenes="parts")) == (1, 8, 0) and store.failures() == []


def test_files_of_other_programs_say_how_to_convert_them(store: Store, tmp_path: Path) -> None:
    for name in ("a.fbx", "b.FBX", "c.blend"):
        (tmp_path / name).write_bytes(b"Kaydara FBX Binary")
    result = run(store, tmp_path)
    assert counts(result) == (0, 0, 0) and [Path(p).name for p in result.refused] == ["a.fbx", "b.FBX", "c.blend"]
    named = run(store, tmp_path / "a.fbx", tmp_path / "c.blend")
    assert counts(named) == (0, 0, 2) and all("glTF 2.0 (.glb)" in f.reason for f in named.failures)
    zipped(tmp_path / "z.zip", **{"d.fbx": b"x"})
    assert "FBX is a closed format" in run(store, tmp_path / "z.zip", scenes="parts").failures[0].reason


def test_in_batches_as_on_a_gpu(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = worker.finish
    monkeypatch.setattr("ingest.batches.finish", lambda ready, settings, device: real(ready, settings, "cpu"))
    work = runs.Run.work
    monkeypatch.setattr(runs.Run, "work", lambda self, engine, settings, device: work(self, engine, settings, "cuda"))
    plate = write_plate(tmp_path / "plate.3mf")
    zipped(tmp_path / "z.zip", **{"b.obj": BOX.export(file_type="obj")})
    assert counts(run(store, tmp_path, scenes="parts")) == (3, 5, 0)
    assert len(store.shape(f"{plate}#1 bracket").sources) == 6


def test_a_second_profile_is_fitted_for_the_objects_that_lack_it(store: Store, tmp_path: Path) -> None:
    profile = tmp_path / "fine.json"
    profile.write_text('{"name": "fine", "hidden": 4, "layers": 2, "base": "random", "steps": 2}')
    plate = write_plate(tmp_path / "plate.3mf", 2)
    run(store, plate, scenes="parts", field="udf")
    assert counts(run(store, plate, scenes="parts", profile=profile)) == (2, 1, 0)
    assert [len(store.inrs(key)) for key in store.keys().tolist()] == [2, 2]
    assert {row.field for key in store.keys().tolist() for row in store.inrs(key)} == {"udf"}
    assert counts(run(store, plate, scenes="parts", profile=profile)) == (0, 3, 0)
