"""Faces are turned outward, judged by volumes, winding numbers and analytic normals."""

from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh

from ingest.sampling.orient import orient
from inrstore.surface.points import Faces, Vertices

BALL = trimesh.creation.icosphere(subdivisions=2)
BOX = trimesh.creation.box((1, 2, 3)).subdivide()


def arrays(*meshes: trimesh.Trimesh) -> tuple[Vertices, Faces]:
    both = trimesh.util.concatenate(list(meshes)) if len(meshes) > 1 else meshes[0]
    return np.array(both.vertices, np.float64), np.array(both.faces, np.int64)


def turned(vertices: Vertices, faces: Faces, seed: int = 0) -> Faces:
    return orient(vertices, np.ascontiguousarray(faces), np.random.default_rng(seed))


def volume(vertices: Vertices, faces: Faces) -> float:
    return float(np.linalg.det(vertices[faces]).sum() / 6)


def winding(vertices: Vertices, faces: Faces, *points: tuple[float, float, float]) -> list[float]:
    return [round(float(w), 3) for w in igl.winding_number(vertices, faces, np.array(points, float))]


@pytest.mark.parametrize("mesh", [BALL, BOX], ids=["ball", "box"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_closed_mesh_faces_outward_however_its_faces_were_wound(mesh: trimesh.Trimesh, share: float) -> None:
    vertices, faces = arrays(mesh)
    flip = np.random.default_rng(1).random(len(faces)) < share
    mixed = np.where(flip[:, None], faces[:, ::-1], faces)
    found = turned(vertices, mixed)
    assert volume(vertices, found) == pytest.approx(mesh.volume)
    np.testing.assert_array_equal(np.sort(found, axis=1), np.sort(faces, axis=1))  # the same faces, in order


@pytest.mark.parametrize("flipped", [(0,), (1,), (0, 1)])
def test_disjoint_boxes_are_turned_each_for_itself(flipped: tuple[int, ...]) -> None:
    boxes = [BOX.copy(), BOX.copy().apply_translation((4, 0, 0))]
    for index in flipped:
        boxes[index].invert()
    vertices, faces = arrays(*boxes)
    found = turned(vertices, faces)
    assert winding(vertices, found, (0, 0, 0), (4, 0, 0), (2, 0, 0)) == [1, 1, 0]


def test_the_wall_of_a_cavity_keeps_facing_inward() -> None:
    inner = BALL.copy().apply_scale(0.5)
    inner.invert()
    vertices, faces = arrays(BALL, inner)
    found = turned(vertices, faces)
    assert winding(vertices, found, (0, 0, 0), (0.75, 0, 0), (2, 0, 0)) == [0, 1, 0]


@pytest.mark.parametrize("inverted", [False, True])
def test_an_open_cup_faces_away_from_its_hollow(inverted: bool) -> None:
    vertices, faces = arrays(BALL)
    cup = faces[vertices[faces].mean(axis=1)[:, 2] < 0.3]
    found = turned(vertices, cup[:, ::-1] if inverted else cup)
    corners = vertices[found]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ij,ij->i", normals, corners.mean(axis=1)) > 0).all()


def test_a_cup_beside_a_box_does_not_turn_it() -> None:
    vertices, faces = arrays(BALL, BOX.copy().apply_translation((4, 0, 0)))
    open_ball = (vertices[faces].mean(axis=1)[:, 0] > 1.1) | (vertices[faces].mean(axis=1)[:, 2] < 0.3)
    found = turned(vertices, faces[open_ball][:, ::-1])
    assert winding(vertices, found, (4, 0, 0)) == [pytest.approx(1, abs=0.1)]
    assert winding(vertices, found, (0, 0, -0.5))[0] > 0.5


def test_equal_seeds_give_equal_faces_and_the_input_is_left_alone() -> None:
    vertices, faces = arrays(BALL)
    cup = np.ascontiguousarray(faces[:200, ::-1])
    before = cup.copy()
    np.testing.assert_array_equal(turned(vertices, cup, 5), turned(vertices, cup, 5))
    np.testing.assert_array_equal(cup, before)


def test_size_and_place_do_not_matter() -> None:
    vertices, faces = arrays(BALL)
    cup = faces[vertices[faces].mean(axis=1)[:, 2] < 0.3][:, ::-1]
    small = turned(vertices, cup)
    np.testing.assert_array_equal(turned(vertices * 1e3 + 7, cup), small)
