"""Where fields are asked, and what networks say there."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.network.fields import CLIP
from inrstore.network.portable import PortableInr
from inrstore.network.recipe import SamplingRecipe
from inrstore.surface.sampling import query_points, sample_inr
from tests.inrstore.surface.decoding import HALF, SIREN, box, box_weights

SAMPLING = SamplingRecipe(((0.01, 600), (0.1, 300)), 300)


def seeded() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def surface() -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.box(2 * HALF)
    return np.array(mesh.vertices), np.array(mesh.faces, np.int64)


def test_points_lie_where_the_recipe_says() -> None:
    seeds = np.zeros((30_000, 3))
    points = query_points(seeds, SamplingRecipe(((0.01, 20_000), (0.2, 10_000)), 20_000), seeded())
    assert points.shape == (50_000, 3)
    assert points[:20_000].std() == pytest.approx(0.01, rel=0.02)
    assert points[20_000:30_000].std() == pytest.approx(0.2, rel=0.02)
    uniform = points[30_000:]
    assert uniform.min() > -1 and uniform.max() < 1 and uniform.std() == pytest.approx(3**-0.5, rel=0.02)


def test_points_may_be_moved_before_they_are_asked() -> None:
    points = query_points(np.zeros((900, 3)), SAMPLING, seeded(), lambda x: np.round(x, 1))
    np.testing.assert_array_equal(points, np.round(points, 1))


@pytest.mark.parametrize("kind", ["sdf", "udf"])
def test_samples_of_a_network_are_the_distances_that_it_learned(
    kind: str, surface: tuple[np.ndarray, np.ndarray]
) -> None:
    found = sample_inr(PortableInr(SIREN, kind, box_weights(kind)), *surface, SAMPLING, seeded())
    assert found.field == kind and found.points.shape == (1_200, 3) and found.points.dtype == np.float32
    true = box(found.points) if kind == "sdf" else np.abs(box(found.points))
    near = np.abs(true) < 0.9 * CLIP
    assert near.sum() > 700 and np.abs(found.values - true)[near].mean() < 0.015
    assert np.abs(box(found.points[:600])).mean() < 0.01  # by the surface, as the recipe says


def test_samples_of_an_occupancy_are_none_or_one(surface: tuple[np.ndarray, np.ndarray]) -> None:
    found = sample_inr(PortableInr(SIREN, "occ", box_weights("occ")), *surface, SAMPLING, seeded())
    sure = np.abs(box(found.points)) > 0.1
    assert set(found.values.tolist()) == {0, 1}
    assert (found.values == (box(found.points) < 0))[sure].mean() > 0.98


def test_distances_come_in_units_of_here(surface: tuple[np.ndarray, np.ndarray]) -> None:
    inr = PortableInr(SIREN, "sdf", box_weights("sdf"))
    plain, halved = (sample_inr(inr, *surface, SAMPLING, seeded(), unit=unit) for unit in (1, 2))
    np.testing.assert_allclose(halved.values, plain.values / 2)
