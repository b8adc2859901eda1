"""A client says of shapes what the store itself does."""

from __future__ import annotations

from typing import Any

import pytest

import inrstore
from inrstore.errors import AmbiguousShape, BadInput, ShapeNotFound
from inrstore.records import Part, Source
from inrstore.store import Store
from tests.shapes import digest, new_shape

from .conftest import SHAPES, Served, served_store

CONDITIONS: list[Any] = [
    None,
    "label=chair",
    ["label=ch*", "split!=test"],
    {"split": "test", "label": "table"},
    {"label": None},
    "faces>=5",
    "words=chair 3",
    "label=nothing",
]


@pytest.mark.parametrize("where", CONDITIONS, ids=str)
def test_conditions(served: Served, where: Any) -> None:
    store, remote, _ = served
    assert remote.shapes(where) == store.shapes(where) == list(remote.iter_shapes(where))
    assert remote.count(where) == store.count(where)
    for fact in ("label", "field", "kind", "profile", "tag:split"):
        assert list(remote.facets(fact, where).items()) == list(store.facets(fact, where).items())


@pytest.mark.parametrize("order", ["key", "-name", "label", "-error"])
def test_orders_and_pages(served: Served, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, remote, _ = served
    monkeypatch.setattr("inrstore.remote.catalogue.PAGE", 3)
    for limit, offset in ((None, 1), (4, 3), (0, 0), (6, 0), (5, 40)):
        found = remote.shapes(limit=limit, offset=offset, order=order)
        assert found == store.shapes(limit=limit, offset=offset, order=order)
    assert list(remote) == list(store)
    assert list(remote.iter_shapes(after=list(store)[2].key)) == list(store)[3:]


def test_one_shape(served: Served) -> None:
    store, remote, _ = served
    assert len(remote) == len(store) == SHAPES and remote
    for shape in list(store)[1:4]:
        for ref in (shape.id, shape.id[:8].upper(), shape):
            assert remote.shape(ref) == shape
        assert remote.inrs(shape) == store.inrs(shape)
        assert remote.sources(shape) == store.sources(shape)
    assert remote.shape(digest(2)).rotation == store.shape(digest(2)).rotation is not None


def test_what_names_no_shape(served: Served) -> None:
    for wrong in ("0" * 64, "abcd", "xyz", "../x", "", "/data/chair/1.obj", "a/b"):
        with pytest.raises(ShapeNotFound):
            served.remote.shape(wrong)
    with pytest.raises(BadInput, match="names no shape of a server"):
        served.remote.shape(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["chair", "nothing=1", "error>few", "name>x"])
def test_no_conditions(served: Served, where: str) -> None:
    store, remote, _ = served
    with pytest.raises(BadInput) as there:
        store.shapes(where)
    for ask in (remote.shapes, remote.iter_shapes, remote.count):
        with pytest.raises(BadInput) as here:
            ask(where)
        assert str(here.value) == str(there.value)


def test_wrong_numbers_and_names(served: Served) -> None:
    for limits in ({"limit": -1}, {"offset": -1}, {"order": "size"}):
        with pytest.raises(BadInput):
            served.remote.shapes(**limits)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="is none of label"):
        served.remote.facets("shape")


def test_facts(served: Served) -> None:
    store, remote, _ = served
    facts = remote.facts()
    assert (facts.name, facts.id, facts.shapes) == ("shapes.store", store.id, SHAPES)
    assert facts.labels == ("chair", "table") and facts.tags == ("split",) and facts.searchable
    assert facts.version == inrstore.__version__ and not facts.read_only and "inr" in facts.formats


def test_a_store_of_odd_shapes(store: Store, tiny_model: Any) -> None:
    """Empty at first; then with figures that are not finite, parts of files, and ids that begin alike."""
    with served_store(store.url) as url, inrstore.connect(url) as remote:
        assert len(remote) == 0 and remote and list(remote) == [] == remote.shapes() and remote.facets("label") == {}
        further = Source("/other.glb", digest("f"), 7)
        part = Part("/b.glb", 2, None, tuple(float(n) for n in range(16)))
        odd = {"quality": {}, "tags": {}, "label": "ü", "source": "/b.glb#1", "part": part, "further": (further,)}
        made = [new_shape(tiny_model, n, sha256=f"abcd{n}" + "0" * 59, **(odd if n else {})) for n in range(2)]
        store.commit(made)
        assert list(remote) == list(store)
        assert remote.sources("abcd1") == store.sources("abcd1") and len(remote.sources("abcd1")) == 2
        with pytest.raises(AmbiguousShape, match="give more digits"):
            remote.shape("abcd")
