"""What shapes are called, as a text head reads it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.store import Store
from inrstore.tasks.crossmodal.captions import Captioned, captions_of, listed
from tests.shapes import key_of, new_shape


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a nut|a bolt", ["a nut", "a bolt"]),
        (json.dumps(["a, b", "c"]), ["a, b", "c"]),
        ("[broken", ["[broken"]),
        ('["a", 3]', ["a"]),
        ("", [""]),
    ],
)
def test_a_tag_may_hold_several(text: str, said: list[str]) -> None:
    assert listed(text) == said


def test_names_labels_and_tags_are_captions_and_what_is_no_word_is_none(store: Store, tiny_model: Any) -> None:
    tags = {"captions": '["a seat", "Oak seat"]', "wood": "oak, brown", "split": "test"}
    store.commit([new_shape(tiny_model, 0, name="OfficeChair_03", label="chair", tags=tags)])
    store.commit([new_shape(tiny_model, 1, name="000123", label=None, tags={})])
    found = captions_of(store, store.keys())
    assert found == {
        key_of(store, 0): ("office chair", "a seat", "Oak seat", "office chair, chair", "chair", "oak"),
    }


def test_shapes_of_one_name_are_in_one_fold(called: Store) -> None:
    known = Captioned.of([called])
    fold = known.folds(5, 0)
    by_name: dict[str, set[int]] = {}
    for said, one in zip(known.captions, fold.tolist(), strict=True):
        by_name.setdefault(said[0], set()).add(one)
    assert all(len(folds) == 1 for folds in by_name.values())
    assert set(fold.tolist()) == set(range(5)) and len(known) == len(known.rows) == 60
    np.testing.assert_array_equal(fold, known.folds(5, 0))


def test_too_few_words_are_refused(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number, name=f"{number}", label=None, tags={}) for number in range(30)])
    with pytest.raises(BadInput, match="0 shapes have a name, label or tag with words"):
        Captioned.of([store])
