"""Readings of shapes that were never fitted: stretched, mirrored, turned and moved copies of readings."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inrstore.errors import BadInput

from .scans import resampled, scanned


@dataclass(frozen=True)
class WarpRecipe:
    """How far a reading may be warped; lengths in units of the normalised radius, angles in radians."""

    stretch: float = 0.35
    """Each axis is scaled by e^±this at most."""
    turn: float = 0.1
    """Standard deviation of the turn about the upward axis."""
    shear: float = 0.03
    shift: float = 0.03
    scans: float = 0.0
    """Share of the readings of which only what one camera sees is left, in the frame in which it would be stored."""


def warp(volumes: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
    """Each of (n, c, p, p, p) through an affine map of its own, zero where it would look outside the cube.

    A SIREN whose first layer is multiplied by a matrix is the SIREN of the shape under the inverse map, so a
    warped reading is one that a network could give; it costs an interpolation instead of a fit.
    """
    matrix, shift = (part.to(volumes.device) for part in moves(len(volumes), recipe, generator))
    if recipe.scans:
        drawn = torch.rand(len(volumes), generator=generator) < recipe.scans
        if drawn.any():
            some = drawn.to(volumes.device)
            seen, middle, radius = scanned(volumes[some], generator)
            volumes = volumes.masked_scatter(some.view(-1, 1, 1, 1, 1), seen)
            matrix[some] *= radius[:, None, None]
            shift[some] = middle[..., None] + radius[:, None, None] * shift[some]
    return resampled(volumes, matrix, shift)


def moves(count: int, recipe: WarpRecipe, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Affine maps: matrices (n, 3, 3) and shifts (n, 3, 1). A warped shape has at x what the shape had at M x + s."""
    angle = torch.randn(count, generator=generator) * recipe.turn
    none, one, cos, sin = torch.zeros(count), torch.ones(count), angle.cos(), angle.sin()
    turn = torch.stack([cos, none, sin, none, one, none, -sin, none, cos], dim=1).view(count, 3, 3)
    shear = torch.randn(count, 3, 3, generator=generator) * recipe.shear
    scale = torch.exp((torch.rand(count, 3, generator=generator) * 2 - 1) * recipe.stretch)
    scale[:, 0] *= torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)  # mirrored in x
    shift = torch.randn(count, 3, 1, generator=generator) * recipe.shift
    return (turn + shear) * scale[:, None], shift


def whole_only(recipe: WarpRecipe) -> None:
    """For encoders that read weights: no weights are those of a part of the shape. Errors: BadInput."""
    if recipe.scans:
        raise BadInput("only an encoder that asks the networks can learn what scans look like; leave scans out")
