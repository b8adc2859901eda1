"""How far the surface that a decoder makes of an embedding is from the network's own."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from inrstore.metrics import chamfer_l1
from inrstore.network.siren import Siren, forward

from ..decoder import Decoder
from ..encoders.readings import probes, volumes

SIDE = 24
"""Cells of the lattice a side; a cell is .083 of the normalised radius."""
NEAR = 0.5
"""Nearness from which a cell is of the surface."""
NOTHING = 2 * math.sqrt(3)
"""The distance from a surface to none: the diagonal of the cube."""


@torch.no_grad()
def chamfer(decoder: Decoder, z: Tensor, siren: Siren, field: str, weights: Tensor) -> list[float]:
    """Chamfer-L1 of the surfaces' cells, of embeddings z (n, dim) and the networks (n, W) of one field they are of."""
    places = probes(SIDE)
    there = places.to(z.device).expand(len(z), -1, -1)
    own = _cells(field, forward(siren, weights, there))
    said = _cells(field, decoder(z, there)[..., decoder.fields.index(field)].float())
    points = places.numpy()
    return [
        chamfer_l1(points[a], points[b]) if a.any() and b.any() else (NOTHING if a.any() or b.any() else 0.0)
        for a, b in zip(own, said, strict=True)
    ]


def _cells(field: str, raw: Tensor) -> np.ndarray:
    """(n, SIDE³) which cells are of the surface, of outputs (n, SIDE³)."""
    return (volumes(field, raw, SIDE)[:, 0].flatten(1) > NEAR).cpu().numpy()
