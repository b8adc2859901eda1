"""The example scripts run as they are."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import trimesh

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_quickstart(tmp_path: Path) -> None:
    for name in (
        "chair/chair.obj",
        "chair/chair2.obj",
        "bottle/flacon.obj",
        "bottle/tetrapak.obj",
    ):
        target = tmp_path / "meshes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / "meshes" / name, target)
    command = [sys.executable, EXAMPLES / "quickstart.py", tmp_path / "quick.store", tmp_path / "meshes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 shapes stored" in done.stdout
    assert (tmp_path / "quick.obj").stat().st_size > 1000


def test_procedural_shapes_are_watertight_of_every_family_and_the_same_again(tmp_path: Path) -> None:
    families = 12
    for name, count in (("few", families), ("more", 2 * families)):
        command = [sys.executable, EXAMPLES / "procedural_shapes.py", tmp_path / name, "--count", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    few, more = ({p.relative_to(tmp_path / n): p for p in (tmp_path / n).rglob("*.ply")} for n in ("few", "more"))
    assert len({path.parent for path in few}) == len(few) == families and len(more) == 2 * families
    assert all(path.read_bytes() == more[name].read_bytes() for name, path in few.items())
    for path in more.values():
        mesh = trimesh.load_mesh(path)
        assert mesh.is_watertight and mesh.volume > 0, path
        assert abs(mesh.extents.max() - 1) < 0.02 and abs(mesh.bounds.mean(axis=0)).max() < 0.01, path


def test_the_training_set_has_meshes_clouds_voxels_and_scans_of_the_same_objects(tmp_path: Path) -> None:
    chair = tmp_path / "furniture" / "chair" / "chair.obj"
    chair.parent.mkdir(parents=True)  # as an earlier run left it, so that nothing is downloaded
    shutil.copy(EXAMPLES / "meshes" / "chair" / "chair.obj", chair)
    command = [sys.executable, EXAMPLES / "training_set.py", tmp_path, "--count", "12", "--others", "1", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["path"] for row in rows} == {
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*") if path.suffix in (".obj", ".ply", ".npy")
    }
    kinds = Counter(row["path"].split("/")[0] for row in rows)
    assert kinds["furniture"] == 1 and kinds["procedural"] == 12 and kinds["cloud"] == kinds["scan"] == 13
    assert len({row["object"] for row in rows}) == 13
    assert {row["label"] for row in rows if row["path"].endswith("chair.npy")} == {"chair"}
    for row in rows:
        if row["path"].startswith("procedural"):
            mesh = trimesh.load_mesh(tmp_path / row["path"])
            for kind in ("cloud", "scan"):
                points = np.load(tmp_path / kind / f"{row['object']}.npy")
                assert 256 <= len(points) <= 4096
                assert (points.max(axis=0) < mesh.bounds[1] + 0.08).all(), row
                assert (points.min(axis=0) > mesh.bounds[0] - 0.08).all(), row
