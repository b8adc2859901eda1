"""Search by words: what was understood, why each hit is there, and what no text may break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index
from index.texts.fusion import DAMPING, fused
from inrstore.errors import BadInput
from inrstore.store import Store, init_store
from tests.shapes import new_shape

NAMES = ("oak chair", "chair", "hex bolt", "long hex bolt")


@pytest.fixture
def library(tmp_path: Path, tiny_model: Any) -> Store:
    store = init_store(tmp_path / "lib.store", tiny_model)
    own: dict[str, Any] = {"label": None, "tags": {}}
    shapes = [
        new_shape(tiny_model, n, name=name, source=f"/lib/{n}.{'stl' if n % 2 else 'obj'}", scale=10.0**n, **own)
        for n, name in enumerate(NAMES)
    ]
    store.commit(shapes)
    return store


def names(found: index.TextResult) -> list[str]:
    return [hit.shape.name for hit in found.hits if hit.shape]


def test_a_text_finds_and_says_why(library: Store) -> None:
    found = index.search_text(library, "long bolts")
    assert names(found) == ["long hex bolt", "hex bolt"]
    assert [hit.why[0].said for hit in found.hits] == ["long bolts in the name", "bolts in the name"]
    assert found.hits[0].score == 1 > found.hits[1].score > 0
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["hits"][0]["why"] == [{"by": "words", "rank": 1, "said": "long bolts in the name"}]
    assert "long bolts in the name" in repr(found) and "long bolts in the name" in found._repr_html_()


def test_some_words_of_several_count_half(library: Store) -> None:
    found = index.search_text(library, "oak bolt")
    assert [hit.score for hit in found.hits][0] == 0.5 and set(names(found)) == {
        "oak chair",
        "hex bolt",
        "long hex bolt",
    }


def test_limits_narrow_and_are_said(library: Store) -> None:
    found = index.search_text(library, "bolt under 300 mm")
    assert names(found) == ["hex bolt"] and found.understood.limits[0].condition == "size<300"
    assert "'under 300 mm' is taken as size<300" in repr(found)
    assert names(index.search_text(library, "bolt under 3 m", unit="in")) == []
    assert names(index.search_text(library, "bolt stl")) == ["long hex bolt"]
    assert names(index.search_text(library, "stl")) == ["long hex bolt", "chair"]  # the newest first
    assert names(index.search_text(library, "bolt", where="source=*.obj")) == ["hex bolt"]
    assert index.search_text(library, "bolt stl", plain=True).understood.limits == ()


def test_what_nothing_is_called_is_said(library: Store) -> None:
    assert "nothing is called 'chiar'; taken for chair" in repr(index.search_text(library, "chiar"))
    for text, said in (("xyzzy", "nothing is called 'xyzzy'"), ("👍", "there is no word in it")):
        found = index.search_text(library, text)
        assert found.hits == [] and said in repr(found)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "the text is empty"),
        (" \n", {}, "the text is empty"),
        ("x" * 10_001, {}, "10,001 characters"),
        ("chair", {"k": 0}, "k is 0"),
        ("chair", {"where": "nonsense"}, "no condition"),
        ("chair", {"unit": "yard"}, "unit"),
    ],
)
def test_refusals(library: Store, text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        index.search_text(library, text, **options)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.text(min_size=1, max_size=80), st.from_regex(r"[\"'*():^{}\-+a-c 0-9ANDORNEAT]{1,40}", fullmatch=True))
)
def test_no_text_is_an_operator(library: Store, text: str) -> None:
    if text.strip():
        found = index.search_text(library, text)
        assert set(names(found)) <= set(NAMES)


def test_the_longest_texts_have_an_answer(library: Store) -> None:
    found = index.search_text(library, ("chair " + "x1y2 " * 2_000)[:10_000])
    assert "chair" in names(found) and found.understood.left_out == 0  # one word, however often
    many = index.search_text(library, " ".join(f"w{n}" for n in range(1_400)))
    assert many.hits == [] and many.understood.left_out > 300
    for text in ("كرسي خشبي", "כיסא", "a" * 10_000, "chair\x00bolt", "\u202echair", "chair\ud800"):
        index.search_text(library, text)


def test_reciprocal_ranks_by_hand() -> None:
    found = dict(fused([[(1, 1.0), (2, 1.0)], [(2, 1.0), (3, 1.0)]]))
    whole = 2 / (DAMPING + 1)
    due = {1: 1 / (DAMPING + 1), 2: 1 / (DAMPING + 2) + 1 / (DAMPING + 1), 3: 1 / (DAMPING + 2)}
    assert found == pytest.approx({key: value / whole for key, value in due.items()})
    assert [key for key, _ in fused([[(1, 1.0), (2, 1.0)], [(2, 1.0), (3, 1.0)]])] == [2, 1, 3]
    assert fused([[(7, 1.0)], [(7, 1.0)]]) == [(7, pytest.approx(1.0))]
    assert [key for key, _ in fused([[(1, 0.5)], [(2, 1.0)]])] == [2, 1]
