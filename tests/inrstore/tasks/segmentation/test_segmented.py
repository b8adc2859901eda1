"""Segmented surfaces: where faces are asked, what is said of a class, and what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.records import NewShape
from inrstore.store import Store
from inrstore.tasks import Segmented, Segmenter, train_classifier, train_segmenter
from inrstore.tasks.segmentation.segmented import kind_of, segmented
from tests.shapes import new_shape

from .test_train import QUICK, fill


@pytest.fixture
def segmenter(store: Store, tiny_model: Any) -> Segmenter:
    """Of chairs, whose seat is above y = .1, and of tables, whose top is right of x = .1."""
    fill(store, tiny_model)
    return Segmenter(train_segmenter(store, recipe=QUICK).head, store.base().siren)


def halves(shape: NewShape, store: Store, segmenter: Segmenter, kind: str) -> Segmented:
    """A fine ball in source coordinates, with its parts."""
    ball = trimesh.creation.icosphere(subdivisions=4)
    turn = np.eye(3) if shape.rotation is None else np.array(shape.rotation).reshape(3, 3)
    vertices = (ball.vertices * shape.scale) @ turn + np.array(shape.center)
    row, weights = store.embeddings()[1][0], store.weights(store.keys()[:1])[0]
    return segmented(segmenter, shape, row, weights, kind, vertices, np.asarray(ball.faces))


@pytest.mark.parametrize("rotation", [None, (1.0, 0, 0, 0, 0, 1.0, 0, -1.0, 0)])
def test_faces_are_asked_in_the_shapes_own_frame(
    store: Store, tiny_model: Any, segmenter: Segmenter, rotation: Any
) -> None:
    shape = new_shape(tiny_model, 1, rotation=rotation, scale=40.0, center=(7.0, -100.0, 3.0))
    found = halves(shape, store, segmenter, "chair")
    ball = trimesh.creation.icosphere(subdivisions=4)
    high = ball.triangles_center[:, 1] > 0.1
    assert np.mean((found.part == 1) == high) > 0.93 and found.names == ("leg", "seat")
    assert found.probability.min() >= 0.5
    share = found.shares()
    assert sum(share.values()) == pytest.approx(1) and share["seat"] == pytest.approx(0.45, abs=0.06)  # a cap's area
    of_table = halves(shape, store, segmenter, "table")
    assert np.mean((of_table.part == 1) == (ball.triangles_center[:, 0] > 0.1)) > 0.93


def test_what_is_written(store: Store, tiny_model: Any, segmenter: Segmenter, tmp_path: Path) -> None:
    found = halves(new_shape(tiny_model, 1), store, segmenter, "chair")
    back = trimesh.load(found.write(tmp_path / "chair.ply"), process=False)
    colors = back.visual.face_colors
    assert len(np.unique(colors[found.part == 0], axis=0)) == len(np.unique(colors[found.part == 1], axis=0)) == 1
    with np.load(found.write(tmp_path / "chair.parts.npz")) as arrays:
        np.testing.assert_array_equal(arrays["face_part"], found.part)
        assert arrays["part_names"].tolist() == ["leg", "seat"] and "faces" not in arrays  # those are the source's
    with np.load(replace(found, decoded=True).write(tmp_path / "decoded.npz")) as arrays:
        assert arrays["faces"].shape == (5120, 3) and arrays["vertices"].shape[1] == 3
    value = found.to_dict()
    assert value["label"] == "chair" and value["faces"] == 5120
    assert sum(part["faces"] for part in value["parts"]) == 5120
    points = Segmented("chair", ("leg", "seat"), np.array([0, 1, 1]), np.ones(3, np.float32), np.eye(3), None)
    assert points.to_dict()["points"] == 3 and points.shares()["seat"] == pytest.approx(2 / 3)
    with np.load(points.write(tmp_path / "cloud.parts.npz")) as arrays:
        assert arrays["point_part"].tolist() == [0, 1, 1]
    with pytest.raises(BadInput, match="colours are written as"):
        found.write(tmp_path / "chair.stl")


def test_which_class_it_is(store: Store, segmenter: Segmenter) -> None:
    row = store.embeddings()[1][0]
    assert kind_of(store, segmenter, row, "table") == "table"
    with pytest.raises(BadInput, match="it has no label, and the segmenter 'parts' knows chair, table; give --label"):
        kind_of(store, segmenter, row, None)
    with pytest.raises(BadInput, match="it is a 'lamp', and"):
        kind_of(store, segmenter, row, "lamp")
    with pytest.raises(BadInput, match="it is a 'lamp', and"):
        kind_of(store, segmenter, row, "lamp")
    train_classifier(store)
    train_classifier(store, "split", name="later")  # of other words
    labels, keys = store.values("label"), store.embeddings()[0]
    said = []
    for one in store.embeddings()[1]:
        try:
            said.append(kind_of(store, segmenter, one, None))
        except BadInput as error:
            assert "the classifier 'label' finds it unlike all classes" in str(error)
            said.append("?")
    assert np.mean([labels[int(key)] == kind for key, kind in zip(keys, said, strict=True)]) > 0.6
    train_segmenter(store, recipe=QUICK, where=["label=chair"], name="chairs")
    only = Segmenter(store.head("chairs", "segmenter"), segmenter.siren)
    assert kind_of(store, only, row, None) == "chair"
    with pytest.raises(BadInput, match="it is a 'table', and the segmenter 'chairs' knows chair"):
        kind_of(store, only, row, "table")


def test_points_that_nobody_saw(store: Store, tiny_model: Any, segmenter: Segmenter) -> None:
    shape = new_shape(tiny_model, 1, scale=1.0, center=(0.0, 0.0, 0.0))
    points = np.array([[0, 0.8, 0], [np.nan] * 3, [0, -0.8, 0]])
    row, weights = store.embeddings()[1][0], store.weights(store.keys()[:1])[0]
    found = segmented(segmenter, shape, row, weights, "chair", points, None)
    assert found.part.tolist() == [1, 0, 0] and found.probability[1] == 0
