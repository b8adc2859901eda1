"""What goes into a store comes out; what is bad is refused whole; what is removed is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore import errors
from inrstore.store import Store
from tests.inrstore.store import stored
from tests.shapes import digest, key_of, new_inr, new_shape


def test_what_goes_in_comes_out(store: Store, tiny_model: Any) -> None:
    rotation = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0)
    given = new_shape(tiny_model, 7, rotation=rotation, tags={"units": "mm", "split": "train"})
    assert store.commit([given]).stored == [given.sha256]
    shape = store.shape(given.sha256)
    assert (shape.id, shape.name, shape.field, shape.kind) == (given.sha256, "shape 7", "sdf", "mesh")
    assert (shape.center, shape.scale, shape.rotation) == (given.center, given.scale, rotation)
    assert (shape.label, shape.tags, shape.quality) == ("chair", given.tags, given.quality)
    assert shape.sources == ("/data/chair/7.obj",)
    (row,) = store.inrs(shape.key)
    assert (row.base, row.profile, row.field, row.steps) == (tiny_model.base.id, "default", "sdf", 100)
    theta = store.weights([shape.key])[0]
    base = tiny_model.base.start("sdf")
    assert np.array_equal(theta, base + (given.inrs[0].weights - base).astype(np.float16).astype(np.float32))
    assert np.array_equal(store.embeddings()[1][0], given.embedding)


def test_duplicates_add_their_source(ten: Store, tiny_model: Any) -> None:
    twin = new_shape(tiny_model, 3, source="/elsewhere/3.stl", source_sha256=digest("stl"))
    new = new_shape(tiny_model, 20)
    done = ten.commit([twin, new, new])
    assert (done.stored, done.duplicates) == ([new.sha256], [twin.sha256, new.sha256])
    assert ten.count() == 11 and ten.shape(digest(3)).sources == ("/data/chair/3.obj", "/elsewhere/3.stl")
    assert ten.shape("/elsewhere/3.stl").id == digest(3)
    assert ten.known_sources()["/elsewhere/3.stl"] == digest("stl")
    assert ten.known_source_hashes()[digest("stl")] == key_of(ten, 3)


def test_only_duplicates_leave_no_shard_and_the_generation(ten: Store, tiny_model: Any) -> None:
    before = ten.generation(), stored.names(ten)
    assert ten.commit([new_shape(tiny_model, 1)]).stored == []
    assert ten.commit([]).stored == []
    assert (ten.generation(), stored.names(ten)) == before


def test_a_path_belongs_to_its_newest_content(ten: Store, tiny_model: Any) -> None:
    path = "/data/chair/3.obj"
    ten.commit([new_shape(tiny_model, 30, source=path, source_sha256=digest("new"))])
    assert ten.shape(path).id == digest(30) and ten.known_sources()[path] == digest("new")
    ten.commit([new_shape(tiny_model, 3)])  # the file is put back
    assert ten.shape(path).id == digest(3)


def test_add_source(ten: Store) -> None:
    ten.add_source(key_of(ten, 2), "s3://bucket/2.obj", digest("two"), 5)
    assert ten.shape("s3://bucket/2.obj").id == digest(2)
    with pytest.raises(errors.ShapeNotFound, match="999"):
        ten.add_source(999, "x", digest("x"), 1)


BAD: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "hash": ({"sha256": "xyz"}, errors.BadInput),
    "scale": ({"scale": 0.0}, errors.BadInput),
    "center": ({"center": (0.0, float("nan"), 0.0)}, errors.BadInput),
    "rotation": ({"rotation": (1.0,)}, errors.BadInput),
    "quality": ({"quality": {"a": float("inf")}}, errors.BadInput),
    "no network": ({"inrs": ()}, errors.ModelMismatch),
    "embedding's size": ({"embedding": np.zeros(3, np.float32)}, errors.ModelMismatch),
    "embedding's values": ({"embedding": np.full(8, np.nan, np.float32)}, errors.BadInput),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_shapes_are_refused_whole(store: Store, tiny_model: Any, what: str) -> None:
    changes, error = BAD[what]
    with pytest.raises(error, match="/data/chair/1.obj"):
        store.commit([new_shape(tiny_model, 0), new_shape(tiny_model, 1, **changes)])
    assert store.count() == 0 and store.verify().orphans == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_bad_weights_are_refused(store: Store, tiny_model: Any, value: float) -> None:
    inr = new_inr(tiny_model, 1)
    inr.weights[3] = value
    with pytest.raises(errors.BadInput, match="/data/chair/1.obj"):
        store.commit([new_shape(tiny_model, 1, inrs=(inr,))])
    with pytest.raises(errors.ModelMismatch, match=r"weights \(5,\)"):
        store.commit([new_shape(tiny_model, 1, inrs=(replace(inr, weights=np.zeros(5, np.float32)),))])
    with pytest.raises(errors.BadInput, match="two networks"):
        store.commit([new_shape(tiny_model, 1, inrs=(new_inr(tiny_model, 1),) * 2)])
    assert store.count() == 0 and store.verify().orphans == []


def test_file_names_that_are_not_text(store: Store, tiny_model: Any) -> None:
    odd = b"/data/\xff\x01.obj".decode("utf-8", "surrogateescape")
    store.commit([new_shape(tiny_model, 1, source=odd, name="naïve 椅子")])
    assert store.shape(odd).name == "naïve 椅子"
    store.record_failure(odd, "broken", "load")
    assert len(store.failures()) == 1
    store.clear_failure(odd)
    assert store.failures() == []


def test_removed_shapes_are_gone_and_can_return(ten: Store, tiny_model: Any) -> None:
    old, before = key_of(ten, 4), ten.generation()
    assert [shape.name for shape in ten.remove(digest(4)[:10])] == ["shape 4"]
    assert ten.generation() == before + 1 and ten.count() == 9
    keys = ten.keys()
    assert old not in ten.embeddings()[0] and old not in keys and old not in ten.shapes_by_key([old])
    assert "/data/table/4.obj" not in ten.known_sources()
    for call in (lambda: ten.shape(digest(4)), lambda: ten.weights([old]), lambda: ten.remove(digest(4))):
        with pytest.raises(errors.ShapeNotFound):
            call()
    ten.commit([new_shape(tiny_model, 4)])
    assert key_of(ten, 4) != old and ten.count() == 10 and ten.shape("/data/table/4.obj").id == digest(4)
    ten.remove(digest(4))
    ten.compact()
    ten.commit([new_shape(tiny_model, 4)])
    assert key_of(ten, 4) > old + 1, "keys are never used twice"
    assert ten.verify().ok
