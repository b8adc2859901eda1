"""Decoders: (embedding, point) → field value, for every field at once. The implicit one, and what all have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from .grid_decoder import GridDecoder, GridDecoderSettings


@dataclass(frozen=True)
class DecoderSettings:
    """Sizes of an `ImplicitDecoder`."""

    width: int = 256
    frequencies: int = 6
    dim: int = 256


class ImplicitDecoder(nn.Module):
    """After inr2vec's (De Luigi et al. 2023, after DeepSDF): five hidden layers with one skip from the input.

    Points get a positional encoding. The products with the embedding are computed once a shape, not once a
    point, which gives the same numbers cheaper. One output a field: the embedding of a scan decodes to a solid.
    """

    def __init__(self, fields: Sequence[str], sizes: DecoderSettings) -> None:
        super().__init__()
        self.fields, self.sizes = tuple(fields), sizes
        encoded = 3 + 6 * sizes.frequencies
        self.place = nn.ModuleList(nn.Linear(encoded, sizes.width) for _ in range(2))
        self.code = nn.ModuleList(nn.Linear(sizes.dim, sizes.width, bias=False) for _ in range(2))
        self.before = nn.ModuleList(nn.Linear(sizes.width, sizes.width) for _ in range(2))
        self.after = nn.ModuleList(nn.Linear(sizes.width, sizes.width) for _ in range(2))
        self.out = nn.Linear(sizes.width, len(self.fields))

    def forward(self, embedding: Tensor, points: Tensor) -> Tensor:
        """(n, m, fields) raw outputs for embeddings (n, dim) at points (n, m, 3), as of the fields' networks."""
        encoded = positional(points, self.sizes.frequencies)
        scaled = embedding * math.sqrt(self.sizes.dim)  # unit vectors have small entries
        x = torch.relu(self.place[0](encoded) + self.code[0](scaled)[:, None])
        for layer in self.before:
            x = torch.relu(layer(x))
        x = torch.relu(x + self.place[1](encoded) + self.code[1](scaled)[:, None])
        for layer in self.after:
            x = torch.relu(layer(x))
        return cast(Tensor, self.out(x))

    def prepare(self, embedding: Tensor) -> Tensor:
        """What `at` takes of embeddings (n, dim)."""
        return embedding

    def at(self, prepared: Tensor, points: Tensor) -> Tensor:
        """(n, m, fields) of what `prepare` gave, at points (n, m, 3)."""
        return cast(Tensor, self(prepared, points))


Decoder = ImplicitDecoder | GridDecoder
"""Called with embeddings and points; `prepare` and `at` are for many points of one embedding."""
Sizes = DecoderSettings | GridDecoderSettings


def build(fields: Sequence[str], sizes: Sizes) -> Decoder:
    """A decoder of these sizes that has learned nothing yet."""
    return GridDecoder(fields, sizes) if isinstance(sizes, GridDecoderSettings) else ImplicitDecoder(fields, sizes)


def described(decoder: Decoder) -> dict[str, Any]:
    """Plain JSON from which `rebuilt` makes such a decoder; the implicit one, which was first, names no form."""
    if isinstance(decoder, GridDecoder):
        return {"form": "grid", "settings": {**asdict(decoder.sizes), "widths": list(decoder.sizes.widths)}}
    return {"settings": asdict(decoder.sizes)}


def rebuilt(settings: Mapping[str, Any]) -> Decoder:
    """Of what a head's settings say. Errors: KeyError, TypeError, ValueError."""
    if settings.get("form") == "grid":
        sizes = GridDecoderSettings(**{**settings["settings"], "widths": tuple(settings["settings"]["widths"])})
        return build(settings["fields"], sizes)
    if "form" in settings:
        raise ValueError(f"a decoder of the form {settings['form']!r} is not known here; update inrstore")
    return build(settings["fields"], DecoderSettings(**settings["settings"]))


def positional(points: Tensor, frequencies: int) -> Tensor:
    """(…, 3 + 6·frequencies): the point, and sin and cos of 2ⁱπ times it (Mildenhall et al. 2020)."""
    scales = math.pi * 2.0 ** torch.arange(frequencies, device=points.device)
    angles = (points[..., None] * scales).flatten(-2)
    return torch.cat([points, angles.sin(), angles.cos()], dim=-1)
