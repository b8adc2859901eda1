"""Embeddings with their classes, and how they are parted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.store import Store
from inrstore.tasks.classification import labelled
from inrstore.tasks.classification.labelled import Labelled, unit
from tests.shapes import new_shape

from .conftest import NAMES


def test_labels_and_tags(filled: Store) -> None:
    found = Labelled.of(filled)
    assert found.names == NAMES and found.counts().tolist() == [12, 12, 12] and len(found) == 36
    keys, rows = filled.embeddings(found.keys)
    np.testing.assert_array_equal(keys, found.keys)
    np.testing.assert_allclose(found.rows, rows, atol=1e-6)
    labels = filled.values("label")
    assert all(labels[int(key)] == found.names[place] for key, place in zip(found.keys, found.label, strict=True))
    assert Labelled.of(filled, "sort").names == ("b", "c", "l") and len(Labelled.of(filled, "sort")) == 42
    some = Labelled.of(filled, where=["label!=lamp"])
    assert some.names == ("bench", "chair") and len(some) == 24
    assert found.at(np.flatnonzero(found.label == 2)).trimmed().names == ("lamp",)


@pytest.mark.parametrize("many", [10_000, 30])
def test_each_class_is_parted_evenly(filled: Store, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(labelled, "MANY", many)
    found = Labelled.of(filled)
    splits = found.splits(seed=1)
    assert len(splits) == (5 if many > 36 else 1)
    for own, asked in splits:
        assert sorted([*own, *asked]) == list(range(36))
        low, high = (2, 3) if many > 36 else (1, 2)
        counts = np.bincount(found.label[asked], minlength=3)
        assert low <= counts.min() <= counts.max() <= high
    if many > 36:
        assert sorted(np.concatenate([asked for _, asked in splits])) == list(range(36))
    again = found.splits(seed=1)
    assert all((a[1] == b[1]).all() for a, b in zip(splits, again, strict=True))
    assert any(
        (a[1] != b[1]).any() for a, b in zip(splits, found.splits(seed=2), strict=True) if len(a[1]) == len(b[1])
    )


def test_classes_of_one_are_spread_over_the_folds() -> None:
    names = tuple(f"class {number}" for number in range(10))
    found = Labelled(np.arange(10), np.eye(10, dtype=np.float32), np.arange(10), names)
    assert [len(asked) for _, asked in found.splits(seed=0)] == [2] * 5


def test_what_is_missing_is_said(store: Store, tiny_model: Any) -> None:
    with pytest.raises(BadInput, match="no shape has a 'label'.*inrstore label"):
        Labelled.of(store)
    store.commit([new_shape(tiny_model, 1), new_shape(tiny_model, 3), new_shape(tiny_model, 2)])
    with pytest.raises(BadInput, match="no shape has a 'sort'.*is 'sort' the tag's name"):
        Labelled.of(store, "sort")
    with pytest.raises(BadInput, match="that fulfils the conditions"):
        Labelled.of(store, where=["name=x"])
    with pytest.raises(BadInput, match=r"of 2 classes \(chair 2, table 1\) two need two shapes"):
        Labelled.of(store).check()


def test_without_embeddings(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1, embedding=None, encoder=None)])
    with pytest.raises(BadInput, match="none of the 1 shapes .* has an embedding: run 'inrstore encode'"):
        Labelled.of(store)


def test_unit() -> None:
    np.testing.assert_allclose(unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]], atol=1e-7)
