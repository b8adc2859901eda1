"""What is border, hidden or thin, on solids whose distances are known."""

from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh

from ingest.sampling.skin import ASKED, LEAST, MOST_ADDED, ROUGH, Skin, Winding, skin
from inrstore.network.recipe import SamplingRecipe
from inrstore.surface.points import Faces, Vertices, surface_points
from inrstore.surface.sampling import query_points

SAMPLING = SamplingRecipe(((0.02, 600), (0.1, 300)), 300)
HALF = np.array((0.5, 0.4, 0.3))
BALL = trimesh.creation.icosphere(subdivisions=4, radius=0.9)
TORUS = trimesh.creation.torus(0.6, 0.25, major_sections=96, minor_sections=48)


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def arrays(*meshes: trimesh.Trimesh) -> tuple[Vertices, Faces]:
    both = trimesh.util.concatenate(list(meshes)) if len(meshes) > 1 else meshes[0]
    return np.array(both.vertices, np.float64), np.array(both.faces, np.int64)


def skin_of(*meshes: trimesh.Trimesh) -> Skin:
    return skin(*arrays(*meshes), seeded())


def to_box(points: np.ndarray, half: np.ndarray) -> np.ndarray:
    q = np.abs(points) - half
    return np.linalg.norm(q.clip(0), axis=1) + np.minimum(q.max(axis=1), 0)


def panel(thickness: float) -> trimesh.Trimesh:
    """A board in the middle plane, of faces no larger than a fifth of it."""
    return trimesh.creation.box((1.2, 1.0, thickness)).subdivide_to_size(0.2)


def test_a_solid_is_all_border() -> None:
    found = skin_of(BALL)
    assert len(found.border) == len(found.seen) == len(BALL.faces)
    assert len(found.sheets) == 0 and found.quality == {}


def test_what_lies_inside_another_part_is_hidden() -> None:
    """A ball in a larger one: only the larger can be seen, and the field inside knows nothing of the smaller."""
    found = skin_of(BALL, BALL.copy().apply_scale(0.5))
    assert len(found.seen) == len(BALL.faces)
    assert found.quality == {"hidden": pytest.approx(0.2, abs=0.01)}
    points = seeded(1).uniform(-0.5, 0.5, (500, 3))
    distance = found.ask(points).distance
    np.testing.assert_allclose(distance, np.linalg.norm(points, axis=1) - 0.9, atol=3e-3)


def test_a_face_with_another_part_close_behind_is_still_seen() -> None:
    """At the depth of a full wall it is inside twice over, but not just behind the face."""
    outer, inner = trimesh.creation.box((1, 1, 1)), trimesh.creation.box((0.6, 0.6, 0.6))
    inner.apply_translation((0, 0, 0.5 - 0.3 - LEAST / 2))
    found = skin_of(outer, inner)
    assert len(found.seen) == len(outer.faces)
    assert np.abs(found.vertices[found.seen]).max(axis=2).min() == 0.5  # of every face, every corner


def test_solids_that_overlap_and_end_in_one_plane_keep_their_faces_there() -> None:
    """Two boxes side by side, a fifth of each in the other: top, bottom, front and back are flush."""
    one = trimesh.creation.box((1, 0.8, 0.6)).subdivide_to_size(0.15)
    both = one.copy().apply_translation((-0.4, 0, 0)), one.copy().apply_translation((0.4, 0, 0))
    points = seeded(2).uniform(-0.99, 0.99, (2_000, 3))
    near = points[np.abs(to_box(points, np.array((0.9, 0.4, 0.3)))) < 0.2]
    np.testing.assert_allclose(skin_of(*both).ask(near).distance, to_box(near, np.array((0.9, 0.4, 0.3))), atol=1e-6)


def test_a_mesh_twice_over_is_the_solid_that_it_is_once() -> None:
    found = skin_of(BALL, BALL)
    points = seeded(3).uniform(-1, 1, (500, 3))
    np.testing.assert_allclose(found.ask(points).distance, np.linalg.norm(points, axis=1) - 0.9, atol=3e-3)


def test_a_cavity_is_not_hidden() -> None:
    inner = BALL.copy().apply_scale(0.5)
    inner.invert()
    found = skin_of(BALL, inner)
    assert len(found.seen) == 2 * len(BALL.faces) and "hidden" not in found.quality
    distance = found.ask(np.array([[0.0, 0, 0], [0.675, 0, 0], [1.0, 0, 0]])).distance
    np.testing.assert_allclose(distance, [0.45, -0.225, 0.1], atol=3e-3)


