"""Turned networks against the network at turned points."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from inrstore.network.siren import Siren, forward, initialise
from inrstore.network.turning import by_cube, permuted, turned


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


def test_turns_that_differ_by_one_of_the_cubes() -> None:
    start = Rotation.random(2, random_state=2).as_matrix()
    quarter = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    mirror = np.diag([1.0, -1, 1])
    turns = np.array([start[0], start[1], quarter @ start[0], mirror @ start[1], start[0] @ quarter])
    places, cubes = by_cube(turns.astype(np.float32))
    assert places.tolist() == [0, 1, 0, 1, 4]  # what a quarter turn goes before is another
    np.testing.assert_array_equal(cubes, np.round([np.eye(3), np.eye(3), quarter, mirror, np.eye(3)]).astype(int))


def test_a_lattice_is_permuted_as_its_points_are_turned() -> None:
    """By all 48: at each point x what the shape has at Gᵀ x."""
    axis = np.array([-2.0, -1, 0, 1, 2])
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)

    def shape(x: np.ndarray) -> np.ndarray:
        return np.sin(x @ [1.0, 0.3, -2.2]) + x[..., 0] * x[..., 1] ** 2

    turns = Rotation.create_group("O").as_matrix()
    for cube in np.round(np.concatenate([turns, -turns])).astype(int):
        axes, flipped = permuted(cube)
        found = np.flip(shape(points).transpose(axes), flipped)
        np.testing.assert_allclose(found, shape(points @ cube), atol=1e-12)
