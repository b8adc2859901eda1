"""Pictures by rays: where the shape is, what light and what colours it has."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadArray, BadInput
from inrstore.pictures.render import COLOR, render_mesh, render_points
from inrstore.pictures.shading import BACKGROUND


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


def test_what_is_enclosed_is_darker_than_what_is_open() -> None:
    """A floor between two walls, and the same floor alone."""
    floor = trimesh.creation.box((2, 0.02, 2))
    walls = [trimesh.creation.box((0.02, 0.8, 2)).apply_translation((x, 0.4, 0)) for x in (-1, 1)]
    front = (0.0, 60.0)  # from above, so that the floor is seen
    between = trimesh.util.concatenate([floor, *walls])
    alone = trimesh.util.concatenate([floor, *(wall.apply_translation((0, -0.81, 0)) for wall in walls)])
    rows = slice(60, 68)
    inside = render_mesh(between.vertices, between.faces, 128, front)[rows].mean(axis=(0, 2))
    beside = render_mesh(alone.vertices, alone.faces, 128, front)[rows].mean(axis=(0, 2))
    assert abs(inside[64] - beside[64]) < 2, "out of the walls' reach"
    assert inside[16] < inside[24] - 3 < beside[24] - 8, "the nearer the wall the darker"


def test_colours_are_painted_where_they_belong() -> None:
    """A square of two triangles seen from the front, red where its first corner is, blue where its second one is."""
    vertices = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], float)
    faces = np.array([(0, 1, 2), (0, 2, 3)])
    reds = np.array([1.0, 0, 0, 1.0])

    def paint(which: np.ndarray, shares: np.ndarray) -> np.ndarray:
        red = (reds[faces[which]] * shares).sum(axis=1)
        return np.stack([red, np.zeros_like(red), 1 - red], axis=1).astype(np.float32) * 0.7

    image = render_mesh(vertices, faces, 128, (0, 0), paint).astype(int)
    row = image[64, 16:112]
    assert (np.diff(row[:, 0]) <= 1).all() and (np.diff(row[:, 2]) >= -1).all() and (row[:, 1] < 8).all()
    assert abs(row[48, 0] - row[48, 2]) < 12 and row[4, 0] > 5 * row[4, 2]


def test_what_is_cut_out_shows_what_lies_behind() -> None:
    """Three squares, one behind the other: the first is a hole, the left half of the second too, the last is green."""
    square = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], float)
    vertices = np.concatenate([square + (0, 0, z) for z in (0.2, 0.1, 0)])
    faces = np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * number for number in range(3)])

    def paint(which: np.ndarray, shares: np.ndarray) -> np.ndarray:
        x = (vertices[faces[which], 0] * shares).sum(axis=1)
        there = np.select([which < 2, which < 4], [np.zeros_like(x), x > 0], 1)
        green = which >= 4
        return np.stack([0.7 * ~green, 0.7 * green, 0 * x, there], axis=1).astype(np.float32)

    image = render_mesh(vertices, faces, 64, (0, 0), paint).astype(int)
    left, right = image[32, 20], image[32, 44]
    assert left[1] > 5 * left[0] and right[0] > 5 * right[1]


def test_one_colour_is_as_good_as_a_paint(ball: trimesh.Trimesh) -> None:
    plain = render_mesh(ball.vertices, ball.faces, 64)
    painted = render_mesh(ball.vertices, ball.faces, 64, color=lambda faces, _: np.tile(COLOR, (len(faces), 1)))
    assert np.abs(plain.astype(int) - painted).max() <= 1


def test_thin_bars_are_there_and_borders_are_smooth() -> None:
    """A bar of a third of a pixel covers a third of each pixel on its way, on average."""
    turned = trimesh.transformations.rotation_matrix(0.3, (0, 0, 1))
    bar = trimesh.creation.box((0.005, 2, 0.005)).apply_transform(turned)
    frame = trimesh.creation.box((2, 0.02, 0.02)).apply_translation((0, -1, 0))
    both = trimesh.util.concatenate([bar, frame])
    image = render_mesh(both.vertices, both.faces, 128, (0, 0)).astype(int)
    dark = (250 - image[20:100].min(axis=2)).clip(0)  # of rows without the frame
    assert (dark.max(axis=1) > 12).mean() > 0.6
    square = trimesh.creation.box((1, 1, 1)).apply_transform(turned)
    image = render_mesh(square.vertices, square.faces, 128, (0, 0)).astype(int)
    levels = {tuple(pixel) for pixel in image[30:100, 10:40].reshape(-1, 3) // 8}
    assert len(levels) >= 5, "background, square, and at least three steps between them"


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


def test_points_have_colours_of_their_own(ball: trimesh.Trimesh) -> None:
    many = np.repeat(ball.vertices, 30, axis=0)  # more than are drawn
    red, green = np.array([0.9, 0.1, 0.1]), np.array([0.1, 0.8, 0.1])
    image = render_points(many, 96, color=np.where(many[:, 1:2] > 0, red, green)).astype(int)
    reddish, greenish = image[..., 0] > image[..., 1] + 40, image[..., 1] > image[..., 0] + 40
    upper, lower = np.nonzero(reddish)[0].mean(), np.nonzero(greenish)[0].mean()
    assert reddish.mean() > 0.05 and greenish.mean() > 0.01 and upper < lower - 20
    small = render_points(ball.vertices[:300], 96, fit=3 * ball.vertices)  # as part of something larger
    assert blue(small).mean() < blue(render_points(ball.vertices[:300], 96)).mean() / 3


def test_bad_arguments(ball: trimesh.Trimesh) -> None:
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
    with pytest.raises(BadArray, match=r"vertices: .* expected"):
        render_mesh([[0, 0, "x"]], ball.faces)  # type: ignore[arg-type]
