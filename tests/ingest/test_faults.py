"""Bad files, full disks, interrupts and rivals: the run goes on or ends, and nothing stored is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

import ingest
from inrstore.errors import BadInput, StorageFull
from inrstore.store import Store, init_store, open_store
from tests.ingest.runs import BOX, boxes, counts, run

REPO = Path(__file__).parents[2]


def test_bad_files_among_good_ones(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    obj = BOX.export(file_type="obj")
    (folder / "nan.obj").write_text(obj.replace("v -0.5", "v nan", 1))
    for name, value in (("nan", np.nan), ("inf", np.inf)):
        broken = BOX.copy()
        broken.vertices[0, 0] = value
        (folder / f"{name}.ply").write_bytes(broken.export(file_type="ply"))
    (folder / "cut.ply").write_bytes(BOX.export(file_type="ply")[:-9])
    (folder / "cut.glb").write_bytes(BOX.export(file_type="glb")[:-9])
    (folder / "line.obj").write_text("v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.stl")
    with zipfile.ZipFile(folder / "bomb.3mf", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", b" " * (100 * 2**20))
    result = run(store, folder)
    assert counts(result) == (2, 0, 8)
    reasons = {Path(f.path).name: f.reason for f in result.failures}
    assert "not finite" in reasons["nan.ply"] and "not finite" in reasons["inf.ply"]
    assert "zip bomb" in reasons["bomb.3mf"] and "cut short" in reasons["cut.ply"]
    assert all(str(folder) not in reason for reason in reasons.values())


def odd_meshes() -> dict[str, trimesh.Trimesh]:
    torus = trimesh.creation.torus(2, 0.7, major_sections=16, minor_sections=8)
    rng = np.random.default_rng(0)
    flipped, holed, doubled = torus.copy(), torus.copy(), torus.copy()
    flipped.apply_scale((1, 1.3, 1))  # else it would be the same content as the doubled one
    some = rng.random(len(torus.faces)) < 0.5
    flipped.faces[some] = flipped.faces[some][:, ::-1]
    holed.update_faces(np.arange(len(torus.faces)) > 5)
    doubled.faces = np.vstack([torus.faces, torus.faces[:, ::-1], torus.faces[:3, [0, 0, 1]]])
    apart = trimesh.util.concatenate([torus, BOX.copy().apply_translation((9, 0, 0))])
    through = trimesh.util.concatenate([torus, BOX.copy().apply_translation((2, 0, 0))])
    tiny, huge = torus.copy().apply_scale((1, 1, 1.1)), torus.copy().apply_scale((1, 1, 1.2))
    return {
        "flipped": flipped,
        "holed": holed,
        "doubled": doubled,
        "apart": apart,
        "through": through,
        "tiny": tiny.apply_scale(1e-6),
        "huge": huge.apply_scale(1e6),
    }


def test_odd_meshes_are_shapes(store: Store, tmp_path: Path) -> None:
    for name, mesh in odd_meshes().items():
        mesh.export(tmp_path / f"{name}.ply")
    result = run(store, tmp_path)
    assert counts(result) == (7, 0, 0), result.failures
    assert {s.name: s.field for s in store.shapes()} == dict.fromkeys(odd_meshes(), "sdf")
    assert all(s.quality["ambiguous"] < 0.15 for s in store.shapes())


def write_hanging(path: Path) -> None:
    """A 3MF of 41 objects, each but the first twice the one before it: 2⁴⁰ triangles."""
    corners = "".join(f'<vertex x="{x}" y="{y}" z="0"/>' for x, y in ((0, 0), (1, 0), (0, 1)))
    mesh = f'<vertices>{corners}</vertices><triangles><triangle v1="0" v2="1" v3="2"/></triangles>'
    one = '<component objectid="{}"/>'
    twice = "".join(
        f'<object id="{i + 1}"><components>{one.format(i)}{one.format(i)}</components></object>' for i in range(40)
    )
    space = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    objects = f'<resources><object id="0"><mesh>{mesh}</mesh></object>{twice}</resources>'
    with zipfile.ZipFile(path, "w") as archive:
        model = f'<model xmlns="{space}">{objects}<build><item objectid="40"/></build></model>'
        archive.writestr("3D/3dmodel.model", model)


def test_a_file_that_takes_too_long_is_stopped(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    write_hanging(folder / "a.3mf")
    result = run(store, folder, timeout=4)
    assert counts(result) == (2, 0, 1)
    assert "longer than 4 s" in result.failures[0].reason
    assert store.failures()[0].stage == "timeout"


def test_two_ingests_at_once(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 12)
    results: list[ingest.IngestResult] = []

    def work() -> None:
        results.append(run(open_store(store.url), folder, jobs=1))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(r.stored for r in results) == 12 == sum(r.skipped for r in results)
    assert store.count() == 12 and store.verify().problems == []


@pytest.mark.slow
def test_two_commands_at_once_in_processes_of_their_own(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 12)
    command = [sys.executable, "-m", "cli", "ingest", str(folder), "--store", store.url, "--jobs", "1", "--json"]
    both = [subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [json.loads(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(a["stored"] for a in answers) == 12 == sum(a["skipped"] for a in answers)
    assert store.count() == 12 and store.verify().problems == []


def test_a_disk_that_fills_up_during_a_run(
    small_disk: Path, small_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.writer.BATCH", 2)
    store = init_store(small_disk / "shapes.store", small_model)
    folder = boxes(tmp_path / "in", 2)
    assert counts(run(store, folder)) == (2, 0, 0)
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(bytes(4096))
    boxes(tmp_path / "in", 4, start=2)
    with pytest.raises(StorageFull, match="full"):
        run(store, folder)
    assert store.count() == 2 and store.verify().problems == []
    (small_disk / "filler").unlink()
    assert counts(run(store, folder)) == (4, 2, 0)
    assert store.verify().problems == []


def test_a_full_disk_ends_the_run_and_keeps_what_was_committed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = boxes(tmp_path / "in", 6)
    monkeypatch.setattr("ingest.writer.BATCH", 2)
    commit = store.commit

    def full(shapes: Any) -> Any:
        if store.count() >= 2:
            raise StorageFull("the disk is full")
        return commit(shapes)

    monkeypatch.setattr(store, "commit", full)
    with pytest.raises(StorageFull):
        run(store, folder)
    assert store.count() == 2
    monkeypatch.undo()
    assert counts(run(store, folder)) == (4, 2, 0)


def test_an_interrupt_keeps_what_was_fitted(store: Store, tmp_path: Path) -> None:
    def stop(progress: ingest.Progress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(store, boxes(tmp_path / "in", 8), on_progress=stop)
    assert store.count() == 3
    assert counts(run(store, tmp_path / "in")) == (5, 3, 0)


def test_a_shape_that_the_store_refuses_does_not_harm_its_batch(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = store.commit

    def choosy(shapes: Any) -> Any:
        if any(s.name == "box 1" for s in shapes):
            raise BadInput("no")
        return commit(shapes)

    monkeypatch.setattr(store, "commit", choosy)
    result = run(store, boxes(tmp_path / "in", 3))
    assert counts(result) == (2, 0, 1) and result.failures[0].stage == "commit"


@pytest.mark.slow
def test_two_million_faces(store: Store, tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(8)
    both = trimesh.util.concatenate([sphere, sphere.copy().apply_translation((3, 0, 0))])
    assert len(both.faces) > 2_000_000
    both.export(tmp_path / "big.ply")
    assert counts(run(store, tmp_path, jobs=1)) == (1, 0, 0)
