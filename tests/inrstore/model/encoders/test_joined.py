"""The joined encoder: its products are those of its members' embeddings, each with its share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import EncoderPart, Encoding
from inrstore.model.encoders import OnDevice, find
from inrstore.model.encoders.joined import joined
from inrstore.model.encoders.lattice import LatticeEncoder, LatticeSettings
from inrstore.network.turning import turned
from tests.index.test_poses import turns
from tests.shapes import make_model

BASE = make_model().base
SHARES = (0.7, 0.3)


def part(kind: str, seed: int, **sizes: int) -> EncoderPart:
    torch.manual_seed(seed)
    if kind == "lattice":
        made = LatticeEncoder(BASE.siren, LatticeSettings(16, 16, 9, 3)).eval()
        return EncoderPart.of("lattice", made, BASE)
    settings = {"probes": 16, "width": 4, "dim": 10, "outline": 4, **sizes}
    return EncoderPart.of("probes", find("probes").begin(BASE, **settings).eval(), BASE)  # type: ignore[attr-defined]


def networks(count: int) -> np.ndarray:
    return BASE.start("sdf") + np.random.default_rng(0).normal(size=(count, BASE.siren.size)).astype(np.float32) * 0.1


@pytest.fixture(scope="module")
def members() -> list[EncoderPart]:
    return [part("probes", 0), part("lattice", 1)]


@pytest.fixture(scope="module")
def rows(members: list[EncoderPart]) -> list[np.ndarray]:
    return [Encoding(BASE, member).encode("sdf", networks(40)) for member in members]


def encoding(members: list[EncoderPart], rows: list[np.ndarray], dim: int) -> Encoding:
    return Encoding(BASE, joined("both", BASE, list(zip(members, SHARES, strict=True)), rows, dim))


def test_products_are_the_members_by_their_shares(members: list[EncoderPart], rows: list[np.ndarray]) -> None:
    found = encoding(members, rows, 19).encode("sdf", networks(40))
    assert found.shape == (40, 19) and found.dtype == np.float32
    expected = sum(share * some @ some.T for share, some in zip(SHARES, rows, strict=True))
    np.testing.assert_allclose(found @ found.T, expected, atol=2e-3)  # directions in half precision
    both = encoding(members, rows, 19)
    directions = both.part.tensors["directions"].astype(np.float32)
    own = (found @ directions.T)[:, : rows[0].shape[1]]  # what the first member said
    np.testing.assert_allclose((own**2).sum(axis=1), SHARES[0], atol=5e-3)


def test_fewer_numbers_keep_what_most_of_it_is(members: list[EncoderPart], rows: list[np.ndarray]) -> None:
    found = encoding(members, rows, 6).encode("sdf", networks(40))
    expected = sum(share * some @ some.T for share, some in zip(SHARES, rows, strict=True))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.corrcoef((found @ found.T).ravel(), np.asarray(expected).ravel())[0, 1] > 0.9


def test_it_is_restored_and_turned_and_asked_for_many(members: list[EncoderPart], rows: list[np.ndarray]) -> None:
    both = encoding(members, rows, 8)
    found = both.encode("sdf", networks(5))
    assert np.array_equal(both.encode("sdf", networks(5)[2:3])[0], found[2])
    again = Encoding(BASE, EncoderPart.of("again", both.encoder, BASE))
    assert again.part == both.part and np.array_equal(again.encode("sdf", networks(5)), found)
    poses = turns("up")[:13:6]
    anew = both.encode("sdf", turned(BASE.siren, networks(1)[0], poses))
    np.testing.assert_allclose(both.encode_turned("sdf", networks(1)[0], poses), anew, atol=2e-3)
    assert isinstance(both.encoder, OnDevice)
    np.testing.assert_allclose(both.encoder.encode_on("cpu", "sdf", networks(5)), found, atol=5e-5)
    assert both.encoder.encode_on("cpu", "sdf", networks(0)).shape == (0, 8)


def test_what_does_not_go_together(members: list[EncoderPart], rows: list[np.ndarray]) -> None:
    with pytest.raises(BadInput, match="do not say which 20"):
        encoding(members, rows, 20)
    with pytest.raises(BadInput, match="same probes"):
        other = part("probes", 0, probes=24)
        joined("both", BASE, [(members[0], 0.5), (other, 0.5)], [rows[0], rows[0]], 4)
    for shares in ((0.7, 0.7), (1.2, -0.2)):
        with pytest.raises(BadInput, match="above 0 that make 1"):
            joined("both", BASE, list(zip(members, shares, strict=True)), rows, 4)
    blind = find("weights").begin(BASE, width=8, blocks=1, dim=8)  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match="that ask"):
        reading = EncoderPart.of("weights", blind, BASE)
        joined("both", BASE, [(members[0], 0.5), (reading, 0.5)], rows, 4)
