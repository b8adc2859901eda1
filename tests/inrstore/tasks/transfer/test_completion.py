"""What is decoded and what was seen become one closed mesh, by balls in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from inrstore.network.fields import CLIP, raw_of
from inrstore.surface.extraction import Field
from inrstore.surface.pieces import Pieces
from inrstore.surface.simplify import watertight
from inrstore.tasks.transfer.completion import SHEET, with_seen

Away = Callable[[np.ndarray], np.ndarray]


def ball(x: float, radius: float) -> Away:
    return lambda points: np.linalg.norm(points - [x, 0, 0], axis=1) - radius


class Guessing:
    """In place of `Codes`: a ball of .3, and a crumb that nothing was seen of."""

    def field(self, code: np.ndarray, name: str) -> Field:
        away = lambda points: np.minimum(ball(-0.4, 0.3)(points), ball(0.8, 0.05)(points))  # noqa: E731
        return lambda points: raw_of(0.5 - np.clip(away(points), -CLIP, CLIP) / (2 * CLIP))


def seen(*surfaces: Away) -> Field:
    def field(points: np.ndarray) -> np.ndarray:
        distances = np.min([np.abs(away(points)) for away in surfaces], axis=0)
        return raw_of(1 - np.minimum(distances, CLIP) / CLIP)

    return field


def made(*surfaces: Away) -> tuple[np.ndarray, np.ndarray]:
    vertices, faces = with_seen(cast(Any, Guessing()), np.zeros(1, np.float32), "sdf", seen(*surfaces), 96)
    assert watertight(faces)
    return vertices, faces


def test_what_is_decoded_lies_where_it_was_seen_and_unseen_crumbs_are_left_out() -> None:
    vertices, faces = made(ball(-0.4, 0.315))  # a little larger than it is guessed
    assert Pieces.of(vertices, faces).count == 1
    np.testing.assert_allclose(np.linalg.norm(vertices + [0.4, 0, 0], axis=1), 0.315, atol=0.004)


def test_what_is_not_decoded_is_a_sheet() -> None:
    vertices, _ = made(ball(-0.4, 0.3), ball(0.4, 0.2))
    sheet = np.linalg.norm(vertices[vertices[:, 0] > 0.1] - [0.4, 0, 0], axis=1)
    assert len(sheet) > 100 and np.abs(np.abs(sheet - 0.2) - SHEET).max() < 0.004
    assert sheet.min() < 0.2 < sheet.max()  # both its sides
    assert vertices[:, 0].max() == pytest.approx(0.6 + SHEET, abs=0.004)  # and the crumb is gone
