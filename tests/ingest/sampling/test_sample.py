"""True field values, against analytic distances and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial import Delaunay

from ingest.sampling.sample import sample_cloud, sample_mesh, sample_voxels
from ingest.sampling.skin import MOST_ADDED
from inrstore.errors import BadInput
from inrstore.network.fields import FieldSamples
from inrstore.network.recipe import SamplingRecipe
from inrstore.surface.points import Faces, Vertices

SAMPLING = SamplingRecipe(((0.02, 600), (0.1, 300)), 300)
HALF = np.array((0.5, 0.4, 0.3))


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def to_ball(p: np.ndarray) -> np.ndarray:
    return np.linalg.norm(p, axis=1) - 0.9


def to_torus(p: np.ndarray) -> np.ndarray:
    return np.hypot(np.hypot(p[:, 0], p[:, 1]) - 0.6, p[:, 2]) - 0.25


def to_box(p: np.ndarray) -> np.ndarray:
    q = np.abs(p) - HALF
    return np.linalg.norm(q.clip(0), axis=1) + np.minimum(q.max(axis=1), 0)


BALL = trimesh.creation.icosphere(subdivisions=4, radius=0.9)
SHAPES = {
    "ball": (BALL, to_ball, 2e-3),
    "torus": (trimesh.creation.torus(0.6, 0.25, major_sections=96, minor_sections=48), to_torus, 2e-3),
    "box": (trimesh.creation.box(2 * HALF), to_box, 1e-6),
}


def arrays(mesh: trimesh.Trimesh) -> tuple[Vertices, Faces]:
    return np.array(mesh.vertices, np.float64), np.array(mesh.faces, np.int64)


def ask(mesh: trimesh.Trimesh, field: str = "auto", seed: int = 0) -> tuple[FieldSamples, dict[str, float]]:
    return sample_mesh(*arrays(mesh), field, SAMPLING, seeded(seed))


@pytest.mark.parametrize("name", SHAPES)
def test_distances_are_the_analytic_ones_and_negative_inside(name: str) -> None:
    mesh, truth, tolerance = SHAPES[name]
    samples, quality = ask(mesh)
    expected = truth(samples.points.astype(np.float64))
    np.testing.assert_allclose(samples.values, expected, atol=tolerance)
    assert samples.field == "sdf" and quality == {"ambiguous": 0.0}
    assert (expected < -0.02).any() and (expected > 0.02).any()
    for field, value in (("udf", np.abs(expected)), ("occ", expected < 0)):
        other, _ = ask(mesh, field)
        assert other.field == field
        np.testing.assert_array_equal(other.points, samples.points)
        sure = np.abs(expected) > tolerance
        np.testing.assert_allclose(other.values[sure], value[sure], atol=tolerance)


def test_a_mesh_inside_out_has_the_same_values() -> None:
    flipped = BALL.copy()
    flipped.faces = flipped.faces[:, [0, 2, 1]]
    samples, _ = ask(flipped)
    np.testing.assert_allclose(samples.values, to_ball(samples.points), atol=2e-3)


def test_missing_faces_do_not_cost_the_sign() -> None:
    holed = trimesh.Trimesh(BALL.vertices, np.delete(BALL.faces, [3, 500, 2_000], axis=0), process=False)
    samples, quality = ask(holed)
    truth = to_ball(samples.points)
    sure = np.abs(truth) > 0.01
    assert samples.field == "sdf" and quality["ambiguous"] < 0.02
    assert ((samples.values < 0) == (truth < 0))[sure].mean() > 0.995


def test_an_open_sheet_gets_thickness() -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-0.6, 0.6, 10), np.linspace(-0.6, 0.6, 10)))
    flat = np.column_stack([x, y, np.zeros_like(x)])
    samples, quality = sample_mesh(flat, Delaunay(flat[:, :2]).simplices.astype(np.int64), "auto", SAMPLING, seeded())
    assert samples.field == "sdf" and quality == {"ambiguous": 0.0, "sheets": 1.0}
    beyond = np.abs(samples.points[:, :2]) - 0.6
    truth = np.hypot(np.linalg.norm(beyond.clip(0), axis=1), samples.points[:, 2])
    np.testing.assert_allclose(samples.values, truth - MOST_ADDED, atol=1e-6)


def test_a_bowl_stays_open() -> None:
    half = trimesh.Trimesh(BALL.vertices, BALL.faces[BALL.triangles_center[:, 2] < 0], process=False)
    samples, quality = ask(half, "sdf")
    low = samples.points[:, 2] < -0.2  # where the nearest of the bowl is not its edge
    np.testing.assert_allclose(samples.values[low], np.abs(to_ball(samples.points[low])) - MOST_ADDED, atol=2e-3)
    assert quality["sheets"] == 1.0
    inside, _ = ask(half, "occ")
    assert not inside.values[np.abs(to_ball(inside.points)) > 2 * MOST_ADDED].any()


def test_what_has_no_inside_at_all_is_sheets() -> None:
    """A closed box of loose panels, each turned at random, half of them missing: winding numbers say nothing."""
    rng = seeded(5)
    box = trimesh.creation.box(2 * HALF).subdivide_loop(0).subdivide().subdivide()
    faces = np.array(box.faces)[rng.random(len(box.faces)) < 0.5]
    loose = np.arange(3 * len(faces)).reshape(-1, 3)
    samples, quality = sample_mesh(np.array(box.vertices)[faces].reshape(-1, 3), loose, "auto", SAMPLING, rng)
    assert samples.field == "sdf" and quality["sheets"] > 0.9
    assert samples.values.min() > -MOST_ADDED - 1e-6  # nothing is filled


def test_a_soup_too_dense_to_be_seen_through_is_sheets_all_the_same() -> None:
    """Most triangles see outside on one side at most, so that none is a sheet for itself; but they bound nothing."""
    rng, count = seeded(5), 1_500
    middles = rng.normal(size=(count, 1, 3))
    middles *= 0.8 * rng.uniform(0, 1, (count, 1, 1)) ** (1 / 3) / np.linalg.norm(middles, axis=2, keepdims=True)
    corners = (middles + rng.normal(0, 0.1, (count, 3, 3))).reshape(-1, 3)
    found, quality = sample_mesh(corners, np.arange(3 * count).reshape(-1, 3), "auto", SAMPLING, seeded())
    assert quality["sheets"] == 1.0 and quality["ambiguous"] > 0.2
    assert found.values.min() >= -MOST_ADDED - 1e-6


def test_clouds_give_the_distance_to_the_nearest_point() -> None:
    cloud = seeded(3).normal(size=(80, 3)) * 0.3
    samples, quality = sample_cloud(cloud, SAMPLING, seeded())
    truth = np.linalg.norm(samples.points[:, None].astype(np.float64) - cloud, axis=2).min(axis=1)
    np.testing.assert_allclose(samples.values, truth, atol=1e-6)
    assert samples.field == "udf" and quality == {}


def cells(samples: FieldSamples, grid: np.ndarray, origin: np.ndarray, pitch: float) -> tuple[np.ndarray, np.ndarray]:
    """Index of each sample's cell, and whether the grid has it occupied; beyond the grid is empty."""
    exact = (samples.points - origin) / pitch
    index = np.round(exact).astype(int)
    np.testing.assert_allclose(exact, index, atol=1e-3)
    within = ((index >= 0) & (index < grid.shape)).all(axis=1)
    occupied = np.zeros(len(index), bool)
    occupied[within] = grid[tuple(index[within].T)]
    return index, occupied


