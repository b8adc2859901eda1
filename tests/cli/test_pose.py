"""Hits in the order of their geometry, and shapes written as a query lies."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from cli import exits

from .conftest import SHAPES, Filled

QUARTER = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plate three times as large, turned by a quarter, somewhere else."""
    copy = SHAPES["flat/plate"].copy()
    copy.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (0, 1, 0)))
    copy.apply_scale(3).apply_translation((5, -20, 7))
    path = tmp_path_factory.mktemp("moved") / "moved.ply"
    copy.export(path)
    return path


def test_a_shape_is_written_as_a_file_lies(original: Filled, moved: Path, tmp_path: Path) -> None:
    output = tmp_path / "like.ply"
    outcome = original.run("export", original.mesh("plate"), "--like", moved, "-o", output, "-r", 64)
    assert outcome.code == exits.DONE, outcome.stderr
    np.testing.assert_allclose(trimesh.load(output).bounds, trimesh.load(moved).bounds, atol=0.15)


def test_a_shape_is_turned_by_the_pose_of_a_hit(original: Filled, tmp_path: Path) -> None:
    output = tmp_path / "turned.ply"
    tile = original.mesh("tile ö")
    outcome = original.run("export", tile, "--pose", json.dumps(QUARTER), "-o", output, "-r", 64)
    assert outcome.code == exits.DONE, outcome.stderr
    half = np.array((1.4, 0.3, 2)) / 2  # sides have changed places, about its own middle
    np.testing.assert_allclose(trimesh.load(output).bounds, [(100, 0, 0) - half, (100, 0, 0) + half], atol=0.05)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("--pose", "sideways"), "is no matrix"),
        (("--pose", "[[1,0,0],[0,2,0],[0,0,1]]"), "not the orthogonal"),
        (("--pose", "[1,2]"), "not the orthogonal"),
        (("--pose", "[[1,0,0],[0,1,0],[0,0,1]]", "--like", "x"), "exclude each other"),
        (("--like", "nowhere.obj"), "nowhere.obj"),
    ],
)
def test_poses_that_are_none(original: Filled, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    outcome = original.run("export", original.mesh("plate"), *arguments, "-o", tmp_path / "no.ply")
    assert outcome.code in (exits.FAILED, exits.USAGE, exits.SOME_FAILED) and said in outcome.stderr
    assert not list(tmp_path.iterdir())


def test_reranked_hits_say_how_far_they_are(original: Filled, moved: Path) -> None:
    outcome = original.run("search", moved, "-k", 4, "--rerank", 3, "--csv")
    assert outcome.code == exits.DONE, outcome.stderr
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"] and rows[0]["source"].endswith("plate.obj")
    distances = [float(row["chamfer"]) for row in rows[:3]]
    assert distances[0] < 0.008 < min(distances[1:]) and rows[3]["chamfer"] == ""
    assert "chamfer" not in original.run("search", moved, "-k", 4, "--csv").stdout
