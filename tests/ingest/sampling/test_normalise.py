"""The frame, the cleaning, and the identity of content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Geometry, Mesh, Voxels
from ingest.files.load import load
from ingest.sampling.content import content_hash
from ingest.sampling.normalise import Normalised, normalise
from inrstore.errors import BadInput

TORUS = trimesh.creation.torus(2, 0.7)
MESH = Mesh(np.array(TORUS.vertices), np.array(TORUS.faces))


def back(result: Normalised, points: np.ndarray) -> np.ndarray:
    frame = result.frame
    rotation = np.eye(3) if frame.rotation is None else np.reshape(frame.rotation, (3, 3))
    return (points * frame.scale) @ rotation + np.array(frame.center)


def vertices(result: Normalised) -> np.ndarray:
    assert isinstance(result.geometry, Mesh)
    return result.geometry.vertices


def identity(geometry: Geometry, up: str = "y") -> str:
    return content_hash(normalise(geometry, up).geometry)


@pytest.mark.parametrize("up", ["y", "z"])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_into_the_unit_ball_and_back(up: str, size: float) -> None:
    moved = MESH.vertices * size + np.array((3, -2, 5)) * size
    result = normalise(Mesh(moved, MESH.faces), up)
    x = vertices(result)
    assert np.linalg.norm(x, axis=1).max() == pytest.approx(1)
    np.testing.assert_allclose(x.max(axis=0), -x.min(axis=0), atol=1e-12)
    assert len(x) == len(moved)
    np.testing.assert_allclose(back(result, x), moved, rtol=1e-12, atol=1e-12 * size)


def test_z_up_becomes_y_up() -> None:
    tall = trimesh.creation.box((1, 2, 9))  # tall along z
    x = vertices(normalise(Mesh(np.array(tall.vertices), np.array(tall.faces)), "z"))
    assert np.argmax(np.ptp(x, axis=0)) == 1
    rotation = np.reshape(normalise(MESH, "z").frame.rotation, (3, 3))  # type: ignore[arg-type]
    assert np.linalg.det(rotation) == pytest.approx(1)
    with pytest.raises(BadInput, match="up is 'x'"):
        normalise(MESH, "x")


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_cleaning(size: float) -> None:
    corners = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0), (2, 0, 0), (9, 9, 9)]) * size
    faces = np.array(
        [
            (0, 1, 2),
            (0, 4, 2),  # the same with a copy of a vertex
            (2, 1, 0),  # the same, looking the other way
            (0, 1, 5),  # a line
            (1, 4, 3),  # an edge
            (0, 1, 3),
        ]
    )
    result = normalise(Mesh(corners, faces))
    assert isinstance(result.geometry, Mesh)
    assert result.quality == {"vertices": 4, "faces": 2, "degenerate_faces": 2, "duplicate_faces": 2}
    assert len(result.geometry.vertices) == 4  # neither the copy nor the two that no face uses any more


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_vertices_that_are_not_finite(value: float) -> None:
    broken = MESH.vertices.copy()
    broken[:3, 1] = value
    with pytest.raises(BadInput, match=f"3 of {len(broken):,} vertices are not finite"):
        normalise(Mesh(broken, MESH.faces))
    unused = np.vstack([MESH.vertices, np.full((1, 3), value)])
    assert identity(Mesh(unused, MESH.faces)) == identity(MESH)


@pytest.mark.parametrize(
    "corners, faces, message",
    [
        (np.zeros((3, 3)), [(0, 1, 2)], "one point"),
        ([(0, 0, 0), (1, 1, 1), (2, 2, 2)], [(0, 1, 2)], "none of its 1 triangles has an area"),
        (np.eye(3), [(0, 1, 3)], "does not exist"),
        (np.eye(3), np.empty((0, 3), int), "no faces"),
        (np.eye(3) * 1e308 * 1.7, [(0, 1, 2)], None),
    ],
)
def test_unusable_meshes(corners: object, faces: object, message: str | None) -> None:
    mesh = Mesh(np.array(corners, np.float64), np.array(faces, np.int64))
    if message:
        with pytest.raises(BadInput, match=message):
            normalise(mesh)
    else:
        with pytest.raises(BadInput, match="too far apart"):
            normalise(mesh)


def test_one_triangle_is_a_shape() -> None:
    assert normalise(Mesh(np.eye(3), np.array([(0, 1, 2)]))).quality["faces"] == 1


def test_clouds() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3))
    holes = np.vstack([points, points[:5], [(np.nan, 0, 0)]])
    result = normalise(Cloud(holes))
    assert isinstance(result.geometry, Cloud) and len(result.geometry.points) == 50
    assert result.quality == {"points": 50, "dropped_points": 1}
    for few in (points[:3], np.full((9, 3), np.nan), np.zeros((9, 3)), np.empty((0, 3))):
        with pytest.raises(BadInput):
            normalise(Cloud(few))


def test_voxels_are_cropped_and_fit_into_the_ball() -> None:
    grid = np.zeros((8, 9, 10), bool)
    grid[2:5, 3:5, 4:9] = True
    result = normalise(Voxels(grid, np.array((10.0, 20, 30)), 0.5))
    assert isinstance(result.geometry, Voxels) and result.geometry.grid.shape == (3, 2, 5)
    np.testing.assert_allclose(result.frame.center, (11.5, 21.75, 33))
    np.testing.assert_allclose(back(result, result.geometry.origin), (11, 21.5, 32))
    half = np.array((3, 2, 5)) / 2 * result.geometry.pitch
    assert np.linalg.norm(half) == pytest.approx(1)
    with pytest.raises(BadInput, match="no cell"):
        normalise(Voxels.centred(np.zeros((3, 3, 3))))


def test_voxels_with_z_up() -> None:
    grid = np.random.default_rng(0).random((3, 4, 5)) > 0.5
    grid[0, 0, 0] = grid[2, 3, 4] = True
    voxels = Voxels(grid, np.array((1.0, 2, 3)), 2.0)
    result = normalise(voxels, "z")
    turned = result.geometry
    assert isinstance(turned, Voxels)
    cells = back(result, np.argwhere(turned.grid) * turned.pitch + turned.origin)
    expected = np.argwhere(grid) * voxels.pitch + voxels.origin
    np.testing.assert_allclose(sorted(map(tuple, cells.round(6))), sorted(map(tuple, expected)))


SOLIDS = {
    "torus": TORUS,
    "icosphere": trimesh.creation.icosphere(4),
    "box": trimesh.creation.box((1, 2, 3)),
}


@pytest.mark.parametrize("shape", SOLIDS)
def test_one_id_for_one_shape_in_any_format_place_and_size(tmp_path: Path, shape: str) -> None:
    mesh = {
        "torus": TORUS,
        "icosphere": trimesh.creation.icosphere(4),
        "box": trimesh.creation.box((1, 2, 3)),
    }[shape]
    ids = set()
    for suffix in ("obj", "stl", "ply", "off", "glb", "3mf"):
        mesh.export(tmp_path / f"m.{suffix}")
        ids.add(identity(load(tmp_path / f"m.{suffix}")))
    moved = mesh.copy()
    moved.apply_scale(0.0254)
    moved.apply_translation((0.013, -0.007, 0.022))
    moved.export(tmp_path / "moved.stl")
    ids.add(identity(load(tmp_path / "moved.stl")))
    shuffled = np.random.default_rng(0).permutation(np.roll(mesh.faces, 1, axis=1))
    ids.add(identity(Mesh(np.array(mesh.vertices), shuffled)))
    assert len(ids) == 1


def test_other_shapes_have_other_ids() -> None:
    dented = MESH.vertices.copy()
    dented[17] *= 1.01
    cut = MESH.faces[1:]
    mirrored = MESH.vertices * (1, 1, -1) + 0.3 * MESH.vertices[:, [1, 0, 2]]
    turned = MESH.vertices[:, [2, 0, 1]]
    cube = np.ones((3, 3, 3), bool)
    hollow = cube.copy()
    hollow[1, 1, 1] = False
    shapes: list[Geometry] = [
        MESH,
        Mesh(dented, MESH.faces),
        Mesh(MESH.vertices, cut),
        Mesh(mirrored, MESH.faces),
        Mesh(turned, MESH.faces),
        Cloud(MESH.vertices),
        Cloud(MESH.vertices[1:]),
        Voxels.centred(cube),
        Voxels.centred(hollow),
        Voxels.centred(cube[:2]),
    ]
    assert len({identity(shape) for shape in shapes}) == len(shapes)


def test_the_same_cells_anywhere_in_a_grid_are_one_shape() -> None:
    small, large = np.ones((2, 3, 4), bool), np.zeros((9, 9, 9), bool)
    large[5:7, 2:5, 1:5] = True
    assert identity(Voxels.centred(small)) == identity(Voxels(large, np.array((7.0, 7, 7)), 0.1))


@pytest.mark.slow
def test_two_million_faces_take_seconds() -> None:
    sphere = trimesh.creation.icosphere(8)  # 1.3 million
    faces = np.vstack([sphere.faces, np.roll(sphere.faces, 1, axis=1)])
    result = normalise(Mesh(np.array(sphere.vertices), faces))
    assert result.quality["faces"] == len(sphere.faces) == result.quality["duplicate_faces"]
    assert len(content_hash(result.geometry)) == 64
