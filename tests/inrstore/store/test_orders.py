"""Pages in every order are the slices of the whole."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore.store import Store
from tests.shapes import digest, new_shape


@pytest.fixture
def many(ten: Store, tiny_model: Any) -> Store:
    labels = ["lamp", None, "chair", "bed"]
    ten.commit([new_shape(tiny_model, n, label=labels[n % 4]) for n in range(20, 36)])
    ten.remove([digest(2), digest(24)])
    return ten


@pytest.mark.parametrize("order", ["key", "name", "label", "created", "error"])
def test_pages_are_slices(many: Store, order: str) -> None:
    for sign in ("", "-"):
        for where in (None, "label!=bed"):
            whole = [shape.id for shape in many.shapes(where, order=sign + order)]
            assert len(set(whole)) == many.count(where)
            for limit, offset in ((1, 0), (3, 2), (7, 7), (5, 20), (100, 3), (None, 4), (4, 300), (0, 0)):
                page = many.shapes(where, limit=limit, offset=offset, order=sign + order)
                assert [shape.id for shape in page] == whole[offset:][:limit], (sign, limit, offset)


def test_labels_are_in_the_alphabet_and_none_last(many: Store) -> None:
    labels = [shape.label for shape in many.shapes(order="label")]
    named = [label for label in labels if label is not None]
    assert named == sorted(named) and labels == named + [None] * labels.count(None) and None in labels
    assert [s.label for s in many.shapes(order="-label")] == sorted(named, reverse=True) + [None] * labels.count(None)
