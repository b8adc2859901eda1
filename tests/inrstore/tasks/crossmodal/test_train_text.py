"""A text head learns what words look like: shapes that were called otherwise, or nothing, are found by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, ModelNotFound
from inrstore.model import Head
from inrstore.store import Store, init_store
from inrstore.tasks.crossmodal import train_text as training
from inrstore.tasks.crossmodal.calibration import figures_of, floor_of, slope_of
from inrstore.tasks.crossmodal.found import query_head
from inrstore.tasks.crossmodal.train_text import TextRecipe, train_text
from tests.inrstore.tasks.crossmodal.conftest import KINDS, LIKE, NUMBER, Words, looks, of_kind
from tests.shapes import make_model


def test_words_find_shapes_that_are_called_nothing(called: Store, words: Words, tiny_model: Any) -> None:
    trained = train_text(called)
    called.commit([of_kind(tiny_model, 100 + number, f"{number}", kind) for number, kind in enumerate(KINDS)])
    head = query_head(called, "text")
    assert head.head.id == trained.head.id and head.tower_id == words.id
    rows = np.stack([looks(kind, 100 + number, 8) for number, kind in enumerate(KINDS)])
    for asked in (KINDS, tuple(LIKE)):
        found = head.ask(words.encode(list(asked)))
        np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
        likeness = np.stack([found.likeness(place, row) for place, row in enumerate(found.vectors @ rows.T)])
        np.testing.assert_array_equal(likeness.argmax(axis=1), np.arange(len(KINDS)))
        assert np.diag(likeness).min() > (likeness - 9 * np.eye(len(KINDS))).max()


def test_a_likeness_is_the_product_in_the_space_of_the_head(called: Store, words: Words) -> None:
    head = query_head(called, "text") if train_text(called) else None
    assert head is not None
    _, rows = called.embeddings()
    features = words.encode(["chair", "blue flask"])
    found, inside = head.ask(features), head.inside(features)
    placed = (rows - head.space.middle) @ head.space.directions.T
    usual = np.median(np.linalg.norm(placed, axis=1))
    for place, row in enumerate(found.vectors @ rows.T):
        np.testing.assert_allclose(found.likeness(place, row), placed @ inside[place] / usual, atol=5e-3)


def test_nonsense_is_less_like_anything_than_what_was_learned(called: Store, words: Words) -> None:
    train_text(called)
    head, (_, rows) = query_head(called, "text"), called.embeddings()
    found = head.ask(words.encode(["red chair", "qwertz"]))
    best = [found.likeness(place, row).max() for place, row in enumerate(found.vectors @ rows.T)]
    assert best[0] > 2 * best[1]


def test_figures_are_of_names_that_were_not_learned(called: Store, words: Words) -> None:
    figures = train_text(called).figures
    assert figures["queries"] == len({said for said in called.sentences(called.keys()).values()})
    # colours do not show, so that the first is right by chance among those of the kind, of which there are twelve
    assert figures["first ten"] > figures["by chance, first ten"] + 0.25


def test_names_without_looks_are_not_learned(store: Store, words: Words, tiny_model: Any) -> None:
    """The control: embeddings that have nothing to do with the names."""
    rng = np.random.default_rng(0)
    kinds = rng.permutation(np.repeat(KINDS, NUMBER // 5)).tolist()
    store.commit([of_kind(tiny_model, n, f"{KINDS[n % 5]} number{n}", str(kind)) for n, kind in enumerate(kinds)])
    figures = train_text(store).figures
    assert figures["first"] < 0.15


def test_a_further_store_teaches_words(called: Store, words: Words, tmp_path: Path, tiny_model: Any) -> None:
    other = init_store(tmp_path / "other.store", tiny_model)
    other.commit([of_kind(tiny_model, 500 + n, "propeller", "propeller") for n in range(25)])
    row = looks("propeller", 999, 8)
    alone = query_head(called, "text") if train_text(called) else None
    both = train_text(called, also=[other], name="both")
    assert alone is not None and query_head(called, "text").head.name == "both"
    features = words.encode(["propeller"])
    before, after = (head.ask(features) for head in (alone, query_head(called, "text", "both")))
    assert after.likeness(0, after.vectors @ row)[0] > before.likeness(0, before.vectors @ row)[0] + 0.3
    assert [one["shapes"] for one in both.head.card["data"]] == [60, 25]


def test_stores_of_another_encoder_are_refused(called: Store, words: Words, tmp_path: Path) -> None:
    other = init_store(tmp_path / "other.store", make_model(seed=1))
    with pytest.raises(BadInput, match="embeddings of another encoder"):
        train_text(called, also=[other])


def test_it_is_the_same_again_and_is_kept_as_it_was(called: Store, words: Words, tmp_path: Path) -> None:
    one, other = train_text(called, TextRecipe(seed=3)), train_text(called, TextRecipe(seed=3))
    assert one.head.id == other.head.id
    one.head.save(tmp_path / "head")
    assert Head.load(tmp_path / "head") == one.head


def test_without_a_head_it_is_said_how_to_get_one(called: Store) -> None:
    with pytest.raises(ModelNotFound, match="inrstore train text"):
        query_head(called, "text")


def test_names_that_mean_nearly_the_same_do_not_raise_the_floor(
    called: Store, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_text(called)
    floor = query_head(called, "text").floor
    monkeypatch.setattr(training, "ALIKE", 2)  # then a red seat is a wrong answer to a red chair
    train_text(called)
    assert floor < query_head(called, "text").floor - 0.02


def test_floor_and_slope_are_those_of_known_distributions() -> None:
    rng = np.random.default_rng(0)
    right, wrong = rng.normal(1, 0.5, 20_000), rng.normal(0, 0.5, 20_000)
    assert floor_of(wrong.astype(np.float32)) == pytest.approx(0.5 * 1.645, abs=0.02)
    # of two normals of one deviation s the log odds are linear: (m/s^2) (x - m/2)
    a, b = slope_of(right.astype(np.float32), wrong.astype(np.float32))
    assert a == pytest.approx(4, abs=0.15) and b == pytest.approx(-2, abs=0.1)


def test_figures_count_first_and_first_ten() -> None:
    scores = -np.arange(40, dtype=np.float32)[None].repeat(3, axis=0)
    right = np.zeros((3, 40), bool)
    right[0, 0] = right[1, 9] = right[2, 10] = True
    found = figures_of(scores, right)
    assert found == {"first": 0.3333, "first ten": 0.6667, "by chance, first ten": 0.25, "queries": 3}