@pytest.mark.parametrize("thickness", [1e-4, 0.004, 0.012, 0.0175])
def test_a_thin_wall_is_filled_up_to_the_least_thickness_but_by_no_more_than_is_seen(thickness: float) -> None:
    found = skin_of(panel(thickness))
    added = min((LEAST - thickness) / 2, MOST_ADDED)
    across = np.linspace(-0.05, 0.05, 101)
    points = np.column_stack([np.full(101, 0.1), np.full(101, 0.05), across])
    distance = found.ask(points).distance
    outside = np.abs(across) > thickness / 2 + added
    np.testing.assert_allclose(distance[outside], (np.abs(across) - thickness / 2 - added)[outside], atol=1e-4)
    assert (distance[~outside] <= 1e-9).all()


def test_a_wall_of_full_thickness_is_left_as_it_is() -> None:
    found = skin_of(panel(0.03))
    assert len(found.sheets) == 0
    points = seeded(2).uniform(-0.7, 0.7, (500, 3))
    distance = found.ask(points).distance
    np.testing.assert_allclose(distance, to_box(points, np.array([0.6, 0.5, 0.015])), atol=1e-6)


def test_two_sides_on_each_other_are_a_sheet() -> None:
    """The same square twice, cut along the other diagonal and facing the other way: closed, and of no volume."""
    square = np.array([(-0.5, -0.5, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (-0.5, 0.5, 0)], float)
    faces = np.array([(0, 1, 2), (0, 2, 3), (1, 0, 3), (1, 3, 2)])
    found = skin(square, faces, seeded())
    assert found.quality["sheets"] == 1.0
    points = np.column_stack([seeded(3).uniform(-0.4, 0.4, (200, 2)), seeded(4).uniform(-0.1, 0.1, 200)])
    distance = found.ask(points).distance
    np.testing.assert_allclose(distance, np.abs(points[:, 2]) - MOST_ADDED, atol=1e-6)


def test_a_sheet_beside_a_solid_leaves_the_solid_its_inside() -> None:
    """A cloth hangs over a box: the air under it stays outside, the box full."""
    box = trimesh.creation.box(2 * HALF)
    cloth = BALL.submesh([np.flatnonzero(BALL.triangles_center[:, 2] > 0.1)], append=True)
    found = skin_of(box, cloth)
    asked = np.array([[0.0, 0, 0], [0, 0, 0.5], [0, 0, 0.9]])
    said = found.ask(asked)
    np.testing.assert_allclose(said.distance, [-0.3, 0.2, -MOST_ADDED], atol=3e-3)
    np.testing.assert_allclose(said.winding, [1, 0, 0], atol=0.02)


def test_of_many_faces_some_are_asked_and_the_others_are_like_them() -> None:
    fine = panel(0.004).subdivide_to_size(0.02)
    assert len(fine.faces) > 2 * ASKED
    found = skin_of(fine)
    assert found.quality["sheets"] > 0.99


def test_rough_winding_numbers_give_the_signs_of_the_exact_ones() -> None:
    """Loose and holed faces of many sizes, where the expansion of far faces is at its worst."""
    rng = seeded(3)
    parts = [TORUS, BALL.copy().apply_translation((0.5, 0.2, 0.1)), trimesh.creation.box(2 * HALF)]
    mesh = trimesh.util.concatenate(parts)
    mesh.update_faces(rng.random(len(mesh.faces)) > 0.02)
    vertices, faces = arrays(mesh)
    points = query_points(surface_points(vertices, faces, 900, rng), SAMPLING, rng)
    exact = igl.winding_number(vertices, faces, points)
    found = Winding(vertices, faces)(points)
    doubtful = np.abs(exact - 0.5) < 0.3
    rough = igl.FastWindingNumberBVH()
    rough.init(vertices, faces)
    assert np.abs(rough.winding_number(points, ROUGH) - exact)[doubtful].max() > 0.01  # else this would show nothing
    np.testing.assert_allclose(found[doubtful], exact[doubtful], atol=0.005)
    sure = np.abs(exact - 0.5) > 0.02
    assert sure.mean() > 0.95 and ((exact > 0.5) & sure).sum() > 200
    np.testing.assert_array_equal(found[sure] > 0.5, exact[sure] > 0.5)


def test_a_cloud_of_signs_without_doubt_needs_no_second_look() -> None:
    vertices, faces = arrays(BALL)
    far = np.array([[0.0, 0, 0], [2, 0, 0]])
    np.testing.assert_allclose(Winding(vertices, faces)(far), [1, 0], atol=0.05)
