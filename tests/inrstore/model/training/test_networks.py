"""A store's networks as what an encoder is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model.training import networks as module
from inrstore.model.training.networks import Networks, features
from inrstore.store import Store
from tests.shapes import key_of, make_model, new_inr, new_shape


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    """Six sdf shapes, four udf ones, of which number 9 has no label."""
    shapes = [new_shape(tiny_model, number) for number in range(6)]
    for number in range(6, 10):
        inrs = (new_inr(tiny_model, number, field="udf"),)
        shapes.append(new_shape(tiny_model, number, field="udf", inrs=inrs, label=None if number == 9 else "chair"))
    store.commit(shapes)
    return store


def test_networks_come_whole_with_field_and_label(
    filled: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 4)
    found = Networks.of(filled, "label")
    assert len(found) == 10 and sorted(found.fields) == ["sdf"] * 6 + ["udf"] * 4 and found.names == ("chair", "table")
    numbers = {key_of(filled, number): number for number in range(10)}
    seen = []
    for rows, field, weights in found.blocks():
        assert len(weights) == rows.stop - rows.start <= 4
        for row, network in zip(range(rows.start, rows.stop), weights, strict=True):
            number = numbers[int(found.keys[row])]
            expected = new_inr(tiny_model, number, field=field).weights
            np.testing.assert_allclose(network, expected, atol=1e-4)  # kept in half precision
            wanted = -1 if number == 9 else 0 if number % 2 or number > 5 else 1
            assert int(found.label[row]) == wanted and found.fields[row] == field
            seen.append(number)
    assert sorted(seen) == list(range(10))


def test_classes_may_be_a_tags_values_or_none(filled: Store) -> None:
    assert Networks.of(filled, "split").names == ("test", "train")
    found = Networks.of(filled)
    assert found.names == () and (found.label == -1).all()
    with pytest.raises(BadInput, match="two at least.*--labels none"):
        Networks.of(filled, "colour")


def test_some_of_a_store_will_do(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="at least 8 stored shapes, and there are 4"):
        Networks.of(filled, where="field=udf")
    monkeypatch.setattr(module, "LEAST", 4)
    found = Networks.of(filled, "split", where="field=udf")
    assert set(found.keys.tolist()) == {key_of(filled, number) for number in (6, 7, 8, 9)}
    assert [found.names[place] for place in found.label.tolist()] == ["test", "train", "train", "test"]


def test_a_store_with_too_little_or_of_several_bases_is_refused(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(3)])
    with pytest.raises(BadInput, match="at least 8"):
        Networks.of(store)
    other = make_model(seed=5)
    store.add_base(other.base)
    inrs = (new_inr(other, 77),)
    store.commit([new_shape(tiny_model, 77, inrs=inrs)])
    with pytest.raises(BadInput, match="several bases"):
        Networks.of(store)


def test_no_shape_is_learned_from_and_validated_with(filled: Store) -> None:
    own, held = Networks.of(filled).split(0.3, 0)
    assert sorted([*own.tolist(), *held.tolist()]) == list(range(10)) and len(held) == 3
    assert not torch.equal(held, Networks.of(filled).split(0.3, 1)[1])


class Doubling:
    """Keeps twice the first three weights."""

    def __init__(self) -> None:
        self.asked = 0

    def features(self, field: str, weights: torch.Tensor) -> torch.Tensor:
        self.asked += len(weights)
        return (2 * weights[:, :3]).half()


def test_features_are_made_once_and_lie_on_disk(filled: Store, tmp_path: Path) -> None:
    found, encoder, path = Networks.of(filled), Doubling(), tmp_path / "features.npy"
    kept = features(found, encoder, path, None)  # type: ignore[arg-type]
    expected = torch.cat([weights for _, _, weights in found.blocks()])[:, :3] * 2
    torch.testing.assert_close(kept.float(), expected, atol=1e-2, rtol=1e-3)
    again = features(found, encoder, path, None)  # type: ignore[arg-type]
    assert torch.equal(again, kept) and encoder.asked == 10
    again[0] = 0  # the file is not written to
    assert torch.equal(features(found, encoder, path, None), kept)  # type: ignore[arg-type]
    assert [p.name for p in tmp_path.glob("features*")] == ["features.npy"]


def test_networks_of_one_object_stay_on_one_side(filled: Store) -> None:
    plain = Networks.of(filled)
    assert plain.object.tolist() == list(range(10))
    numbers = [key_of(filled, number) for number in range(10)]
    filled.retag({key: {"object": f"thing {number % 4}"} for number, key in enumerate(numbers[:8])})
    found = Networks.of(filled, same="object")
    assert len(found.object.unique()) == 6  # two have no tag, and are their own
    own, held = found.split(0.3, 0)
    assert len(own) + len(held) == 10 and not set(own.tolist()) & set(held.tolist())
    assert not set(found.object[own].tolist()) & set(found.object[held].tolist())
    assert len(found.object[held].unique()) == 2
    with pytest.raises(BadInput, match="no shape has a tag 'thing'"):
        Networks.of(filled, same="thing")