def test_a_small_grid_gives_every_cell_and_an_empty_border() -> None:
    grid = seeded(1).random((3, 4, 5)) < 0.4
    origin, pitch = np.array((-0.3, 0.1, 0.2)), 0.07
    samples, quality = sample_voxels(grid, origin, pitch, SAMPLING, seeded())
    count = 7 * 8 * 9
    first = FieldSamples("occ", samples.points[:count], samples.values[:count])
    index, occupied = cells(first, grid, origin, pitch)
    assert samples.field == "occ" and len(np.unique(index, axis=0)) == len(index) == count
    assert (index.min(axis=0) == -2).all() and (index.max(axis=0) == np.array(grid.shape) + 1).all()
    np.testing.assert_array_equal(first.values, occupied)
    assert quality["occupied"] == pytest.approx(grid.mean())


def test_the_cube_beyond_a_grid_is_said_to_be_empty_everywhere() -> None:
    grid, pitch = np.ones((3, 10, 3), bool), 0.18
    origin = -(np.array(grid.shape) - 1) / 2 * pitch
    samples, _ = sample_voxels(grid, origin, pitch, SAMPLING, seeded())
    count = 7 * 14 * 7
    beyond, edge = samples.points[count:], (np.array(grid.shape) / 2 + 2) * pitch
    assert (np.abs(beyond) > edge - 1e-6).any(axis=1).all() and not samples.values[count:].any()
    for corner in np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T:  # all eight of them
        assert np.linalg.norm(beyond - corner, axis=1).min() < 0.4
    assert len(samples.values) <= SAMPLING.surface_count + SAMPLING.uniform


def test_cells_and_the_space_beyond_them_together_are_as_many_as_the_recipe_says() -> None:
    grid = np.ones((20, 20, 20), bool)
    samples, _ = sample_voxels(grid, np.full(3, -0.475), 0.05, SAMPLING, seeded())
    assert len(samples.values) == SAMPLING.surface_count + SAMPLING.uniform
    assert (np.abs(samples.points).max(axis=1) > 0.6).any()


def test_a_large_grid_gives_the_cells_by_the_surface_and_some_others() -> None:
    axis = np.arange(16) - 7.5
    grid = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis)), axis=0) < 3
    samples, _ = sample_voxels(grid, np.zeros(3), 1.0, SAMPLING, seeded())
    index, occupied = cells(samples, grid, np.zeros(3), 1.0)
    assert len(index) == len(np.unique(index, axis=0)) == 1_200
    np.testing.assert_array_equal(samples.values, occupied)
    seen = {tuple(i) for i in index.tolist()}
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    for cell in np.argwhere(grid):
        if any(not grid[tuple(cell + s)] for s in steps):
            assert tuple(cell) in seen
            assert all(tuple(cell + s) in seen for s in steps if not grid[tuple(cell + s)])
    assert any(not grid[tuple(np.clip(c, 0, 15))] and np.abs(c).max() > 14 for c in index)


def test_a_mesh_without_area_is_refused() -> None:
    line = np.array([(0, 0, 0), (1, 0, 0), (2, 0, 0)], float)
    with pytest.raises(BadInput, match="no area"):
        sample_mesh(line, np.array([(0, 1, 2)]), "sdf", SAMPLING, seeded())


def test_counts_types_and_seeds() -> None:
    first, again, other = ask(BALL)[0], ask(BALL)[0], ask(BALL, seed=1)[0]
    assert first.points.shape == (1_200, 3) and first.values.shape == (1_200,)
    assert first.points.dtype == first.values.dtype == np.float32
    assert first.points.tobytes() == again.points.tobytes() and first.values.tobytes() == again.values.tobytes()
    assert not np.array_equal(first.points, other.points)
