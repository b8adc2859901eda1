"""Turned networks against the network at turned points."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from inrstore.network.siren import Siren, forward, initialise
from inrstore.network.turning import turned


def test_a_turned_network_says_what_the_network_says_at_points_turned_back() -> None:
    siren, rng = Siren(hidden=16, layers=3), np.random.default_rng(0)
    weights = initialise(siren, 0).numpy()
    turns = Rotation.random(3, random_state=1).as_matrix().astype(np.float32)
    turns[2] = turns[2] @ np.diag([-1, 1, 1]).astype(np.float32)  # a mirror image
    points = rng.uniform(-1, 1, (50, 3)).astype(np.float32)
    found = forward(siren, torch.from_numpy(turned(siren, weights, turns)), torch.from_numpy(points).expand(3, 50, 3))
    for turn, said in zip(turns, found, strict=True):
        back = torch.from_numpy(points @ turn)  # Rᵀ x of rows
        torch.testing.assert_close(
            said, forward(siren, torch.from_numpy(weights)[None], back[None])[0], atol=1e-4, rtol=1e-4
        )


def test_no_turn_changes_nothing() -> None:
    siren = Siren(hidden=4, layers=2)
    weights = initialise(siren, 3).numpy()
    assert np.array_equal(turned(siren, weights, np.eye(3, dtype=np.float32)[None])[0], weights)
