"""What is kept of a shape's field, against formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Mesh, Voxels
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import kept_sampling, sample_kept
from inrstore.errors import BadInput
from inrstore.network.fields import CLIP, FieldSamples
from inrstore.network.packing import unpack
from inrstore.network.recipe import FIDELITY

STEP = CLIP / 32767 / 2 + 1e-8
COUNT = 4_000


def samples_of(geometry: Any, field: str, count: int = COUNT) -> FieldSamples:
    found = unpack(sample_kept(normalise(geometry).geometry, field, count, np.random.default_rng(3)))
    assert found.field == field and found.points.shape == (count, 3) and found.values.shape == (count,)
    return found


def of(mesh: Any) -> Mesh:
    return Mesh(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def box_distance(points: np.ndarray, half: np.ndarray) -> np.ndarray:
    q = np.abs(points) - half
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0)


def test_of_a_box_they_are_its_distance_to_half_a_step() -> None:
    found = samples_of(of(trimesh.creation.box((1, 2, 3))), "sdf")
    half = np.array([1, 2, 3]) / np.sqrt(14)
    true = box_distance(found.points.astype(np.float64), half)
    assert np.abs(found.values - true.clip(-CLIP, CLIP)).max() < STEP + 1e-7
    assert (np.abs(true) < 0.02).mean() > 0.6, "mostly near the surface"


def test_of_a_ball_they_are_its_distance_to_the_triangles_error() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5)
    found = samples_of(of(ball), "sdf")
    true = np.linalg.norm(found.points, axis=1) - 1
    flat = 1 - np.linalg.norm(ball.triangles_center, axis=1).min()  # the sagitta
    assert np.abs(found.values - true.clip(-CLIP, CLIP)).max() < STEP + flat + 1e-6


def test_of_a_cloud_they_are_the_distance_to_its_points() -> None:
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.5]], np.float64)
    found = samples_of(Cloud(points), "udf")
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    placed = (points - middle) / np.linalg.norm(points - middle, axis=1).max()
    true = np.linalg.norm(found.points[:, None].astype(np.float64) - placed, axis=2).min(axis=1)
    assert np.abs(found.values - true.clip(0, CLIP)).max() < STEP + 1e-6


@pytest.mark.parametrize("cells", [1, 4, 30])
def test_of_voxels_they_are_cells(cells: int) -> None:
    found = samples_of(Voxels.centred(np.ones((cells,) * 3, bool)), "occ")
    assert set(np.unique(found.values)) == {0, 1}
    inside = (np.abs(found.points) < 1 / np.sqrt(3)).all(axis=1)
    assert np.array_equal(found.values == 1, inside)


def test_they_depend_on_chance_and_nothing_else() -> None:
    box = normalise(of(trimesh.creation.box((1, 2, 3)))).geometry
    first, second, other = (sample_kept(box, "sdf", COUNT, np.random.default_rng(s)) for s in (1, 1, 2))
    assert first.points.tobytes() == second.points.tobytes() != other.points.tobytes()
    assert first.values.tobytes() == second.values.tobytes()


@pytest.mark.parametrize("count", [1_000, 1_001, 60_000])
def test_proportions_are_those_of_the_fidelity_profile(count: int) -> None:
    found, wanted = kept_sampling(count), FIDELITY.sampling
    total = wanted.surface_count + wanted.uniform
    assert found.surface_count + found.uniform == count
    assert [sigma for sigma, _ in found.surface] == [sigma for sigma, _ in wanted.surface]
    for (_, mine), (_, theirs) in zip(found.surface, wanted.surface, strict=True):
        assert mine / count == pytest.approx(theirs / total, abs=1e-3)


def test_a_field_that_a_geometry_lacks_is_refused() -> None:
    cloud = normalise(Cloud(np.random.default_rng(0).normal(size=(50, 3)))).geometry
    with pytest.raises(BadInput, match="no inside"):
        sample_kept(cloud, "sdf", COUNT, np.random.default_rng(0))
