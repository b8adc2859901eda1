"""Copies of shapes with parts are the shapes under a linear map, with the embeddings of the moved networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from inrstore.network.packing import pack_points
from inrstore.network.siren import forward
from inrstore.records import PART_POINTS, PartLabels
from inrstore.store import Store
from inrstore.tasks.segmentation.parted import Parted
from inrstore.tasks.segmentation.segmenter import NEAR, NEIGHBOURS, smoothed
from inrstore.tasks.segmentation.stretched import with_copies
from tests.shapes import new_shape


@pytest.fixture
def own(store: Store, tiny_model: Any) -> Parted:
    shapes = []
    for number in range(3):
        points = np.random.default_rng(number).uniform(-0.5, 0.5, (PART_POINTS, 3))
        parts = PartLabels(pack_points(points), (points[:, 0] > 0).astype(np.uint8), ("left", "right"))
        shapes.append(new_shape(tiny_model, number, part_labels=parts, label="chair"))
    store.commit(shapes)
    return Parted.of(store)


def test_a_copy_says_at_its_points_what_the_shape_says_at_its_own(store: Store, own: Parted) -> None:
    found = with_copies(store, own, 4, np.random.default_rng(0))
    assert len(found) == 12 and found.parts == own.parts and found.shapes.names == own.shapes.names
    siren = store.base().siren
    for number in range(12):
        place = number % 3
        assert np.array_equal(found.part[number], own.part[place])
        assert found.shapes.label[number] == own.shapes.label[place]
        with torch.inference_mode():
            said, expected = (
                forward(siren, torch.from_numpy(of.weights[at])[None], torch.from_numpy(of.points[at])[None])
                for of, at in ((found, number), (own, place))
            )
        torch.testing.assert_close(said, expected, atol=1e-3, rtol=1e-3)  # of phases up to hundreds
        if number < 3:
            assert np.array_equal(found.points[number], own.points[place])
            assert np.array_equal(found.shapes.rows[number], own.shapes.rows[place])
        else:
            assert not np.allclose(found.points[number], own.points[place], atol=0.01)
            row = store.model.encode("sdf", found.weights[number][None])[0]
            np.testing.assert_allclose(found.shapes.rows[number], row, atol=1e-6)
    sides = np.sign([np.linalg.det(np.linalg.lstsq(own.points[n % 3], found.points[n])[0]) for n in range(12)])
    assert set(sides.tolist()) == {-1.0, 1.0}  # some are mirrored


def test_copies_stay_in_the_ball_and_one_is_the_shape_alone(store: Store, own: Parted) -> None:
    large = Parted(own.shapes, own.weights, own.points * 1.8, own.part, own.parts)  # corners of the cube stick out
    found = with_copies(store, large, 3, np.random.default_rng(1))
    assert np.percentile(np.linalg.norm(found.points[3:], axis=2), 99.8) <= 1
    assert with_copies(store, own, 1, np.random.default_rng(0)) is own


def test_what_is_said_of_a_point_is_the_mean_over_the_near_ones() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (300, 3)).astype(np.float32)
    said = np.random.default_rng(1).dirichlet([1, 1], 300).astype(np.float32)
    found = smoothed(said, points)
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    for place, distances in enumerate(apart):
        near = [other for other in np.argsort(distances)[:NEIGHBOURS] if distances[other] < NEAR]
        np.testing.assert_allclose(found[place], said[near].mean(axis=0), atol=1e-6)
    assert np.array_equal(smoothed(said[:1], points[:1]), said[:1])
