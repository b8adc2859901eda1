"""Arrays that a caller brings to a store are converted or named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadArray, ModelMismatch, UnknownField
from inrstore.store import Store
from tests.shapes import new_inr, new_shape


def with_weights(model: Any, weights: Any, field: str = "sdf") -> Any:
    shape = new_shape(model, 0)
    return replace(shape, inrs=(replace(shape.inrs[0], weights=weights, field=field),))


def test_doubles_and_lists_are_stored_as_singles(store: Store, tiny_model: Any) -> None:
    shape = new_shape(tiny_model, 0)
    embedding = np.asarray(shape.embedding)
    given = with_weights(tiny_model, shape.inrs[0].weights.tolist(), shape.field)
    store.commit([replace(given, embedding=embedding.astype(np.float64))])
    keys, rows = store.embeddings()
    np.testing.assert_array_equal(rows[0], embedding)
    np.testing.assert_allclose(store.weights(keys)[0], shape.inrs[0].weights, atol=2e-3)


@pytest.mark.parametrize(
    ("weights", "error", "said"),
    [
        (np.full(41, np.nan), BadArray, "weights: NaN"),
        (np.zeros((1, 41)), BadArray, r"weights: .*shape \(1, 41\) came, expected is \(n,\)"),
        ("abc", BadArray, "weights: <U3 came, expected are real numbers"),
        (np.zeros(40), ModelMismatch, r"weights \(40,\)"),
    ],
)
def test_wrong_weights_are_named(
    store: Store, tiny_model: Any, weights: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=f"shape '.*: {said}"):
        store.commit([with_weights(tiny_model, weights)])
    assert store.count() == 0


def test_unknown_fields_are_named(store: Store, tiny_model: Any) -> None:
    with pytest.raises(UnknownField, match="field of its network: 'sfd' is none of sdf, udf, occ"):
        store.commit([with_weights(tiny_model, np.zeros(41), "sfd")])
    with pytest.raises(UnknownField, match="field: 'sfd' is none of sdf, udf, occ"):
        store.commit([replace(new_shape(tiny_model, 0), field="sfd")])


def test_embeddings_and_keys_are_converted_or_named(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(2)])
    keys, rows = store.embeddings()
    assert store.set_embeddings(keys.tolist(), rows[::-1].astype(np.float64).tolist()) == 2
    np.testing.assert_array_equal(store.embeddings()[1], rows[::-1])
    for given, matrix, said in (
        (keys, rows[0], r"embeddings: .*shape \(8,\) came, expected is \(n, m\)"),
        (keys, np.full((2, 8), np.nan), "embeddings: NaN"),
    ):
        with pytest.raises(BadArray, match=said):
            store.set_embeddings(given, matrix)
    np.testing.assert_array_equal(store.embeddings()[1], rows[::-1])


def test_further_networks_are_converted_or_named(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 0)])
    (key,) = store.keys().tolist()
    fine = replace(new_inr(tiny_model, 1), profile="fine")
    assert store.add_inrs({key: [replace(fine, weights=fine.weights.tolist())]}) == 1
    np.testing.assert_allclose(store.weights([key], profile="fine")[0], fine.weights, atol=2e-3)
    with pytest.raises(BadArray, match=f"shape {key}: weights: <U3"):
        store.add_inrs({key: [replace(fine, weights="abc")]})
    with pytest.raises(UnknownField, match="'sfd' is none of"):
        store.add_inrs({key: [replace(fine, field="sfd")]})
