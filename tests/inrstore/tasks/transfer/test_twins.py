"""Clouds and solids of one object, told by a tag: what is seen is the cloud, and no object is on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.store import Store
from inrstore.tasks.transfer.twins import clouds_of, without_twins
from tests.shapes import new_inr, new_shape


@pytest.fixture
def twins(store: Store, tiny_model: Any) -> Store:
    """Solids 0 to 3; clouds 4 and 5 of the first, 6 of the second; 7 is a cloud of nothing else, 8 has no tag."""
    objects = ["a", "b", "c", None, "a", "a", "b", "d", None]
    shapes = []
    for number, name in enumerate(objects):
        field = "sdf" if number < 4 else "udf"
        tags = {} if name is None else {"object": name}
        inrs = (new_inr(tiny_model, number, field=field),)
        kind = "mesh" if field == "sdf" else "cloud"
        shapes.append(new_shape(tiny_model, number, field=field, kind=kind, inrs=inrs, tags=tags))
    store.commit(shapes)
    return store


def named(store: Store, *numbers: int) -> np.ndarray:
    by_name = {shape.name: shape.key for shape in store}
    return np.array(sorted(by_name[f"shape {number}"] for number in numbers), np.int64)


def test_the_first_cloud_of_the_same_object(twins: Store) -> None:
    keys = {number: int(named(twins, number)[0]) for number in range(9)}
    found = clouds_of(twins, twins.keys(), "object")
    assert found == {keys[0]: min(keys[4], keys[5]), keys[1]: keys[6]}
    assert clouds_of(twins, named(twins, 1, 2), "object") == {keys[1]: keys[6]}
    assert clouds_of(twins, twins.keys(), None) == {}


def test_no_object_is_on_both_sides(twins: Store) -> None:
    own = without_twins(twins, named(twins, 0, 1, 2, 3, 8), named(twins, 4, 7), "object")
    np.testing.assert_array_equal(own, named(twins, 1, 2, 3, 8))
    np.testing.assert_array_equal(without_twins(twins, own, twins.keys(), None), own)
    assert len(without_twins(twins, named(twins, 0), named(twins, 5), "object")) == 0


def test_a_tag_that_nothing_has(twins: Store) -> None:
    with pytest.raises(BadInput, match="no shape has a tag 'thing' that names its object"):
        clouds_of(twins, twins.keys(), "thing")
