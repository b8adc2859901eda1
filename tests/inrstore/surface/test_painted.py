"""Surfaces and clouds with colours, read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.surface.painted import PALETTE, palette, write_painted

BOX = trimesh.creation.box()


def test_colours_of_faces_come_back(tmp_path: Path) -> None:
    colors = palette(5)[np.arange(12) % 5]
    path = write_painted(BOX.vertices, BOX.faces, colors, tmp_path / "box.ply")
    back = trimesh.load(path, process=False)
    np.testing.assert_array_equal(back.visual.face_colors[:, :3], colors[:, :3])
    np.testing.assert_array_equal(back.faces, BOX.faces)
    path = write_painted(BOX.vertices, BOX.faces, colors, tmp_path / "box.glb")
    (back,) = trimesh.load(path, process=False).geometry.values()
    assert len(back.faces) == 12 and len(back.vertices) == 36  # a vertex has one colour only
    for corner in range(3):
        np.testing.assert_array_equal(back.visual.vertex_colors[back.faces[:, corner], :3], colors[:, :3])
    np.testing.assert_allclose(back.triangles, BOX.triangles, atol=1e-6)


def test_colours_of_points_come_back(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    colors = palette(20)
    back = trimesh.load(write_painted(points, None, colors, tmp_path / "cloud.ply"))
    np.testing.assert_array_equal(back.visual.vertex_colors[:, :3], colors[:, :3])
    np.testing.assert_allclose(back.vertices, points, atol=1e-6)


def test_the_palette_begins_anew() -> None:
    colors = palette(25)
    assert colors.shape == (25, 4) and (colors[:, 3] == 255).all()
    np.testing.assert_array_equal(colors[20:], colors[:5])
    assert len({tuple(row) for row in colors.tolist()}) == len(PALETTE) and colors[0, :3].tolist() == [0x4E, 0x79, 0xA7]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"colours are written as ply, glb"):
        write_painted(BOX.vertices, BOX.faces, palette(12), tmp_path / "box.stl")
    with pytest.raises(BadInput, match="does not exist; create it first"):
        write_painted(BOX.vertices, BOX.faces, palette(12), tmp_path / "none" / "box.ply")
