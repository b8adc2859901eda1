"""Readings of scans: what is left of a shape where one camera sees it, from a reading of the whole."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

ABOVE = 45.0
"""Degrees that a camera is above the horizon at most; below it is a third of that at most."""
THROUGH = 0.1
"""Share of a ray that must still be left where something is seen."""
OPAQUE = 0.7
"""Nearness that no ray passes; with a surface halfway between two cells both have less."""
NEAR = 0.5
"""Nearness from which a cell is of the surface."""


def scanned(volumes: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """What cameras of random directions see of readings (n, 2, p, p, p): nearness, and nothing said of the inside.

    Also the frame that a file of it would be stored in (`ingest.sampling.normalise`): the middles (n, 3) of the
    bounding boxes and the radii (n,) around them. A reading of which nothing is left stays as it is.
    """
    turns = cameras(len(volumes), generator).to(volumes.device)
    ray = resampled(volumes[:, :1], turns)  # the camera looks along the first axis
    clear = torch.cumprod(1 - (ray / OPAQUE).square().clamp_max(1), dim=2)
    before = torch.cat([torch.ones_like(clear[:, :, :1]), clear[:, :, :-1]], dim=2)
    visible = resampled((before > THROUGH).float(), turns.transpose(1, 2))
    left = torch.cat([volumes[:, :1] * visible, torch.zeros_like(volumes[:, 1:])], dim=1)
    middle, radius, found = _frames(left[:, 0] > NEAR)
    return torch.where(found[:, None, None, None, None], left, volumes), middle, radius


def cameras(count: int, generator: torch.Generator) -> Tensor:
    """(n, 3, 3) rotations R: at x of the camera, which looks along its first axis, is R x of the shape; Y is up."""
    around = torch.rand(count, generator=generator) * 2 * math.pi
    above = torch.deg2rad((torch.rand(count, generator=generator) * 4 / 3 - 1 / 3) * ABOVE)
    look = -torch.stack([around.cos() * above.cos(), above.sin(), around.sin() * above.cos()], dim=1)
    side = functional.normalize(torch.linalg.cross(look, torch.tensor([[0.0, 1.0, 0.0]]).expand_as(look)), dim=1)
    return torch.stack([look, torch.linalg.cross(side, look), side], dim=2)


def resampled(volumes: Tensor, matrix: Tensor, shift: Tensor | None = None) -> Tensor:
    """(n, c, p, p, p) that have at x what `volumes` had at M x + s, zero outside the cube."""
    shift = torch.zeros_like(matrix[:, :, :1]) if shift is None else shift
    flipped = torch.cat([matrix.flip(1, 2), shift.flip(1)], dim=2)  # grid_sample counts axes from the last
    grid = functional.affine_grid(flipped, list(volumes.shape), align_corners=False)
    return functional.grid_sample(volumes, grid, padding_mode="zeros", align_corners=False)


def _frames(surface: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Middles (n, 3) and radii (n,) of cells (n, p, p, p), and whether there are any; else the cube's."""
    side = surface.shape[-1]
    axis = ((torch.arange(side, device=surface.device) + 0.5) / side * 2 - 1).float()
    low, high = [], []
    for number in (1, 2, 3):
        there = surface.movedim(number, 1).flatten(2).any(dim=2)  # (n, p)
        low.append(torch.where(there, axis, math.inf).amin(dim=1))
        high.append(torch.where(there, axis, -math.inf).amax(dim=1))
    found = surface.flatten(1).any(dim=1)
    middle = torch.where(found[:, None], (torch.stack(low, 1) + torch.stack(high, 1)) / 2, 0)
    squared = sum(
        (axis.view([-1 if n == number else 1 for n in range(3)]) - middle[:, number, None, None, None]).square()
        for number in range(3)
    )
    radius = torch.where(surface, squared, 0).flatten(1).amax(dim=1).sqrt()
    return middle, torch.where(found, radius, 1), found
