"""The picture of which class is taken for which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inrstore.errors import BadInput
from inrstore.pictures.confusion import draw_confusion


def darkness(path: Path) -> np.ndarray:
    return 255 - np.asarray(Image.open(path).convert("L"), float)


def test_a_cell_is_as_dark_as_its_share_of_the_row(tmp_path: Path) -> None:
    """Right and wrong change places where the columns do, and rows do not depend on how many asked."""
    right = darkness(draw_confusion(["a", "b"], np.array([[90, 0], [0, 9]]), tmp_path / "right.png"))
    wrong = darkness(draw_confusion(["a", "b"], np.array([[0, 90], [9, 0]]), tmp_path / "wrong.png"))
    for picture, own, other in ((right, 0, 1), (wrong, 1, 0)):
        cells = [[picture[y : y + 40, x : x + 40].mean() for x in (220, 440)] for y in (215, 430)]
        assert cells[0][own] > 5 * cells[0][other] and cells[1][other] > 5 * cells[1][own]


def test_rows_are_what_is_and_columns_what_it_was_taken_for(tmp_path: Path) -> None:
    picture = darkness(draw_confusion(["a", "b"], np.array([[5, 5], [0, 9]]), tmp_path / "x.png"))
    upper_right, lower_left = picture[215:255, 440:480].mean(), picture[430:470, 220:260].mean()
    assert upper_right > 5 * lower_left


def test_classes_nobody_asked_for_or_answered_with_are_not_drawn(tmp_path: Path) -> None:
    few = draw_confusion(range(30), np.eye(30, dtype=int) * (np.arange(30) < 3), tmp_path / "few.png")
    all_of_them = draw_confusion(range(30), np.eye(30, dtype=int), tmp_path / "all.png")
    assert Image.open(few).size < Image.open(all_of_them).size


def test_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one query"):
        draw_confusion(["a"], np.zeros((1, 1), int), tmp_path / "x.png")
    with pytest.raises(BadInput, match="ending"):
        draw_confusion(["a"], np.ones((1, 1), int), tmp_path / "x.nothing")
