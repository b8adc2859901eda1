"""Surfaces of fields whose area, volume and distance have a formula; and of a small fitted network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from inrstore.errors import BadInput, EmptySurface, UnknownField
from inrstore.network import siren
from inrstore.network.fields import CLIP, FieldSamples, distance
from inrstore.network.fitting import fit
from inrstore.network.recipe import Recipe
from inrstore.surface.extraction import LEAST, extract_cloud, extract_mesh, extract_voxels, inr_field, level_set
from inrstore.surface.grid import EXTENT
from inrstore.surface.points import surface_points
from inrstore.surface.simplify import watertight

Distance = Callable[[np.ndarray], np.ndarray]


def sphere(radius: float, center: tuple[float, float, float] = (0, 0, 0)) -> Distance:
    return lambda x: np.linalg.norm(x - np.array(center), axis=1) - radius


def torus(x: np.ndarray) -> np.ndarray:
    return np.hypot(np.hypot(x[:, 0], x[:, 2]) - 0.65, x[:, 1]) - 0.25


def box(*half: float) -> Distance:
    def evaluate(x: np.ndarray) -> np.ndarray:
        q = np.abs(x) - np.array(half)
        return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0)

    return evaluate


def two(x: np.ndarray) -> np.ndarray:
    return np.minimum(sphere(0.3, (-0.5, 0, 0))(x), sphere(0.2, (0.5, 0.1, 0))(x))


class Raw:
    """The raw output that a perfect network of a field would have; counts its evaluations."""

    def __init__(self, true: Distance, kind: str) -> None:
        self.true, self.kind, self.count = true, kind, 0

    def __call__(self, points: np.ndarray) -> np.ndarray:
        assert points.dtype == np.float32
        self.count += len(points)
        d = self.true(points)
        if self.kind == "occ":
            return (-40 * d).astype(np.float32)
        p = 0.5 - d / (2 * CLIP) if self.kind == "sdf" else 1 - np.abs(d) / CLIP
        p = np.clip(p, 1e-7, 1 - 1e-6)
        return np.log(p / (1 - p)).astype(np.float32)


def area_volume(vertices: np.ndarray, faces: np.ndarray) -> tuple[float, float]:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    return float(np.linalg.norm(normal, axis=1).sum() / 2), float((a * normal).sum() / 6)


def dense(raw: Raw, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Marching cubes over all points: what the sparse extraction must equal."""
    axis = np.arange(resolution + 1) * (2 * EXTENT / resolution) - EXTENT
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float32)
    values = raw(points) if raw.kind == "occ" else -distance(raw.kind, raw(points))
    least = LEAST * 2 * EXTENT / resolution  # what lies on the surface is beside it
    values = np.where(np.abs(values) < least, np.where(values > 0, least, -least), values)
    volume = values.reshape((resolution + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="ascent")
    return vertices * (2 * EXTENT / resolution) - EXTENT, faces


@pytest.mark.parametrize("true", [sphere(0.9), torus, box(0.7, 0.04, 0.6), two])
@pytest.mark.parametrize(("kind", "resolution"), [("sdf", 50), ("sdf", 72), ("occ", 131)])
def test_sparse_equals_dense(kind: str, true: Distance, resolution: int) -> None:
    raw = Raw(true, kind)
    vertices, faces = level_set(raw, kind, resolution)
    sparse_count, raw.count = raw.count, 0
    all_vertices, all_faces = dense(raw, resolution)
    assert sparse_count < raw.count
    assert (len(vertices), len(faces)) == (len(all_vertices), len(all_faces))
    order, other = np.lexsort(vertices.round(5).T), np.lexsort(all_vertices.round(5).T)
    gap, _ = cKDTree(all_vertices[other]).query(vertices[order])
    assert gap.max() < 1e-5
    assert np.allclose(area_volume(vertices, faces), area_volume(all_vertices, all_faces), rtol=1e-5)


@pytest.mark.parametrize(
    ("true", "area", "volume"),
    [
        (sphere(0.9), 4 * np.pi * 0.81, 4 / 3 * np.pi * 0.729),
        (torus, 4 * np.pi**2 * 0.65 * 0.25, 2 * np.pi**2 * 0.65 * 0.0625),
        (two, 4 * np.pi * 0.13, 4 / 3 * np.pi * 0.035),
    ],
)
def test_area_and_volume_at_256(true: Distance, area: float, volume: float) -> None:
    raw = Raw(true, "sdf")
    found = area_volume(*extract_mesh(raw, "sdf", 256))
    assert found == pytest.approx((area, volume), rel=1e-3)  # a positive volume: faces look outwards
    assert raw.count < 0.1 * 256**3


def test_a_thin_plate_is_found_and_closed() -> None:
    vertices, faces = extract_mesh(Raw(box(0.7, 0.01, 0.6), "sdf"), "sdf", 256)
    area, volume = area_volume(vertices, faces)
    assert volume == pytest.approx(8 * 0.7 * 0.01 * 0.6, rel=0.03)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


@pytest.mark.parametrize("kind", ["sdf", "occ"])
@pytest.mark.parametrize("resolution", [24, 47])
def test_what_reaches_out_of_what_is_evaluated_is_closed(kind: str, resolution: int) -> None:
    """A rod along an axis, out of the unit ball at both ends."""
    rod = Raw(lambda x: np.hypot(x[:, 0], x[:, 2]) - 0.2, kind)
    vertices, faces = extract_mesh(rod, kind, resolution)
    assert watertight(faces) and area_volume(vertices, faces)[1] > 0
    assert 0.95 < np.abs(vertices[:, 1]).max() < EXTENT


def test_a_field_steeper_than_a_distance_is_followed_to_its_end() -> None:
    # ten times too steep: the coarse cells promise nothing, one seed must be enough
    rod = box(0.9, 0.02, 0.02)
    vertices, _ = extract_mesh(Raw(lambda x: 10 * rod(x), "sdf"), "sdf", 128)
    assert np.allclose(np.abs(vertices).max(axis=0), [0.9, 0.02, 0.02], atol=0.01)


def test_udf_cloud_lies_on_the_surface_everywhere_and_repeats() -> None:
    raw = Raw(sphere(0.8), "udf")
    cloud = extract_cloud(raw, "udf", 5000, seed=3)
    assert cloud.shape == (5000, 3) and cloud.dtype == np.float32
    assert np.abs(sphere(0.8)(cloud)).max() < 2e-3
    assert np.abs(cloud.mean(axis=0)).max() < 0.03
    assert np.array_equal(cloud, extract_cloud(raw, "udf", 5000, seed=3))
    assert not np.array_equal(cloud, extract_cloud(raw, "udf", 5000, seed=4))


def test_sdf_cloud_is_even_over_the_area() -> None:
    cloud = extract_cloud(Raw(two, "sdf"), "sdf", 20_000)
    assert np.abs(two(cloud)).max() < 1e-3
    assert (cloud[:, 0] < 0).mean() == pytest.approx(0.09 / 0.13, abs=0.015)


def test_voxels_fill_the_volume() -> None:
    grid = extract_voxels(Raw(sphere(0.9), "sdf"), "sdf", 64)
    assert grid.shape == (64, 64, 64) and grid.dtype == bool
    assert grid.mean() * 8 == pytest.approx(4 / 3 * np.pi * 0.729, rel=0.01)
    shell = extract_voxels(Raw(sphere(0.9), "udf"), "udf", 64)
    assert 0 < shell.sum() < grid.sum() and not shell[32, 32, 32]


def test_nothing_to_extract() -> None:
    for kind in ("sdf", "occ", "udf"):
        with pytest.raises(EmptySurface, match="fitted"):
            extract_mesh(Raw(lambda x: np.full(len(x), 0.5), kind), kind, 32)
    with pytest.raises(EmptySurface, match="fitted"):
        extract_cloud(Raw(lambda x: np.full(len(x), 0.5), "udf"), "udf", 10)
    with pytest.raises(EmptySurface, match="flat"):
        extract_mesh(lambda x: np.zeros(len(x), np.float32), "sdf", 32)
    with pytest.raises(EmptySurface, match="not a number"):
        extract_mesh(lambda x: np.full(len(x), np.nan, np.float32), "sdf", 32)


def test_bad_arguments_are_named() -> None:
    raw = Raw(sphere(0.5), "sdf")
    with pytest.raises(BadInput, match="resolution: 4"):
        extract_mesh(raw, "sdf", 4)
    for resolution in (32.5, "32"):
        with pytest.raises(BadInput, match="not a whole number"):
            extract_voxels(raw, "sdf", resolution)  # type: ignore[arg-type]
    for extract in (extract_mesh, extract_cloud, extract_voxels):
        with pytest.raises(UnknownField, match="field: 'sfd' is none of sdf, udf, occ"):
            extract(raw, "sfd", 32)
    with pytest.raises(BadInput, match="count: 0"):
        extract_cloud(raw, "sdf", 0)
    with pytest.raises(BadInput, match=r"weights of a SIREN 3-8x2-1.*shape \(5,\) came, expected is \(113,\)"):
        inr_field(siren.Siren(8, 2), np.zeros(5, np.float32))


@pytest.mark.parametrize("kind", ["sdf", "udf", "occ"])
def test_a_fitted_network_comes_back(kind: str) -> None:
    rng = np.random.default_rng(0)
    on = rng.normal(size=(12_000, 3))
    near = 0.7 * on / np.linalg.norm(on, axis=1, keepdims=True) + rng.normal(size=on.shape) * 0.04
    uniform = rng.uniform(-1, 1, (40_000 if kind == "occ" else 4_000, 3))
    points = (uniform if kind == "occ" else np.concatenate([near, uniform])).astype(np.float32)
    d = sphere(0.7)(points)
    values = {"sdf": d, "udf": np.abs(d), "occ": d < 0}[kind].astype(np.float32)
    recipe = Recipe("test", hidden=32, base="random", steps=400, learning_rate=3e-3)
    shape = siren.Siren(32, 3)
    weights = fit([FieldSamples(kind, points, values)], siren.initialise(shape, 0), recipe).weights[0]
    field = inr_field(shape, weights)
    direct = siren.forward(shape, torch.tensor(weights)[None], torch.tensor(points[:5])[None])[0]
    assert np.allclose(field(points[:5]), direct)
    vertices, faces = extract_mesh(field, kind, 64)
    error = np.abs(sphere(0.7)(surface_points(vertices, faces, 5000, np.random.default_rng(0))))
    assert error.mean() < (0.03 if kind == "occ" else 0.012)  # half a cell of occ's samples
    cloud = extract_cloud(field, kind, 2000)
    assert np.abs(sphere(0.7)(cloud)).mean() < (0.03 if kind == "occ" else 0.012)
