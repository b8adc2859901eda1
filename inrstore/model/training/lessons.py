"""What an implicit decoder learns from when there are only networks: points, and what the networks say there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from inrstore.network.siren import Siren, forward

from ..decoder import Decoder

CANDIDATES = 8
"""Uniform points for each that is kept."""
SHARP = 4.0
"""How much steeper an occupancy is that is made of a distance: it falls within .02 of the surface."""


@torch.no_grad()
def lessons(siren: Siren, field: str, weights: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (n, count, 3) and raw outputs (n, count) of networks (n, W): seven eighths of them near the surface.

    Near are those whose outputs are nearest to the surface's of eight times as many uniform points of [-1, 1]³.
    """
    many = torch.rand(len(weights), CANDIDATES * count, 3, generator=generator).to(weights.device) * 2 - 1
    with torch.autocast(weights.device.type, enabled=False):  # phases of sines need all their digits
        raw = forward(siren, weights, many)
    far = -raw if field == "udf" else raw.abs()
    far[:, : count // CANDIDATES] = -torch.inf  # these stay, wherever they are
    rows = far.topk(count, largest=False).indices
    return many.gather(1, rows[..., None].expand(-1, -1, 3)), raw.gather(1, rows)


def decoding_loss(decoder: Decoder, z: Tensor, field: str, points: Tensor, raw: Tensor) -> Tensor:
    """Binary cross entropy of what the decoder says of embeddings (n, dim) against the networks' own (n, m)."""
    said = decoder(z, points)[..., decoder.fields.index(field)]
    return functional.binary_cross_entropy_with_logits(said.float(), torch.sigmoid(raw))


def decoding_loss_of_all(decoder: Decoder, z: Tensor, field: str, points: Tensor, raw: Tensor) -> Tensor:
    """As `decoding_loss`, the mean over every field that the network's own says something of; see `answers`.

    A signed distance is judged twice, as it is and `SHARP` times as steep: where the surface is weighs as much as how
    far it is.
    """
    said, wanted = decoder(z, points).float(), answers(field, raw)
    own = {name: said[..., decoder.fields.index(name)] for name in wanted if name in decoder.fields}
    cross_entropy = functional.binary_cross_entropy_with_logits
    losses = [cross_entropy(logits, wanted[name]) for name, logits in own.items()]
    if field == "sdf" and "sdf" in own:
        losses.append(cross_entropy(SHARP * own["sdf"], wanted["occ"]))
    return torch.stack(losses).mean()


def answers(field: str, raw: Tensor) -> dict[str, Tensor]:
    """Labels in [0, 1] of each field that raw outputs of one field say something of: a solid's distance says all."""
    own = torch.sigmoid(raw)
    if field == "sdf":
        return {"sdf": own, "udf": 1 - (2 * own - 1).abs(), "occ": torch.sigmoid(SHARP * raw)}
    return {field: own}
