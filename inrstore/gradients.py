"""The gradient of batched SIRENs, written out: half the time of recording the forward pass for autograd on a CPU."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .siren import SirenShape, split


@torch.no_grad()
def gradient(
    siren: SirenShape, weights: Tensor, points: Tensor, slope: Callable[[Tensor], Tensor], *, half: bool = False
) -> Tensor:
    """(n, W) gradient of n losses by the weights (n, W) of n networks, each at its own points (n, m, 3).

    `slope` takes raw outputs (n, m) to the derivatives of the losses by them (n, m). With `half` the hidden products
    run in bfloat16 and keep their results in it; the first layer's phases, which are the largest, stay float32.
    """
    hidden = torch.bfloat16 if half else torch.float32
    layers = split(siren, weights)
    scaled: list[Tensor] = []  # ω W of each sine layer
    inputs, cosines = [points], []
    for index, (matrix, bias) in enumerate(layers[:-1]):
        kind = hidden if index else torch.float32
        scaled.append((siren.omega * matrix).to(kind))
        phase = torch.baddbmm((siren.omega * bias).to(kind)[:, None], inputs[-1], scaled[-1].transpose(1, 2))
        inputs.append(torch.sin(phase).to(hidden))  # (n, m, h)
        cosines.append(torch.cos(phase).to(hidden))
    matrix, bias = layers[-1]
    raw = torch.baddbmm(bias[:, None], inputs[-1].float(), matrix.transpose(1, 2))[..., 0]

    found = torch.empty_like(weights)
    parts = split(siren, found)  # views, to be filled
    residual = slope(raw)[..., None].to(hidden)  # (n, m, 1)
    parts[-1][0].copy_(torch.bmm(residual.transpose(1, 2), inputs[-1]))
    parts[-1][1].copy_(residual.sum(dim=1, dtype=torch.float32))
    back = residual * matrix.to(hidden)  # (n, m, h), by the sines of the last hidden layer
    for index in reversed(range(len(cosines))):
        back *= cosines[index]
        parts[index][0].copy_(torch.bmm(back.transpose(1, 2), inputs[index].to(hidden))).mul_(siren.omega)
        parts[index][1].copy_(back.sum(dim=1)).mul_(siren.omega)
        if index:
            back = torch.bmm(back, scaled[index])
    return found
