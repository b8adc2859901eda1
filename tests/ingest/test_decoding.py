"""Surfaces of stored shapes by workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import index
from ingest.decoding import decode_surfaces
from inrstore.model import load_model
from inrstore.store import Store, init_store
from inrstore.surface.decoded import decoded
from tests.shapes import new_shape, packaged_networks, with_networks

COUNT = 3


def filled(path: Path) -> Store:
    """Networks with a surface, one of them twice, and one without any."""
    model = load_model("default")
    networks = packaged_networks(model)[[0, 1, 0]]
    shapes = with_networks(model, [new_shape(model, number) for number in range(COUNT)], networks)
    store = init_store(path, model)
    store.commit([*shapes, *with_networks(model, [new_shape(model, COUNT)], np.zeros_like(networks[:1]))])
    return store


def test_workers_decode_what_this_process_decodes(tmp_path: Path) -> None:
    store = filled(tmp_path / "shapes.store")
    shapes = {shape.key: shape for shape in store}
    found = dict(decode_surfaces(store, shapes, jobs=2))
    (empty,) = (key for key, surface in found.items() if isinstance(surface, str))
    assert found.keys() == shapes.keys() and "surface" in str(found[empty])
    for key in found.keys() - {empty}:
        here = decoded(store, shapes[key])
        np.testing.assert_array_equal(here.vertices, found[key].vertices)  # type: ignore[union-attr]
        np.testing.assert_array_equal(here.signature(), found[key].signature())  # type: ignore[union-attr]


def test_duplicates_with_workers(tmp_path: Path) -> None:
    store = filled(tmp_path / "shapes.store")
    alone = index.duplicates(store)
    store.companions.clear()
    asked: list[int] = []

    def decode(shapes):  # type: ignore[no-untyped-def]
        asked.extend(shapes)
        return decode_surfaces(store, shapes, engine="inline")

    found = index.duplicates(store, decode=decode)
    assert sorted(asked) == sorted(store.keys().tolist())
    assert [group.to_dict() for group in found] == [group.to_dict() for group in alone] and len(found) == 1
    assert [failure.reason for failure in found.failures] == [failure.reason for failure in alone.failures]
    index.duplicates(store, decode=decode)
    assert len(asked) == COUNT + 2  # only that without a surface is asked for again
