"""The benchmark that users run on files of theirs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from inrstore.model import Model, load_model

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "modelnet.py"
NAMES = ("ball", "stick")


def cloud(number: int) -> np.ndarray:
    """Of a ball or of a stick, 1,024 points in the unit ball and as many that are not to be read."""
    rng = np.random.default_rng(number)
    points = rng.normal(size=(2048, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points *= (0.9, 0.9, 0.9) if number % 2 == 0 else (0.1, 0.9, 0.1 + 0.01 * number)
    points[1024:] = 7
    return points


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def hdf5(tmp_path: Path) -> Path:
    """As PointNet's files are laid out."""
    path = tmp_path / "public" / "ply_data_test0.h5"
    path.parent.mkdir()
    (path.parent / "shape_names.txt").write_text("\n".join(NAMES))
    with h5py.File(path, "w") as file:
        file["data"] = np.stack([cloud(number) for number in range(6)]).astype(np.float32)
        file["label"] = np.arange(6, dtype=np.uint8)[:, None] % 2
    return path


def test_a_models_figures_on_public_files(hdf5: Path, tmp_path: Path) -> None:
    done = run("figures", "default", tmp_path / "work", hdf5)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["figures"]["queries"] == 6 and found["figures"]["classes"] == 2
    assert found["figures"]["hit@1"] == 1  # balls are not sticks
    again = run("figures", "default", tmp_path / "work", hdf5)
    assert json.loads(again.stdout)["figures"] == found["figures"], again.stderr


def test_clouds_and_grids_become_files_that_ingest_reads(tmp_path: Path) -> None:
    points = np.stack([cloud(number)[:1024] for number in range(2)])
    facts = {"label": np.arange(2, dtype=np.uint8), "classes": np.array(NAMES), "id": np.array(["a_1", "b_1"])}
    np.savez(tmp_path / "clouds.npz", points=((points + 1) / 2 * 65_535).round().astype(np.uint16), **facts)
    cells = np.zeros((2, 30, 30, 30), bool)
    cells[0, 3:9, 4:20, 5:7] = True  # the other is empty
    np.savez(tmp_path / "grids.npz", bits=np.packbits(cells.reshape(2, -1), axis=1), **facts)
    done = run("write", tmp_path / "out", tmp_path / "clouds.npz", tmp_path / "grids.npz")
    assert done.returncode == 0, done.stderr
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.npy")) == [
        "ball/a_1.npy",
        "stick/b_1.npy",
    ]
    assert np.array_equal(np.load(tmp_path / "out/ball/a_1.npy"), cells[0])  # the later file has the same name
    np.testing.assert_allclose(np.load(tmp_path / "out/stick/b_1.npy"), points[1], atol=2e-5)
    assert run("write", tmp_path / "out", SCRIPT).returncode != 0


@pytest.mark.parametrize("folder", sorted((SCRIPT.parent / "models").iterdir()), ids=lambda folder: folder.name)
def test_a_shipped_model_is_whole_small_enough_and_reads_the_networks_that_its_card_says(folder: Path) -> None:
    model = Model.load(folder)
    assert model.name == folder.name and model.encoder is not None and model.base == load_model("fast").base
    assert "**Data**" in model.card and "**Licence**" in model.card and "FIGURES" not in model.card
    assert all(path.stat().st_size < 10_000_000 for path in folder.iterdir())
    embedded = model.encode("udf", model.base.start("udf")[None])
    assert np.linalg.norm(embedded) == pytest.approx(1, abs=1e-5)
