"""The grid encoder: what its codes depend on, and that a pose it draws is the pose of the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model.encoders.grid import GridEncoder
from inrstore.network.siren import Siren, initialise
from inrstore.network.turning import turned
from tests.shapes import make_model

SIREN = Siren(hidden=4, layers=2)
SIZES = {"cells": 2, "channels": 3, "widths": [8, 16]}


def encoder(**sizes: object) -> GridEncoder:
    torch.manual_seed(0)
    return GridEncoder.begin(make_model().base, **{**SIZES, **sizes}).eval()


def networks(count: int) -> np.ndarray:
    return torch.stack([initialise(SIREN, seed) for seed in range(count)]).numpy()


def test_what_is_saved_in_half_the_digits_encodes_alike_and_each_network_by_itself() -> None:
    model, rows = encoder(), networks(3)
    assert (model.side, model.dim) == (12, 24)
    found = model.encode("sdf", rows)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.array_equal(model.encode("sdf", rows[1:2])[0], found[1])
    again = GridEncoder.restore(make_model().base, model.settings(), model.arrays())
    np.testing.assert_allclose(again.encode("sdf", rows), found, atol=1e-2)
    many = model.embed(model.inputs("sdf", torch.from_numpy(rows))).detach().numpy()
    np.testing.assert_allclose(many, found, atol=1e-4)


def test_a_drawn_pose_is_what_the_turned_network_says() -> None:
    model, rows, seen = encoder(blind=0), networks(2), set()
    kept = model.features("sdf", torch.from_numpy(rows))
    for seed in range(24):
        inputs, turn = model.posed(kept, torch.Generator().manual_seed(seed))
        again = np.stack([turned(SIREN, row, turn.numpy()[None])[0] for row in rows])
        expected = model.inputs("sdf", torch.from_numpy(again))
        torch.testing.assert_close(inputs, expected, atol=3e-3, rtol=0)  # of 8 bits
        seen.add(tuple(turn.flatten().tolist()))
        assert torch.equal(turn[1], torch.tensor([0.0, 1.0, 0.0]))  # up stays up
    assert len(seen) == 8


def test_where_it_is_blind_it_is_not_told_what_is_inside() -> None:
    model = encoder(blind=1.0)
    inputs, _ = model.posed(model.features("sdf", torch.from_numpy(networks(2))), torch.Generator().manual_seed(0))
    assert inputs[:, 0].max() > 0 and not inputs[:, 1].any()


def test_noise_moves_codes_only_while_it_learns() -> None:
    model = encoder(noise=0.2)
    inputs = torch.rand(2, 2, 12, 12, 12, generator=torch.Generator().manual_seed(1))
    still = model.embed(inputs)
    assert torch.equal(model.embed(inputs), still)
    moved = model.train().embed(inputs)
    assert 0.1 < float((moved - still).norm(dim=1).mean().detach()) < 0.3


@pytest.mark.parametrize("sizes", [{"cells": 0}, {"channels": 0}, {"widths": []}, {"widths": [12]}])
def test_sizes_that_are_none_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="grid encoder"):
        encoder(**sizes)
