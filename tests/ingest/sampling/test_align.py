"""Canonical poses: of copies that lie otherwise, of lopsided, square and round things, of what lies so already."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from ingest.files.geometry import Cloud, Mesh, Voxels
from ingest.sampling.align import alignment
from ingest.sampling.normalise import Normalised, normalise
from inrstore.errors import BadInput

KINDS = ("up", "full")


def mesh(*parts: trimesh.Trimesh) -> Mesh:
    whole = trimesh.util.concatenate(parts)
    return Mesh(np.array(whole.vertices), np.array(whole.faces))


def box(size: tuple[float, ...], at: tuple[float, ...] = (0, 0, 0)) -> trimesh.Trimesh:
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix(at))


SOFA = mesh(box((4, 1, 2)), box((4, 1.5, 0.5), (0, 1, -1)), box((0.5, 1, 1), (2, 1, 0)))
TABLE = mesh(box((3, 0.2, 3)), *(box((0.2, 2, 0.2), (x, -1, z)) for x in (-1.2, 1.2) for z in (-1.2, 1.2)))


def turn(kind: str, seed: int) -> np.ndarray:
    if kind == "full":
        return np.asarray(Rotation.random(random_state=seed).as_matrix())
    return np.asarray(Rotation.from_euler("y", seed * 51.3, degrees=True).as_matrix())


def moved(one: Mesh, matrix: np.ndarray) -> Mesh:
    faces = one.faces if np.linalg.det(matrix) > 0 else one.faces[:, ::-1]
    return Mesh(one.vertices @ matrix.T * 3 + (5, -2, 1), faces)


def points(found: Normalised) -> np.ndarray:
    assert isinstance(found.geometry, Mesh)
    return found.geometry.vertices


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_copies_that_lie_otherwise_come_to_lie_alike(kind: str, seed: int) -> None:
    due = points(normalise(SOFA, align=kind))
    found = normalise(moved(SOFA, turn(kind, seed)), align=kind)
    np.testing.assert_allclose(points(found), due, atol=1e-9)
    back = points(found) * found.frame.scale @ np.reshape(found.frame.rotation, (3, 3)) + found.frame.center  # type: ignore[arg-type]
    np.testing.assert_allclose(back, moved(SOFA, turn(kind, seed)).vertices, atol=1e-9)
    assert np.linalg.norm(points(found), axis=1).max() == pytest.approx(1)
    np.testing.assert_allclose(points(found).max(axis=0), -points(found).min(axis=0), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mirror_image_comes_to_lie_as_one(kind: str) -> None:
    """In a mirror that leaves up alone, so that a search that tries those about up finds it."""
    due = points(normalise(SOFA, align=kind))
    for seed in range(3):
        found = points(normalise(moved(SOFA, turn(kind, seed) @ np.diag([-1, 1, 1])), align=kind))
        assert min(np.abs(found - due * sign).max() for sign in ((-1, 1, 1), (1, 1, -1))) < 1e-9


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_square_comes_to_stand_along_the_axes(seed: int) -> None:
    found = points(normalise(moved(TABLE, turn("up", seed)), align="up"))
    due = points(normalise(TABLE))
    apart = np.linalg.norm(found[:, None] - due, axis=2).min(axis=1)
    assert apart.max() < 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_twice_is_once_and_what_is_open_stays(kind: str) -> None:
    vase = mesh(trimesh.creation.cone(1, 3, sections=64))
    ball = mesh(trimesh.creation.icosphere(3))
    crate = mesh(box((2, 2, 2)))
    for one in (SOFA, TABLE, vase, ball, crate):
        once = normalise(moved(one, turn(kind, 2)), align=kind)
        assert isinstance(once.geometry, Mesh)
        np.testing.assert_allclose(alignment(kind, once.geometry.vertices, once.geometry.faces), np.eye(3), atol=1e-6)
    for one in (ball, crate):
        np.testing.assert_allclose(alignment(kind, one.vertices, one.faces), np.eye(3), atol=1e-6)


def test_the_longest_lies_along_x_and_the_least_upright() -> None:
    tower = mesh(box((1, 9, 3)))
    np.testing.assert_allclose(np.ptp(points(normalise(tower, align="full")), axis=0).argsort(), (1, 2, 0))
    np.testing.assert_allclose(np.ptp(points(normalise(tower, align="up")), axis=0).argsort(), (2, 0, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_surface_counts_not_the_triangles(kind: str) -> None:
    vertices, faces = trimesh.remesh.subdivide(SOFA.vertices, SOFA.faces, face_index=np.arange(9))
    due = alignment(kind, SOFA.vertices, SOFA.faces)
    np.testing.assert_allclose(alignment(kind, vertices, faces), due, atol=1e-9)
    assert not np.allclose(due, alignment(kind, vertices), atol=1e-3)


def test_moments_against_points_drawn_from_the_surface() -> None:
    whole = trimesh.Trimesh(SOFA.vertices, SOFA.faces, process=False)
    cloud, _ = trimesh.sample.sample_surface(whole, 200_000, seed=0)
    matrix = turn("full", 4)
    for kind in KINDS:
        of_mesh = alignment(kind, SOFA.vertices @ matrix.T, SOFA.faces)
        np.testing.assert_allclose(alignment(kind, cloud @ matrix.T), of_mesh, atol=0.02)


def test_clouds_are_aligned_and_voxels_refused() -> None:
    cloud, _ = trimesh.sample.sample_surface(trimesh.Trimesh(SOFA.vertices, SOFA.faces), 500, seed=0)
    due = normalise(Cloud(cloud), align="full").geometry
    found = normalise(Cloud(cloud @ turn("full", 1).T), align="full").geometry
    assert isinstance(due, Cloud) and isinstance(found, Cloud)
    np.testing.assert_allclose(found.points, due.points, atol=1e-9)
    with pytest.raises(BadInput, match="voxels cannot be turned"):
        normalise(Voxels.centred(np.ones((3, 4, 5), bool)), align="up")


def test_up_comes_first() -> None:
    lying = Mesh(SOFA.vertices @ [[1, 0, 0], [0, 0, 1], [0, -1, 0]], SOFA.faces)  # Z up
    first = normalise(lying, "z", "up")
    np.testing.assert_allclose(points(first), points(normalise(SOFA, align="up")), atol=1e-9)
    assert first.quality["aligned_up"] == 1 and "aligned_up" not in normalise(lying, "z").quality
