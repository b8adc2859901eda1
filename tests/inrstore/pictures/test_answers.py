"""Pictures of answers: parts in their colours, scans and wholes at one scale, nothing where nothing was made."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.pictures.answers import COLORS, Answer, answers_sheet, parts_said_sheet, parts_sheet

TILE = 275
"""Pixels of a tile and the space beside it, nearly."""


def drawn(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def of_color(image: np.ndarray, number: int) -> np.ndarray:
    """Mask of pixels of about the hue of a part's colour."""
    wanted = COLORS[number] / COLORS[number].sum()
    share = image / np.maximum(image.sum(axis=2, keepdims=True), 1)
    return np.asarray(np.abs(share - wanted).max(axis=2) < 0.06)


@pytest.fixture(scope="module")
def ball() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=3)


def test_each_part_has_its_colour_and_a_tile(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    part = (ball.triangles_center[:, 1] > 0).astype(int)
    said = SimpleNamespace(names=("lower", "upper", "nowhere"), part=part, vertices=ball.vertices, faces=ball.faces)
    image = drawn(parts_sheet(said, tmp_path / "parts.png"))
    assert 3 * TILE < image.shape[1] < 3.6 * TILE  # all, and the two parts that are there
    tiles = np.array_split(image, 3, axis=1)
    shares = [[of_color(tile, number).mean() > 0.03 for number in (0, 1)] for tile in tiles]
    assert shares == [[True, True], [True, False], [False, True]]
    lower, upper = (np.nonzero(of_color(tiles[0], number))[0].mean() for number in (0, 1))
    assert upper < lower - 20
    cloud = SimpleNamespace(names=("one",), part=np.zeros(3, int), vertices=np.eye(3), faces=None)
    cloud.vertices[0] = np.nan  # what a scanner did not see
    assert drawn(parts_sheet(cloud, tmp_path / "cloud.png")).shape[1] > 1.8 * TILE


def test_what_is_said_stands_beside_what_is(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    true = (ball.vertices[:, 1] > 0).astype(int)
    shape = SimpleNamespace(kind="ball", points=ball.vertices, names=("a", "b"), said=1 - true, true=true)
    unknown = SimpleNamespace(**{**vars(shape), "true": np.full(len(true), -1)})
    image = drawn(parts_said_sheet([shape, unknown], tmp_path / "said.png"))
    said, real, _, strange = np.array_split(image, 4, axis=1)
    for tile, first in ((said, 0), (real, 1)):
        above, below = (np.nonzero(of_color(tile, number))[0].mean() for number in (first, 1 - first))
        assert above < below - 20
    assert of_color(strange, 0).mean() < 0.01 and of_color(strange, 1).mean() < 0.01


def test_scans_are_as_large_as_their_wholes(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    whole = ball.vertices
    half = whole[whole[:, 1] > 0.8]  # a cap, which would be as wide as its tile
    made = np.asarray(ball.vertices), np.asarray(ball.faces, np.int64)
    image = drawn(answers_sheet([Answer(half, made, whole), Answer(half, None)], tmp_path / "answers.png"))
    blue = image[..., 2] > image[..., 0] + 25
    top, bottom = np.array_split(blue, 2)
    scan, answer, real = (np.ptp(np.nonzero(side)[1]) for side in np.array_split(top, 3, axis=1))
    assert scan < 0.75 * real and abs(answer - real) < 12  # columns
    assert not bottom[:, TILE + 40 :].any()  # nothing was made, and nobody knows what is there
