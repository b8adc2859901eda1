"""Surfaces that a decoder makes of embeddings, against those of the networks."""

from __future__ import annotations

import pytest
import torch

from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.model.training.decoded import NOTHING, SIDE, chamfer
from inrstore.network.siren import Siren

SIREN = Siren(hidden=3, layers=1, omega=1.0)


def plane(at: float, steep: float = 40.0) -> torch.Tensor:
    """(W,) a network whose output is about steep · (at − x), for small x: inside is where x is less."""
    matrix, small = torch.zeros(3, 3), 1e-3
    matrix[0, 0] = small
    return torch.cat(
        [matrix.flatten(), torch.zeros(3), torch.tensor([-steep / small, 0, 0]), torch.tensor([steep * at])]
    )


class Saying(ImplicitDecoder):
    """Says of an embedding (d,) that the surface is a plane there."""

    def forward(self, embedding: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        return (40 * (embedding[:, :1] - points[..., 0]))[..., None]


@pytest.mark.parametrize("cells", [0, 1, 3])
def test_planes_are_as_far_apart_as_their_cells(cells: int) -> None:
    decoder = Saying(["sdf"], DecoderSettings(width=4, frequencies=1, dim=1))
    at = 1 / SIDE  # the middle of a cell
    z = torch.tensor([[at + cells * 2 / SIDE]])
    (found,) = chamfer(decoder, z, SIREN, "sdf", plane(at)[None])
    assert found == pytest.approx(cells * 2 / SIDE, abs=1e-6)


def test_no_surface_is_as_far_as_can_be() -> None:
    decoder = Saying(["sdf"], DecoderSettings(width=4, frequencies=1, dim=1))
    z = torch.tensor([[5.0], [5.0]])
    assert chamfer(decoder, z, SIREN, "sdf", torch.stack([plane(0.04), plane(7.0)])) == [NOTHING, 0.0]
