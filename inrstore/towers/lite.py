"""EfficientNet-lite0 in torch: the network of Tan and Le (EfficientNet, ICML 2019) without squeeze-and-excitation.

All activations are ReLU6, and stem and head are of the same width in every size of the family. Batch normalisation is
folded into the convolutions, as nothing is learned here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

STAGES = (
    (1, 1, 1, 16),
    (2, 2, 6, 24),
    (2, 2, 6, 40),
    (3, 2, 6, 80),
    (3, 1, 6, 112),
    (4, 2, 6, 192),
    (1, 1, 6, 320),
)
"""Blocks, stride of the first of them, how much wider a block is inside, and channels that it gives."""
MIDDLE = 4
"""The stage that gives the last map of stride 16."""
EPS = 1e-3


@dataclass(frozen=True)
class Maps:
    """What a picture becomes on its way, for a batch of b."""

    middle: torch.Tensor
    """(b, 112, 14, 14), of stride 16."""
    last: torch.Tensor
    """(b, 320, 7, 7), of stride 32."""
    head: torch.Tensor
    """(b, 1280, 7, 7), of which the mean is what the classes are told from."""


@dataclass(frozen=True)
class _Conv:
    weight: torch.Tensor
    bias: torch.Tensor
    stride: int = 1

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Padded as TensorFlow does: what is odd comes after, so that strides begin elsewhere than torch's."""
        from torch.nn import functional

        kernel = self.weight.shape[-1]
        missing = max((-(-x.shape[-1] // self.stride) - 1) * self.stride + kernel - x.shape[-1], 0)
        before, after = missing // 2, missing - missing // 2
        padded = functional.pad(x, (before, after, before, after)) if missing else x
        groups = padded.shape[1] // self.weight.shape[1]
        return functional.conv2d(padded, self.weight, self.bias, self.stride, groups=groups)


@dataclass(frozen=True)
class _Block:
    """Widen, look around in each channel, narrow; what comes in is added where it has the same shape."""

    widen: _Conv | None
    around: _Conv
    narrow: _Conv
    add: bool

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        wide = self.widen(x).clamp(0, 6) if self.widen else x
        made = self.narrow(self.around(wide).clamp(0, 6))
        return made + x if self.add else made


class Lite0:
    """The network with given weights, by the names of efficientnet_lite_pytorch. Errors: KeyError if one is missing."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self._stem = _folded(tensors, "_conv_stem", "_bn0", 2)
        self._stages: list[list[_Block]] = []
        number, before = 0, 32
        for count, stride, wider, channels in STAGES:
            blocks = []
            for place in range(count):
                step = 1 if place else stride
                blocks.append(_block(tensors, f"_blocks.{number}.", step, wider > 1, step == 1 and before == channels))
                number, before = number + 1, channels
            self._stages.append(blocks)
        self._head = _folded(tensors, "_conv_head", "_bn1")
        self._classes = tensors["_fc.weight"], tensors["_fc.bias"]

    def maps(self, x: torch.Tensor) -> Maps:
        """Of pictures (b, 3, 224, 224), (value - 127) / 128."""
        x = self._stem(x).clamp(0, 6)
        for number, blocks in enumerate(self._stages):
            for block in blocks:
                x = block(x)
            if number == MIDDLE:
                middle = x
        return Maps(middle, x, self._head(x).clamp(0, 6))

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """(b, 1000), of the classes of ImageNet."""
        weight, bias = self._classes
        out: torch.Tensor = self.maps(x).head.mean((2, 3)) @ weight.T + bias
        return out


def _block(tensors: Mapping[str, Any], at: str, stride: int, wider: bool, add: bool) -> _Block:
    return _Block(
        _folded(tensors, f"{at}_expand_conv", f"{at}_bn0") if wider else None,
        _folded(tensors, f"{at}_depthwise_conv", f"{at}_bn1", stride),
        _folded(tensors, f"{at}_project_conv", f"{at}_bn2"),
        add,
    )


def _folded(tensors: Mapping[str, Any], conv: str, norm: str, stride: int = 1) -> _Conv:
    scale = tensors[f"{norm}.weight"] / (tensors[f"{norm}.running_var"] + EPS).sqrt()
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
    return _Conv(tensors[f"{conv}.weight"] * scale[:, None, None, None], bias, stride)
