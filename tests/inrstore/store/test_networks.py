"""Networks of several models and profiles, at once and later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore import errors
from inrstore.store import Store, open_store
from tests.shapes import digest, make_model, new_inr, new_shape


def test_several_models_and_profiles(store: Store, tiny_model: Any) -> None:
    other = make_model(seed=1, embedding_dim=None, name="surface")
    shape = new_shape(tiny_model, 1, inrs=(new_inr(tiny_model, 1), new_inr(other, 1, "fidelity")))
    with pytest.raises(errors.ModelNotFound, match="add_base"):
        store.commit([shape])
    store.add_base(other.base)
    store.add_base(other.base)
    store.commit([shape, new_shape(tiny_model, 2)])
    assert [(row.base, row.profile) for row in store.inrs(1)] == [
        (tiny_model.base.id, "default"),
        (other.base.id, "fidelity"),
    ]
    for choice in ({"base": other.base.id}, {"profile": "fidelity"}):
        assert np.allclose(store.weights([1], **choice)[0], new_inr(other, 1, "fidelity").weights, atol=1e-4)
    assert np.allclose(store.weights([2, 1])[1], new_inr(tiny_model, 1).weights, atol=1e-4)
    with pytest.raises(errors.ShapeNotFound, match="1 of 2 shapes have no network of profile fidelity"):
        store.weights([1, 2], profile="fidelity")
    assert open_store(store.url).base(other.base.id).name == "surface" and store.verify().ok
    with pytest.raises(errors.ModelNotFound):
        store.base("f" * 64)


def test_add_inrs(ten: Store, tiny_model: Any) -> None:
    other = make_model(seed=1, embedding_dim=None, name="surface")
    keys, before = ten.keys().tolist(), ten.generation()
    with pytest.raises(errors.ModelNotFound, match="add_base"):
        ten.add_inrs({keys[0]: [new_inr(other, 1, "fidelity")]})
    ten.add_base(other.base)
    given = {keys[n]: [new_inr(other, n, "fidelity"), new_inr(tiny_model, n, "long")] for n in (2, 5)}
    assert ten.add_inrs({**given, 999: [new_inr(other, 1, "fidelity")]}) == 2
    assert ten.add_inrs({}) == ten.add_inrs({keys[0]: []}) == ten.add_inrs({999: [new_inr(other, 1, "x")]}) == 0
    rows = [(row.base, row.profile) for row in ten.inrs(keys[2])]
    assert rows == [(tiny_model.base.id, "default"), (other.base.id, "fidelity"), (tiny_model.base.id, "long")]
    assert ten.keys_with_profile("fidelity").tolist() == [keys[2], keys[5]] == ten.keys_with_profile("long").tolist()
    assert ten.keys_with_profile("fidelity", other.base.id).tolist() == [keys[2], keys[5]]
    assert ten.keys_with_profile("fidelity", tiny_model.base.id).tolist() == []
    assert ten.keys_with_profile("default").tolist() == keys and ten.keys_with_profile("none").tolist() == []
    found = ten.weights([keys[5], keys[2]], profile="fidelity")
    assert np.allclose(found[1], given[keys[2]][0].weights, atol=1e-4)
    assert np.allclose(ten.weights([keys[2]])[0], new_inr(tiny_model, 2).weights, atol=1e-4)  # still the encoded one
    assert ten.generation() == before and ten.verify().ok and ten.verify().orphans == []


def test_add_inrs_replaces(ten: Store, tiny_model: Any) -> None:
    key = ten.keys().tolist()[3]
    for number in (30, 31):
        ten.add_inrs({key: [new_inr(tiny_model, number, "long")]})
    assert [row.profile for row in ten.inrs(key)] == ["default", "long"]
    for _ in range(2):
        assert np.allclose(ten.weights([key], profile="long")[0], new_inr(tiny_model, 31, "long").weights, atol=1e-4)
        assert ten.verify().ok
        ten.compact()
    assert ten.compact()["shards_folded"] == 0  # the replaced row is gone
    ten.remove(digest(3))
    assert ten.keys_with_profile("long").tolist() == []


@pytest.mark.parametrize(
    "profile, changes, error, message",
    [
        ("default", {}, errors.BadInput, "embedding was made from .* 'default'.* remove the shape"),
        ("long", {"field": "udf"}, errors.BadInput, "field is sdf"),
        ("long", {"error": float("nan")}, errors.BadInput, "diverged"),
        ("long", {"weights": np.zeros(5, np.float32)}, errors.ModelMismatch, r"\(5,\)"),
        ("long", {"weights": np.full(41, 1e6, np.float32)}, errors.BadInput, "long"),
    ],
)
def test_bad_further_networks_are_refused_whole(
    ten: Store, tiny_model: Any, profile: str, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    one, two = ten.keys().tolist()[:2]
    bad = replace(new_inr(tiny_model, 1, profile), **changes)
    with pytest.raises(error, match=message):
        ten.add_inrs({one: [new_inr(tiny_model, 0, "long")], two: [bad]})
    with pytest.raises(errors.BadInput, match="two networks"):
        ten.add_inrs({one: [new_inr(tiny_model, 0, "long")] * 2})
    assert ten.keys_with_profile("long").tolist() == [] and ten.verify().ok and ten.verify().orphans == []


def test_fields_have_their_own_bases(store: Store, tiny_model: Any) -> None:
    udf = new_shape(tiny_model, 1, field="udf", inrs=(new_inr(tiny_model, 1, field="udf"),))
    store.commit([udf, new_shape(tiny_model, 2)])
    both = store.weights([1, 2])
    assert np.allclose(both[0], udf.inrs[0].weights, atol=1e-4)
    assert np.allclose(both[1], new_inr(tiny_model, 2).weights, atol=1e-4)


def test_a_model_without_encoder(new_store: Callable[[Any], Store]) -> None:
    model = make_model(embedding_dim=None)
    store = new_store(model)
    store.commit([new_shape(model, 1)])
    assert store.weights([1]).shape == (1, 41) and store.verify().ok
    with pytest.raises(errors.NoEncoder, match="no encoder"):
        store.embeddings()
