"""A remote store finds by looks what the library finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import index
from inrstore.errors import BadInput, ModelNotFound
from inrstore.remote import RemoteStore, connect
from inrstore.store import Store, init_store
from tests import looks
from tests.shapes import digest, new_shape

from .conftest import served_store

Pair = tuple[Store, RemoteStore]


@pytest.fixture
def pair(tmp_path: Path, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """A store with small heads, and the same served."""
    looks.fake_towers(monkeypatch)
    store = init_store(tmp_path / "looks.store", tiny_model)
    store.commit([new_shape(tiny_model, number) for number in range(8)])
    store.add_head(looks.text_head(str(store.encoder_id), floor=-99))
    store.add_head(looks.image_head(str(store.encoder_id), floor=-99))
    with served_store(store.url, read_only=True) as url, connect(url) as remote:
        yield store, remote


def same(found: Any, own: index.Result) -> None:
    assert [(hit.rank, hit.shape.id) for hit in found.hits] == [(hit.rank, hit.id) for hit in own.hits]
    assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in own.hits], abs=1e-5)
    assert [hit.why for hit in found.hits] == [tuple(one.said for one in hit.why) for hit in own.hits]
    assert len(own.hits) > 0


def test_words_by_looks(pair: Pair) -> None:
    store, remote = pair
    same(
        remote.search_text("wheels", by="shape", k=3, skip=1),
        index.search_text(store, "wheels", by="shape", k=3, skip=1),
    )
    same(remote.search_text("chair"), index.search_text(store, "chair", k=24))
    assert remote.search_text("wheels", by=["words", "meaning"]).hits == ()


def test_pictures(pair: Pair, tmp_path: Path) -> None:
    store, remote = pair
    one, two = looks.drawn(tmp_path / "1.png"), looks.drawn(tmp_path / "2.png", (10, 10, 200))
    found = remote.search_image(one, k=3, where="label=chair")
    own = index.search_image(store, one, k=3, where="label=chair")
    same(found, own)
    assert (found.query, found.kind, found.said) == ("1.png", "cut", tuple(own.said()))
    same(remote.search_image([one, two.read_bytes()], k=5), index.search_image(store, [one, two], k=5))
    same(
        remote.search_image(one, mask=one, box=(8, 8, 60, 60), threshold=-50, skip=2, k=4),
        index.search_image(store, one, mask=one, box=(8, 8, 60, 60), threshold=-50, skip=2, k=4),
    )
    assert found.by == own.by == "shape" == remote.search_image(one, by="shape").by
    with pytest.raises(BadInput, match="no views of its shapes"):
        remote.search_image(one, by="views")
    for wrong in (b"hello", tmp_path / "nowhere.png", []):
        with pytest.raises(BadInput):
            remote.search_image(wrong)


def test_composed(pair: Pair) -> None:
    store, remote = pair
    asked: dict[str, Any] = {"text": ["wheels"], "minus_text": ["round"], "weights": {"not": 0.5}, "k": 4}
    same(
        remote.search_composed(like=digest(1), minus_like=[digest(2)], **asked),
        index.search_composed(store, like=digest(1), minus_like=[digest(2)], **asked),
    )
    with pytest.raises(BadInput, match="composed of something"):
        remote.search_composed()


def test_composed_with_pictures_and_limits(pair: Pair, tmp_path: Path) -> None:
    store, remote = pair
    one, two = looks.drawn(tmp_path / "1.png"), looks.drawn(tmp_path / "2.png", (10, 10, 200))
    data = [one.read_bytes(), two.read_bytes()]  # the server does not know what the files are called here
    asked: dict[str, Any] = {"text": "wheels over 1 in", "unit": "in", "weights": {"image": 2}, "k": 4}
    found = remote.search_composed(like=digest(1), image=[one, data[1]], **asked)
    same(found, index.search_composed(store, like=digest(1), image=data, **asked))
    assert found.said == ("'over 1 in' is taken as size>1",)
    same(remote.search_composed(image=one), index.search_composed(store, image=data[:1], k=24))
    with pytest.raises(BadInput):
        remote.search_composed(image=b"hello")
    with pytest.raises(BadInput):
        remote.search_composed(image=tmp_path / "nowhere.png")


def test_a_store_without_heads(tmp_path: Path, tiny_model: Any) -> None:
    store = init_store(tmp_path / "bare.store", tiny_model)
    store.commit([new_shape(tiny_model, number) for number in range(3)])
    with served_store(store.url) as url, connect(url) as remote:
        with pytest.raises(ModelNotFound, match="inrstore train image"):
            remote.search_image(looks.drawn(tmp_path / "1.png"))
        assert len(remote.search_text("chair").hits) == 1
