"""Scans of readings against closed forms: a hollow ball, and a wall behind another."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.model.encoders.readings import probes
from inrstore.model.training.scans import cameras, resampled, scanned
from inrstore.model.training.warp import WarpRecipe, warp, whole_only

SIDE, RADIUS = 32, 0.6


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def reading(distance: Tensor, count: int) -> Tensor:
    """(count, 2, p, p, p) of signed distances (p³,) at the probes."""
    near, inside = torch.exp(-distance.abs() / 0.08), (distance < 0).float()
    return torch.stack([near, inside]).view(1, 2, SIDE, SIDE, SIDE).expand(count, -1, -1, -1, -1)


def ball(count: int) -> Tensor:
    return reading(probes(SIDE).norm(dim=1) - RADIUS, count)


def test_cameras_are_rotations_that_look_around_and_mostly_down() -> None:
    turns = cameras(500, rng())
    torch.testing.assert_close(turns @ turns.transpose(1, 2), torch.eye(3).expand(500, 3, 3), atol=1e-5, rtol=0)
    assert torch.allclose(torch.linalg.det(turns), torch.ones(500), atol=1e-5)
    looks = turns[:, :, 0]
    assert float((looks[:, 1] < 0).float().mean()) == pytest.approx(0.75, abs=0.06)
    assert float(looks[:, 1].abs().max()) <= math.sin(math.radians(45)) + 1e-6
    assert float(looks[:, [0, 2]].mean(dim=0).abs().max()) < 0.1


def test_of_a_ball_the_half_that_faces_the_camera_is_left() -> None:
    seen, middle, radius = scanned(ball(8), rng(1))
    looks = cameras(8, rng(1))[:, :, 0]  # the same cameras
    places = probes(SIDE)
    for number in range(8):
        near = seen[number, 0].flatten() > 0.5
        depth = places[near] @ looks[number]
        assert depth.min() < -0.9 * RADIUS and depth.max() < 0.25 * RADIUS  # the far half is hidden
        assert not seen[number, 1].any()
        low, high = places[near].min(dim=0).values, places[near].max(dim=0).values
        torch.testing.assert_close(middle[number], (low + high) / 2, atol=1e-5, rtol=0)
        away = (places[near] - middle[number]).norm(dim=1).max()
        assert float(radius[number]) == pytest.approx(float(away), abs=1e-5)


def test_a_wall_hides_what_is_behind_it() -> None:
    """Two walls, and a camera that looks along x or against it: one of them is left."""
    x = probes(SIDE)[:, 0]
    walls = reading(torch.minimum((x - 0.4).abs(), (x + 0.4).abs()), 64)
    turns = cameras(64, rng(2))
    along = turns[:, 0, 0].abs() > 0.9
    seen, _, _ = scanned(walls, rng(2))
    core = slice(14, 18)  # where no ray comes in from the side
    for sign, side in ((1, x.view(SIDE, SIDE, SIDE) > 0), (-1, x.view(SIDE, SIDE, SIDE) < 0)):
        chosen = along & (turns[:, 0, 0] * sign > 0)
        assert chosen.any()
        hidden = (seen[chosen, 0] * side)[:, :, core, core]
        assert float(hidden.max()) < 0.1
        assert float((seen[chosen, 0] * ~side)[:, :, core, core].amax(dim=(1, 2, 3)).min()) > 0.5


def test_an_empty_reading_stays_as_it_is() -> None:
    nothing = torch.full((2, 2, SIDE, SIDE, SIDE), 0.01)
    seen, middle, radius = scanned(nothing, rng())
    assert torch.equal(seen, nothing) and not middle.any() and torch.equal(radius, torch.ones(2))


def test_resampling_looks_where_the_map_says() -> None:
    matrix = torch.tensor([[[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]])
    volume = torch.rand(1, 1, SIDE, SIDE, SIDE, generator=rng())
    expected = volume[0, 0].flip(0).permute(1, 0, 2)[None, None]  # at (x, y) what was at (−y, x)
    torch.testing.assert_close(resampled(volume, matrix), expected, atol=1e-5, rtol=0)


def test_a_warped_scan_fills_its_frame() -> None:
    still = WarpRecipe(stretch=0, turn=0, shear=0, shift=0, scans=1)
    far = warp(ball(6), still, rng(3))[:, 0].flatten(1) > 0.5
    distance = probes(SIDE).norm(dim=1)
    reach = torch.where(far, distance, 0).amax(dim=1)
    assert float(reach.min()) > 0.9 and float(reach.max()) < 1.1
    plain = warp(ball(6), WarpRecipe(stretch=0, turn=0, shear=0, shift=0), rng(3))[:, 0].flatten(1) > 0.5
    assert float(torch.where(plain, distance, 0).max()) < 0.7


def test_a_share_that_no_reading_falls_into_changes_nothing() -> None:
    """Of a small batch a small share is none at all."""
    recipe = WarpRecipe(stretch=0, turn=0, shear=0, shift=0)
    rare = WarpRecipe(stretch=0, turn=0, shear=0, shift=0, scans=1e-9)
    torch.testing.assert_close(warp(ball(3), rare, rng(3)), warp(ball(3), recipe, rng(3)))


def test_weights_have_no_scans() -> None:
    with pytest.raises(BadInput, match="scans"):
        whole_only(WarpRecipe(scans=0.1))
    whole_only(WarpRecipe())
