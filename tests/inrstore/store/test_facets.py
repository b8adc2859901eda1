"""Facts counted, against what Python counts of the same shapes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from inrstore.errors import BadInput
from inrstore.store import Store
from tests.shapes import new_inr, new_shape


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    store.commit([new_shape(tiny_model, n, label=None if n == 5 else ["table", "chair"][n % 2]) for n in range(9)])
    store.add_inrs({store.keys()[0]: [new_inr(tiny_model, 0, profile="fine")]})
    store.remove(store.shapes(limit=1, order="-key"))
    return store


def test_facts_are_counted_as_python_counts_them(filled: Store) -> None:
    shapes = filled.shapes()
    for name in ("label", "field", "kind"):
        assert filled.facets(name) == dict(Counter(getattr(shape, name) for shape in shapes))
    assert list(filled.facets("label").items()) == [("table", 4), ("chair", 3), (None, 1)]
    profiles = Counter(profile for s in shapes for profile in {inr.profile for inr in filled.inrs(s)})
    assert filled.facets("profile") == dict(profiles) and profiles["fine"] == 1
    tags = Counter(shape.tags["split"] for shape in shapes if "split" in shape.tags)
    assert filled.facets("tag:split") == dict(tags) and tags
    assert filled.facets("tag:none") == {}


def test_conditions_hold_and_few_can_be_asked_for(filled: Store) -> None:
    assert filled.facets("label", "label=chair") == {"chair": 3}
    assert filled.facets("label", most=1) == {"table": 4}
    with pytest.raises(BadInput, match="facet: 'size' is none of label, field, kind, profile and no tag"):
        filled.facets("size")


def test_numbers_are_counted_in_ranges_that_hold_them_all(filled: Store) -> None:
    shapes = filled.shapes()
    encoded = {shape.id: next(inr.error for inr in filled.inrs(shape) if inr.encoded) for shape in shapes}
    scales = {shape.id: shape.scale for shape in shapes}
    sizes = {id: 2 * scale for id, scale in scales.items()}
    for name, number in (("scale", scales), ("size", sizes), ("error", encoded)):
        for where in (None, "label=chair"):
            asked = {shape.id for shape in filled.shapes(where)}
            found = filled.ranges(name, where)
            assert sum(found.values()) == len(asked) and list(found) == sorted(found)
            for (low, high), count in found.items():
                assert count == sum(low <= number[id] < high for id in asked) > 0
    assert len(filled.ranges("error")) > 1
    with pytest.raises(BadInput, match="ranges: 'label' is none of scale, size, error"):
        filled.ranges("label")
