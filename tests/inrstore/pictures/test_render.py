"""Pictures: where the shape is, what light it has, and that sheets hold every tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.errors import BadInput
from inrstore.pictures.render import (
    BACKGROUND,
    render_mesh,
    render_points,
    render_shape,
    search_sheet,
    thumbnail,
)
from inrstore.pictures.sheet import Tile, sheet
from tests.inrstore.surface.decoding import OneShape

REF = "abcdef0123"


@pytest.fixture(scope="module")
def ball() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(4)


def blue(image: np.ndarray) -> np.ndarray:
    """Where the shape is: its colour is blue, background and shadow are grey."""
    return np.asarray(image[..., 2].astype(int) - image[..., 0] > 25)


def test_a_ball_is_a_lit_disc(ball: trimesh.Trimesh) -> None:
    image = render_mesh(ball.vertices, ball.faces, 128)
    assert image.shape == (128, 128, 3) and image.dtype == np.uint8
    disc = blue(image)
    assert disc.mean() == pytest.approx(np.pi / 4 * 0.84**2, rel=0.03)
    rows = image.mean(axis=2)
    assert rows[35:50, 45:60].mean() > rows[85:100, 70:85].mean() + 20  # light from the upper left
    corner = (np.array(BACKGROUND) * 255).round()
    assert np.abs(image[0, 0] - corner).max() < 12


def test_the_same_picture_at_any_scale_and_orientation_of_faces(ball: trimesh.Trimesh) -> None:
    image = render_mesh(ball.vertices, ball.faces, 64).astype(int)
    moved = render_mesh(ball.vertices * 1e-6 + 5e-5, ball.faces, 64).astype(int)
    turned = render_mesh(ball.vertices, ball.faces[:, ::-1], 64).astype(int)
    assert np.abs(image - moved).mean() < 1
    assert np.abs(image - turned).mean() < 1
    assert np.array_equal(image, render_mesh(ball.vertices, ball.faces, 64))


def test_the_faces_of_a_box_are_flat() -> None:
    """Its corners are shared by faces at right angles, over which nothing may be smoothed."""
    solid = trimesh.creation.box((1, 0.5, 0.7))
    image = render_mesh(solid.vertices, solid.faces, 128).astype(int)
    for row, column in ((38, 62), (65, 40), (65, 100)):  # top, front, right
        patch = image[row - 5 : row + 5, column - 5 : column + 5]
        assert blue(patch).all() and np.ptp(patch, axis=(0, 1)).max() < 8


def test_up_is_up() -> None:
    cone = trimesh.creation.cone(0.5, 1.5)  # its tip points along Z
    vertices = cone.vertices[:, [1, 2, 0]]
    rows = blue(render_mesh(vertices, cone.faces, 128)).sum(axis=1)
    filled = np.flatnonzero(rows)
    assert rows[filled[0] + 5] < rows[filled[-1] - 20] / 3


def test_points(ball: trimesh.Trimesh) -> None:
    few = render_points(ball.vertices[:500], 96)
    assert 0.05 < blue(few).mean() < 0.6
    many = np.random.default_rng(0).normal(size=(50_000, 3))
    assert render_points(many, 64).shape == (64, 64, 3)
    assert render_points(np.zeros((1, 3)), 32).shape == (32, 32, 3)


def test_bad_arguments(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="size: 5 pixels"):
        render_mesh(ball.vertices, ball.faces, 5)
    with pytest.raises(BadInput, match=r"vertices: .*expected is \(n, 3\)"):
        render_mesh(np.zeros((3, 2)), np.zeros((1, 3), int))
    with pytest.raises(BadInput, match="faces: 0 to 3, expected are rows of 3"):  # the ray caster would crash
        render_mesh(np.zeros((3, 3)), np.array([[0, 1, 3]]))
    with pytest.raises(BadInput, match="without faces"):
        render_mesh(ball.vertices, ball.faces[:0])
    with pytest.raises(BadInput, match="without points"):
        render_points(np.zeros((0, 3)))
    with pytest.raises(BadInput, match="use .png"):
        render_shape(OneShape(), REF, tmp_path / "a.obj")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="use .png"):
        sheet([[Tile(None, "a")]], tmp_path / "a.obj")
    with pytest.raises(BadInput, match="at least one"):
        sheet([], tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "name"), [("mesh", "sdf"), ("mesh", "udf"), ("cloud", "udf"), ("voxels", "occ")])
def test_thumbnails_of_stored_shapes(kind: str, name: str) -> None:
    store: Any = OneShape(kind=kind, field=name)
    assert 0.1 < blue(thumbnail(store, REF, 64)).mean() < 0.8


def test_render_shape_writes_a_picture(tmp_path: Path) -> None:
    store: Any = OneShape()
    path = render_shape(store, REF, tmp_path / "box.png", 96)
    with Image.open(path) as image:
        assert image.size == (96, 96)


@dataclass
class Hit:
    id: str
    label: str | None
    score: float


@dataclass
class Result:
    query: str
    hits: list[Hit] = field(default_factory=list)
    id: str | None = None


def test_a_sheet_of_searches(tmp_path: Path) -> None:
    store: Any = OneShape()
    hits = [Hit(REF, "box", 0.99), Hit(REF, "a very long label of a shape", 0.5)]
    results = [Result("box.obj", hits, REF), Result("scan.ply", hits[:1]), Result("drawn.obj")]
    drawn = np.full((32, 32, 3), (200, 0, 0), np.uint8)
    path = search_sheet(store, results, tmp_path / "sheet.png", {"drawn.obj": drawn})
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape[1] == pytest.approx(pixels.shape[0], rel=0.2)  # three by three tiles
    thirds = [blue(part).mean() for part in np.array_split(pixels, 3, axis=0)]
    assert thirds[0] > thirds[1] > thirds[2]  # three shapes, one, none
    assert (pixels == (200, 0, 0)).all(axis=2).sum() > 10_000
    assert sheet([[Tile(drawn, "query")]], tmp_path / "one.pdf").read_bytes()[:4] == b"%PDF"
