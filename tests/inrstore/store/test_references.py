"""Whatever names a shape is taken by every method that takes one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from inrstore import errors
from inrstore.store import Store
from tests.shapes import digest, kept, key_of, new_inr, new_shape

TAKERS: dict[str, Callable[[Store, Any], object]] = {
    "shape": lambda store, ref: store.shape(ref).id,
    "inrs": lambda store, ref: store.inrs(ref),
    "weights": lambda store, ref: store.weights(ref).tolist(),
    "weights of many": lambda store, ref: store.weights([ref, ref]).tolist(),
    "embeddings": lambda store, ref: store.embeddings([ref])[1].tolist(),
    "samples": lambda store, ref: [samples.values.tolist() for samples in store.samples(ref)],
    "sample_counts": lambda store, ref: list(store.sample_counts([ref]).values()),
    "shapes_by_key": lambda store, ref: [shape.id for shape in store.shapes_by_key([ref]).values()],
    "label": lambda store, ref: store.label(ref, "new"),
    "relabel": lambda store, ref: store.relabel({ref: "newer"}),
    "tag": lambda store, ref: store.tag([ref], {"colour": "red"}),
    "retag": lambda store, ref: store.retag({ref: {"colour": "blue"}}),
    "add_inrs": lambda store, ref: store.add_inrs({ref: [new_inr(store.model, 5, "long")]}),
    "add_samples": lambda store, ref: store.add_samples({ref: kept(5, 30)}),
    "replace_embeddings": lambda store, ref: store.set_embeddings([ref], np.ones((1, 8), np.float32)),
    "add_source": lambda store, ref: (store.add_source(ref, "/more", digest("more"), 1), store.shape("/more").id),
    "remove": lambda store, ref: [shape.name for shape in store.remove(ref)],
}
BULK = {"embeddings", "sample_counts", "shapes_by_key", "relabel", "retag", "add_inrs", "add_samples"}
BULK |= {"replace_embeddings"}


@pytest.mark.parametrize("what", TAKERS)
def test_every_method_takes_every_reference(store: Store, tiny_model: Any, what: str) -> None:
    answers = []
    for make in (
        lambda shape: shape.id,
        lambda shape: shape.id[:9].upper(),
        lambda shape: shape.sources[0],
        lambda shape: Path(shape.sources[0]),
        lambda shape: shape.key,
        lambda shape: np.int64(shape.key),
        lambda shape: np.uint32(shape.key),
        lambda shape: shape,
    ):
        store.commit([new_shape(tiny_model, 5)])
        shape = store.shape(digest(5))
        store.add_samples({shape.key: kept(5, 20)})
        store.label(shape, None)
        store.tag(shape, {"colour": None})
        answers.append(TAKERS[what](store, make(shape)))
    assert answers[0] and all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("what", TAKERS)
def test_what_names_no_shape(ten: Store, what: str) -> None:
    gone = ten.shape(digest(3))
    ten.remove(gone)
    for ref in (gone.id, "/data/none.obj", Path("/data/none.obj"), gone.id[:8], "f" * 64):
        with pytest.raises(errors.ShapeNotFound, match="source path .*'inrstore list'"):
            TAKERS[what](ten, ref)
    for key in (999, gone, gone.key):
        if what in BULK:
            assert not TAKERS[what](ten, key)
        else:
            with pytest.raises(errors.ShapeNotFound, match=f"{getattr(key, 'key', key)}"):
                TAKERS[what](ten, key)
    for bad in (True, 1.5, None):
        with pytest.raises(errors.BadInput, match="names no shape; give an id"):
            TAKERS[what](ten, bad)


def test_several_where_one_is_asked_for(ten: Store) -> None:
    for call in (ten.shape, ten.inrs, lambda refs: ten.add_source(refs, "/x", digest("x"), 1)):
        for refs in ([1, 2], [], np.array([1, 2])):
            with pytest.raises(errors.BadInput, match="one reference to a shape is asked for here"):
                call(refs)


def test_the_first_missing_one_and_how_many(ten: Store) -> None:
    one = key_of(ten, 1)
    with pytest.raises(errors.ShapeNotFound, match="no shape has the key 77, and 2 of 3 references name none"):
        ten.label([one, 77, 99], "x")
    with pytest.raises(errors.ShapeNotFound, match="path 'none', and 1 of 2 references name none"):
        ten.remove([digest(1), "none"])
    assert ten.count() == 10 and ten.shape(one).label == "chair", "all or none"
    with pytest.raises(errors.ShapeNotFound, match=f"no shape has the key {1 << 70}"):
        ten.shape(1 << 70)


def test_paths(ten: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model: Any) -> None:
    ten.commit([new_shape(tiny_model, 50, source=str(tmp_path / "a b.obj"))])
    ten.commit([new_shape(tiny_model, 51, source="s3://bucket/x.obj")])
    monkeypatch.chdir(tmp_path)
    assert ten.shape("a b.obj").id == ten.shape("./a b.obj").id == ten.shape(Path("a b.obj")).id == digest(50)
    assert ten.shape("s3://bucket/x.obj").id == digest(51)
    for ref in ("", "abc", "*", "a\0b"):
        with pytest.raises(errors.ShapeNotFound, match="inrstore list"):
            ten.shape(ref)


def test_ambiguous_prefixes(store: Store, tiny_model: Any) -> None:
    ids = ["abcd" + digest(number)[4:] for number in range(2)]
    store.commit([new_shape(tiny_model, number, sha256=ids[number]) for number in range(2)])
    for call in (store.shape, store.weights, store.remove):
        with pytest.raises(errors.AmbiguousShape, match="abcd begins several ids .*give more digits"):
            call("abcd")
    assert store.shape(ids[0][:12]).id == ids[0]
    assert store.find(["abcd", ids[1], "none", 1, 99, ids[0][:9]]) == {ids[1]: 2, 1: 1, ids[0][:9]: 1}


def test_a_path_that_looks_like_an_id(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1, source="cafe"), new_shape(tiny_model, 2, source="ab" * 32)])
    assert store.shape("cafe").id == digest(1) and store.shape("ab" * 32).id == digest(2)


def test_references_of_one_shape_that_say_different_things(ten: Store) -> None:
    with pytest.raises(errors.BadInput, match="another value by another reference"):
        ten.relabel({digest(1): "a", key_of(ten, 1): "b"})
    assert ten.relabel({digest(1): "a", key_of(ten, 1): "a"}) == 1


def test_many_keys_are_not_looked_up_one_by_one(ten: Store) -> None:
    statements: list[str] = []
    event.listen(ten.catalog.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    many = np.arange(1, 50_001)
    for refs in (many, many.tolist(), [np.int64(key) for key in many]):
        statements.clear()
        assert len(ten.embeddings(refs)[0]) == 10
        assert len(statements) <= 4, statements  # begin, the table, its shards
    statements.clear()
    assert set(ten.find([digest(number) for number in range(5000)]).values()) == set(range(1, 11))
    assert len(statements) < 30, "ids are asked for a thousand at a time"
