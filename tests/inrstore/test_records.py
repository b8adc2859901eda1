"""Records compare and hash without raising."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from typing import Any

import numpy as np

from inrstore.records import Failure, Shape
from inrstore.store.journal import IndexEntry, JournalEntry
from tests.shapes import kept, new_inr, new_shape


def test_records_that_hold_arrays_are_equal_to_themselves(tiny_model: Any) -> None:
    for make in (
        lambda: new_inr(tiny_model, 1),
        lambda: kept(1, 10),
        lambda: new_shape(tiny_model, 1, embedding=np.ones(8, np.float32)),
    ):
        one = make()
        assert (one == one) is True and (one == make()) is False and one in [make(), one] and len({one, make()}) == 2


def test_shapes_compare_by_what_they_say() -> None:
    now = datetime.now(UTC)
    shape = Shape(1, "id", "n", "sdf", "mesh", (0, 0, 0), 1.0, None, "l", {"a": "b"}, {"f": 1.0}, ("/x",), now)
    other = Shape(1, "id", "n", "sdf", "mesh", (0, 0, 0), 1.0, None, "l", {"a": "c"}, {"f": 1.0}, ("/x",), now)
    assert shape == copy(shape) and hash(shape) == hash(copy(shape)) and shape != other and len({shape, other}) == 2


def test_entries_hash() -> None:
    now = datetime.now(UTC)
    assert (
        len(
            {
                JournalEntry("x", {}, {"a": 1}, now),
                JournalEntry("x", {}, {"a": 1}, now),
                JournalEntry("x", {}, {"a": 2}, now),
            }
        )
        == 2
    )
    assert len({IndexEntry("x", "flat", 1, {"a": [1]}, now)} | {Failure("a", "b"), Failure("a", "b")}) == 2
