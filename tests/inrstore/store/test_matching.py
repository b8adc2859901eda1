"""Keys by conditions, and those of some keys that fulfil them, against what Python makes of the shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.records import Shape
from inrstore.store import Store, matching
from tests.shapes import digest, key_of

CASES: dict[str, Callable[[Shape], bool]] = {
    "label=chair": lambda shape: shape.label == "chair",
    "label=chair|table": lambda shape: shape.label in ("chair", "table"),
    "label=": lambda shape: shape.label is None,
    "label!=chair": lambda shape: shape.label != "chair",
    "split=te*": lambda shape: shape.tags.get("split", "").startswith("te"),
    "name=shape 4": lambda shape: shape.name == "shape 4",
    "source=*/table/*": lambda shape: "/table/" in shape.sources[0],
    "profile=default": lambda shape: True,
    "field=sdf": lambda shape: True,
    "words=table": lambda shape: "table" in shape.sources[0],
    "faces>=5": lambda shape: shape.quality["faces"] >= 5,
    "scale<1": lambda shape: False,
}


@pytest.fixture
def filled(ten: Store) -> Store:
    """Without shape 3, whose rows are still there."""
    ten.label(digest(4), None)
    ten.remove(digest(3))
    return ten


def test_each_condition_and_every_two(filled: Store) -> None:
    shapes = filled.shapes()
    some = [key_of(filled, number) for number in (8, 1, 4, 9)]
    for one, holds in CASES.items():
        for other, holds_too in CASES.items():
            due = [shape.key for shape in shapes if holds(shape) and holds_too(shape)]
            assert filled.keys([one, other]).tolist() == due, (one, other)
            assert filled.keys_among(some, [one, other]).tolist() == sorted(set(due) & set(some)), (one, other)


def test_errors_of_networks(filled: Store) -> None:
    errors = {shape.key: filled.inrs(shape.key)[0].error for shape in filled.shapes()}
    for text, holds in (
        ("error>0.003", lambda error: error > 0.003),
        ("error<=0.003", lambda error: error <= 0.003),
        ("error=0.002", lambda error: error == 0.002),
        ("error!=0.002", lambda error: error != 0.002),
        ("error=", lambda error: False),
        ("error!=", lambda error: True),
    ):
        due = [key for key, error in errors.items() if holds(error)]
        assert filled.keys(text).tolist() == due == filled.keys_among(list(errors), text).tolist(), text
        assert filled.count(text) == len(due), text


def test_keys_of_no_shape_are_left_out(filled: Store) -> None:
    gone = int(np.setdiff1d(np.arange(1, 11), filled.keys())[0])
    known = int(filled.keys()[0])
    assert filled.keys_among([known, gone, 12345, -1, known]).tolist() == [known]
    assert filled.keys_among([], "label=chair").tolist() == []
    assert filled.keys_among(list(range(5_000)), "label!=none").tolist() == filled.keys().tolist()
    with pytest.raises(BadInput, match="no shape has 'lable'"):
        filled.keys_among([known], "lable=x")


@pytest.mark.parametrize("look", [1, 3, 250])
def test_pages_are_slices_of_all(filled: Store, monkeypatch: pytest.MonkeyPatch, look: int) -> None:
    """Also where a look at the first ones does not tell, and the whole is listed."""
    monkeypatch.setattr(matching, "LOOK", look)
    monkeypatch.setattr(matching, "LOOKS", 2)
    for condition in CASES:
        whole = filled.keys(condition).tolist()
        for limit, offset in ((1, 0), (3, 0), (2, 3), (9, 1), (2, 20)):
            page = filled.shapes(condition, limit=limit, offset=offset)
            assert [shape.key for shape in page] == whole[offset:][:limit], (condition, limit, offset)
