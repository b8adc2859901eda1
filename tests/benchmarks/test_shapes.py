"""Which shapes a road learns from, and how what comes back is measured."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

import ingest
from benchmarks.latents.shapes import SetOfShapes, stacked
from inrstore.errors import BadInput
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.store import Store, init_store
from tests.shapes import make_model

FEW = Recipe("few", sampling=SamplingRecipe(((0.02, 300),), 100))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Balls and boxes, in the source's own size and place."""
    folder = tmp_path_factory.mktemp("set")
    for number in range(4):
        for name, mesh in (("ball", trimesh.creation.icosphere(2)), ("box", trimesh.creation.box((1, 1, 1)))):
            mesh.apply_scale((1, 1 + 0.2 * number, 1)).apply_scale(3).apply_translation((5, 0, 0))
            (folder / name).mkdir(exist_ok=True)
            mesh.export(folder / name / f"{number}.ply")
    made = init_store(folder / "set.store", make_model())
    assert ingest.ingest(made, [folder], labels_from="parent", thumbnails=False, jobs=1).stored == 8
    return made


def test_shapes_are_drawn_in_their_stored_pose_with_true_distances(store: Store) -> None:
    shapes = SetOfShapes.of(store, None, 3)
    assert len(set(shapes.keys)) == 8 and shapes.new.sum() == 3 and shapes.new[-3:].all()
    points, distances = stacked(shapes.samples(FEW, np.arange(8)))
    assert points.shape == (8, 400, 3) and distances.shape == (8, 400)
    for place in np.flatnonzero(shapes.labels == "box"):  # the distance of a box by its formula
        half = np.ptp(shapes.meshes[place].vertices, axis=0) / 2
        out = np.abs(points[place].numpy()) - half
        true = np.linalg.norm(np.maximum(out, 0), axis=1) + np.minimum(out.max(axis=1), 0)
        np.testing.assert_allclose(distances[place], true, atol=1e-5)


def test_so_many_shapes_a_side_are_asked_for(store: Store) -> None:
    shapes = SetOfShapes.of(store, 4, 3)
    asked = shapes.asked(2)
    assert len(shapes.keys) == 7 and list(shapes.new[asked]) == [False, False, True, True]
    assert list(shapes.asked(100)) == list(range(7))
    with pytest.raises(BadInput, match="9 shapes, 3 of them new, of 8"):
        SetOfShapes.of(store, 6, 3)


def test_errors_of_a_surface_that_is_off_by_a_known_length(store: Store) -> None:
    shapes = SetOfShapes.of(store, None, 3)
    place = int(np.flatnonzero(shapes.labels == "ball")[0])
    mesh = shapes.meshes[place]
    outward = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    same, grown = (shapes.error(place, mesh.vertices + length * outward, mesh.faces) for length in (0.0, 0.015))
    assert same["chamfer_l1"] < 1e-6 and same["f@0.01"] == same["f@0.02"] == 1
    assert grown["chamfer_l1"] == pytest.approx(0.015, rel=0.05)
    assert grown["f@0.01"] == 0 and grown["f@0.02"] == 1


def test_retrieval_tells_learned_shapes_from_new_ones(store: Store) -> None:
    shapes = SetOfShapes.of(store, None, 3)
    rows = np.where(shapes.labels == "ball", 0.0, np.pi / 2)[:, None] + 0.01 * np.arange(8)[:, None]
    right = np.hstack([np.cos(rows), np.sin(rows)])
    assert all(shapes.retrieval(right)[side]["map"] == 1 for side in ("train", "new"))
    wrong = right.copy()
    wrong[shapes.new] = wrong[shapes.new][:, ::-1]  # new balls among boxes, and new boxes among balls
    found = shapes.retrieval(wrong)
    assert found["train"]["hit@1"] > found["new"]["hit@1"]
