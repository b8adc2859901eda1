"""Words for shapes of which none is labelled: probabilities by their formula, and the review that labels have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, ModelMismatch, ModelNotFound
from inrstore.model import Head
from inrstore.pictures.stored import proposal_sheet
from inrstore.store import Store
from inrstore.tasks import Vocabulary, Words, accept, take_back, zero_shot
from inrstore.tasks.classification import proposals
from inrstore.tasks.crossmodal import zeroshot
from inrstore.tasks.crossmodal.head import QueryHead
from inrstore.tasks.crossmodal.space import Space
from tests.shapes import new_shape

from .words import DIM, KNOWN, SLOPE, Tower, head_by_hand

WORDS = Vocabulary.of(["bench", "chair: lampion", "spaceship"])


def row(*shares: float) -> Any:
    """An embedding whose cosines with the axes of the known words these are; the rest lies elsewhere."""
    rest = np.sqrt(1 - sum(share**2 for share in shares))
    return np.array([*shares, *[0] * (DIM - 1 - len(shares)), rest], np.float32)


ROWS = (row(0.95, 0.1), row(0.2, 0.9), row(0.1, 0.2, 0.97), row(0.7, 0.7), row(0.1, 0.1, 0.2))


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    """A bench, a chair, a lamp, what is as much a bench as a chair, what is nothing, and a labelled bench."""
    shapes = [new_shape(tiny_model, place, embedding=one, label=None) for place, one in enumerate(ROWS)]
    store.commit([*shapes, new_shape(tiny_model, 9, embedding=ROWS[0], label="known")])
    store.add_head(head_by_hand(store.encoder_id or ""))
    return store


def named(found: list[Any]) -> dict[str, Any]:
    return {one.shape.name: one for one in found}


def test_probabilities_are_those_of_the_odds(filled: Store) -> None:
    found = named(zero_shot(filled, WORDS, tower=Tower()))
    assert set(found) == {f"shape {number}" for number in range(5)}  # not the one that has a label
    a, b = SLOPE
    for number, one in enumerate(ROWS):
        bench, chair, ship = (float(np.exp(a * s + b)) for s in (one[0], max(one[1], one[2]), one[3]))
        said, total = found[f"shape {number}"], 1 + bench + chair + ship
        best, label = max((bench, "bench"), (chair, "chair"))
        assert said.label == label or number == 3
        assert said.probability == pytest.approx(best / total, abs=1e-5)
        assert said.none == pytest.approx(1 / total, abs=1e-5)
        assert said.named.unlike is (best < 1)
        assert sum(share for _, share in said.named.top) + said.none == pytest.approx(1, abs=1e-6)


def test_sure_in_doubt_and_none_of_these(filled: Store) -> None:
    found = zero_shot(filled, WORDS, tower=Tower())
    told = {name: (one.label, one.sure, one.named.unlike) for name, one in named(found).items()}
    assert told["shape 0"] == ("bench", True, False) and told["shape 1"] == ("chair", True, False)
    assert told["shape 2"] == ("chair", True, False)  # as a lampion is a chair here
    assert told["shape 3"][1:] == (False, False) and told["shape 4"][1:] == (False, True)
    assert [one.sure for one in found] == [True, True, True, False, False] and found[-1].shape.name == "shape 4"
    assert not any(one.sure for one in zero_shot(filled, WORDS, tower=Tower(), threshold=0.999))
    all_that_are_something = [one.sure for one in zero_shot(filled, WORDS, tower=Tower(), threshold=0)]
    assert all_that_are_something == [True] * 4 + [False]
    assert [one.shape.name for one in zero_shot(filled, WORDS, tower=Tower(), where="name=shape 1")] == ["shape 1"]
    assert found[0].to_dict().keys() == {"id", "source", "label", "probability", "unlike", "top", "none", "sure"}


def test_loud_words_are_quieted_as_the_head_knows_shapes(store: Store) -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(400, DIM)) * np.linspace(2, 0.1, DIM) + 1).astype(np.float32)
    space, base = Space.of(rows), head_by_hand(store.encoder_id or "")
    asked = rng.normal(size=(4, space.directions.shape[0])) * np.array([[1], [3], [0.5], [0.01]])
    hand = np.linalg.inv(np.exp(5 * (np.eye(4) - 1)))  # so that each landmark is what is asked for by it
    tensors = {"space.middle": space.middle, "space.directions": space.directions, "landmarks": np.eye(4)}
    settings = base.settings["settings"]
    head = Head.task("text", "text", store.encoder_id or "", settings, tensors | {"adds": hand @ asked}, {})
    words = Words.of(store, Vocabulary.of(KNOWN), head=QueryHead(head), tower=Tower())
    likeness = (rows - space.middle) @ space.directions.T @ asked.T
    deviations = likeness.std(axis=0)
    assert words.loud == pytest.approx(np.maximum(deviations / deviations.mean(), 0.5), rel=1e-3)
    assert words.loud[3] == 0.5 and words.loud[1] > 1


def test_great_odds_are_no_overflow(filled: Store) -> None:
    head = QueryHead(head_by_hand(filled.encoder_id or "", slope=(2_000.0, -1_000.0)))
    found = named(zero_shot(filled, WORDS, head=head, tower=Tower()))
    assert found["shape 0"].probability == pytest.approx(1) and found["shape 4"].none == pytest.approx(1)


def test_some_at_a_time_is_the_same(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> list[Any]:
        return [(one.shape.key, one.label, round(one.probability, 5)) for one in zero_shot(filled, words)]

    words = Words.of(filled, WORDS, tower=Tower())
    whole = told()
    monkeypatch.setattr(zeroshot, "COMPARED", 8)
    monkeypatch.setattr(zeroshot, "AT_ONCE", 3)
    words = Words.of(filled, WORDS, tower=Tower())
    assert told() == whole


def test_what_was_refused_is_left_out(filled: Store) -> None:
    found = named(zero_shot(filled, WORDS, tower=Tower()))
    filled.refuse([(found["shape 0"].shape, "bench"), (found["shape 1"].shape, "bench")])
    assert set(named(zero_shot(filled, WORDS, tower=Tower()))) == {f"shape {number}" for number in (1, 2, 3, 4)}
    assert len(zero_shot(filled, WORDS, tower=Tower(), label="is")) == 6  # a tag of that name is another question


def test_accepted_marked_and_taken_back(filled: Store) -> None:
    words = Words.of(filled, WORDS, tower=Tower())
    before = filled.values("label")
    found = zero_shot(filled, words)
    assert accept(filled, words, found) == 3
    sure = {one.shape.key: one.label for one in found if one.sure}
    assert filled.values("label") == before | sure
    assert filled.values("proposed") == {key: f"label={label}" for key, label in sure.items()}
    assert set(filled.values("proposed_by").values()) == {words.head.id[:12]}
    with pytest.raises(ModelNotFound, match="no classifier 'other'"):
        take_back(filled, "other")
    assert take_back(filled, "text", where="name=shape 0") == 1
    filled.remove_head("text")
    assert take_back(filled, words.head.id[:6]) == 2 and filled.values("label") == before
    assert not filled.values("proposed")


def test_those_of_the_packaged_head_are_taken_back_by_its_name(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.remove_head("text")
    ours = head_by_hand(filled.encoder_id or "", "ours")
    words = Words.of(filled, WORDS, head=QueryHead(ours), tower=Tower(), label="is")
    assert accept(filled, words, zero_shot(filled, words, threshold=0.9)) == 4
    assert set(filled.values("is").values()) == {"bench", "chair"} and len(filled.values("label")) == 1
    with pytest.raises(ModelNotFound):
        take_back(filled, "ours")
    monkeypatch.setattr(proposals, "packaged", lambda kind: ours if kind == "text" else None)
    assert take_back(filled, "ours") == 4 and not filled.values("is")


def test_heads_and_towers_that_do_not_fit(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Tower):
        id = "1" * 64

    with pytest.raises(ModelMismatch, match="makes of words, and here is by hand 111111111111"):
        zero_shot(filled, WORDS, tower=Other())
    monkeypatch.setattr("inrstore.towers.text_tower", lambda name: {"by hand": Tower()}[name])
    assert len(zero_shot(filled, WORDS)) == 5
    with pytest.raises(ModelMismatch, match="another encoder"):
        zero_shot(filled, WORDS, head=QueryHead(head_by_hand("f" * 64)))
    with pytest.raises(BadInput, match="threshold is 2"):
        zero_shot(filled, WORDS, threshold=2)
    with pytest.raises(BadInput, match="no tag can be called 'name'"):
        zero_shot(filled, WORDS, label="name")


def test_a_picture_of_them_fills_its_rows(filled: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from inrstore.pictures import stored

    drawn: list[Any] = []
    monkeypatch.setattr(stored, "thumbnail", lambda *_, **__: np.zeros((8, 8, 3), np.uint8))
    monkeypatch.setattr(stored, "sheet", lambda rows, path: drawn.extend(rows))
    proposal_sheet(filled, zero_shot(filled, WORDS, tower=Tower()) * 2, tmp_path / "words.png")
    assert [len(tiles) for tiles in drawn] == [6, 4]
    assert [tile.match for tile in drawn[0]] == [True, True, True, False, False, True]
    assert {tile.title for tile in drawn[0]} == {f"{word}?" for word in KNOWN[:2]} and all(t.framed for t in drawn[0])
