"""Two surfaces in one picture: whose colour is where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from inrstore.pictures.overlay import Mesh, overlay, overlay_sheet

BALL = trimesh.creation.icosphere(subdivisions=3)


def mesh(shift: float = 0.0, scale: float = 1.0) -> Mesh:
    return np.asarray(BALL.vertices, np.float64) * scale + (shift, 0, 0), np.asarray(BALL.faces, np.int64)


def shares(picture: np.ndarray) -> tuple[float, float]:
    """Of the pixels that are no background: how many are rather blue, and how many rather orange."""
    red, _, blue = np.moveaxis(picture.astype(int), -1, 0)
    seen = np.abs(red - blue) > 20
    return float((blue > red)[seen].mean()), float((red > blue)[seen].mean())


def test_what_sticks_out_is_seen_in_its_colour() -> None:
    outer, inner = shares(overlay(mesh(scale=1.2), mesh())), shares(overlay(mesh(), mesh(scale=1.2)))
    assert outer[0] > 0.99 and inner[1] > 0.99


def test_of_two_that_lie_apart_each_has_a_side() -> None:
    picture = overlay(mesh(-1.5), mesh(1.5))
    blue, orange = shares(picture)
    assert 0.3 < blue < 0.7 and 0.3 < orange < 0.7
    half = picture.shape[1] // 2
    assert shares(picture[:, : half // 2 + half // 4])[0] > 0.9 and shares(picture[:, half + half // 4 :])[1] > 0.9


@dataclass
class Member:
    mesh: Mesh
    transform: list[float] | None
    title: str = "ball"
    note: str = ""


def test_members_are_drawn_where_the_first_lies(tmp_path: Path) -> None:
    """The second is the first moved far away and twice as large, and its transform says so: both lie together again."""
    laid = np.diag([2.0, 2.0, 2.0, 1.0])
    laid[0, 3] = 10
    same = [Member(mesh(), None), Member(mesh(10, 2), laid.ravel().tolist())]
    larger = [Member(mesh(), None), Member(mesh(10, 3), laid.ravel().tolist())]
    one, other = (
        np.asarray(Image.open(overlay_sheet([group], tmp_path / f"{name}.png")).convert("RGB"))
        for name, group in (("same", same), ("larger", larger))
    )
    height, width = one.shape[:2]
    left, right = (
        np.s_[height // 4 : height * 5 // 8, int(width * at) : int(width * (at + 0.2))] for at in (0.15, 0.65)
    )
    assert shares(one[left])[0] > 0.99  # the first alone
    assert shares(other[right])[1] > 0.99  # half as large again, it hides the first
    assert shares(one[right])[0] > 0.3
