"""The arithmetic of encoders that ask, for one network at a time, without gradients: the same numbers, faster.

Every product has the same sizes for every network and runs on one thread, so that no other network, and no number of
processes, changes a byte of an embedding.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from inrstore.network.siren import Siren, by_numpy, split


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch's number of threads is that of the whole process, so that only one caller at a time may change it."""
    with _turn:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


_turn = threading.Lock()


class Lattice:
    """The cell centres (x, y, z) of [-1, 1]³, the last axis fastest, and room for what a network says there."""

    def __init__(self, siren: Siren, side: int) -> None:
        self.siren, self.side = siren, side
        self.axis = torch.from_numpy(((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32))
        self._first, self._other = (torch.empty(side, side, siren.hidden) for _ in range(2))

    def ask(self, weights: Tensor) -> Tensor:
        """(side³,) raw outputs of a network (W,), a slab of the lattice at a time, which fits a processor's cache."""
        layers = split(self.siren, weights[None])
        (first, shift), *hidden, (last, bias) = [(matrix[0], row[0]) for matrix, row in layers]
        cos, sin = self._waves(first, shift)
        hidden = [(matrix.T * self.siren.omega, row * self.siren.omega) for matrix, row in hidden]
        out = torch.empty(self.side, self.side**2)
        for slab in range(self.side):
            x, other = self._first, self._other
            # sin(a + b) = sin a cos b + cos a sin b: the first layer's waves are products of those along the axes.
            xy_sin = sin[0][slab] * cos[1] + cos[0][slab] * sin[1]
            xy_cos = cos[0][slab] * cos[1] - sin[0][slab] * sin[1]
            torch.mul(xy_sin[:, None], cos[2], out=x)
            x.addcmul_(xy_cos[:, None], sin[2])
            for matrix, row in hidden:
                torch.addmm(row, x.flatten(0, 1), matrix, out=other.view(-1, self.siren.hidden))
                if by_numpy(other):
                    np.sin(other.numpy(), out=other.numpy())
                else:
                    other.sin_()
                x, other = other, x
            torch.addmv(bias, x.flatten(0, 1), last[0], out=out[slab])
        return out.flatten()

    def _waves(self, first: Tensor, shift: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Cosine and sine of the first layer's phases along each axis, (side, hidden) each; the shift is in x's."""
        phases = [self.siren.omega * self.axis[:, None] * first[:, axis] for axis in range(3)]
        phases[0] = phases[0] + self.siren.omega * shift
        return [phase.cos() for phase in phases], [phase.sin() for phase in phases]


class Convolutions:
    """A trained stack of convolution, normalisation and ReLU as matrix products, for one reading (c, p, p, p)."""

    def __init__(self, body: nn.Sequential) -> None:
        self._layers = []
        modules = list(body)
        for conv, norm in zip(modules[::3], modules[1::3], strict=True):
            assert isinstance(conv, nn.Conv3d) and isinstance(norm, nn.BatchNorm3d)
            assert norm.running_mean is not None and norm.running_var is not None
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            matrix = conv.weight.permute(2, 3, 4, 1, 0).flatten(0, 3) * scale  # (27 in, out)
            shift = norm.bias - norm.running_mean * scale
            self._layers.append((conv.stride[0], matrix.detach().contiguous(), shift.detach()))

    def __call__(self, reading: Tensor) -> Tensor:
        """(c · q³,) as the stack's output, flattened, would be."""
        x = reading.permute(1, 2, 3, 0)  # (p, p, p, c)
        for stride, matrix, shift in self._layers:
            padded = nn.functional.pad(x, (0, 0, 1, 1, 1, 1, 1, 1)).contiguous()
            side = (padded.shape[0] - 3) // stride + 1
            a, b, c, d = padded.stride()
            sizes = (side, side, side, 3, 3, 3, padded.shape[3])
            blocks = padded.as_strided(sizes, (a * stride, b * stride, c * stride, a, b, c, d))
            x = torch.addmm(shift, blocks.reshape(side**3, -1), matrix).relu_().view(side, side, side, -1)
        return x.permute(3, 0, 1, 2).flatten()


class Residual:
    """A trained residual network of 2-D convolutions (`probes.Images`) as matrix products, for a few images at a time.

    Torch brings all weights into another order at each call, which for a single shape costs more than the products.
    """

    def __init__(self, stem: nn.Sequential, blocks: nn.Sequential) -> None:
        self._stem = _Product(*cast("tuple[nn.Conv2d, nn.BatchNorm2d]", list(stem)[:2]))
        self._blocks = []
        for block in cast(Any, blocks):
            first, norm, _, second, again = block.body
            shortcut = _Product(block.shortcut) if isinstance(block.shortcut, nn.Conv2d) else None
            self._blocks.append((_Product(first, norm), _Product(second, again), shortcut))

    def __call__(self, images: Tensor) -> Tensor:
        """(n, 2 · channels): means and maxima of the last stage, of images (n, c, p, p)."""
        x = self._stem(images.permute(0, 2, 3, 1)).relu_()
        for first, second, shortcut in self._blocks:
            y = second(first(x).relu_())
            x = y.add_(x if shortcut is None else shortcut(x)).relu_()
        return torch.cat([x.mean(dim=(1, 2)), x.amax(dim=(1, 2))], dim=1)


class _Product:
    """A convolution of 3×3 or 1×1, and the normalisation after it, of images (n, p, p, c)."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None = None) -> None:
        weight, shift = conv.weight, conv.bias
        if norm is not None:
            assert norm.running_mean is not None and norm.running_var is not None
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight, shift = weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
        assert shift is not None
        self.stride, self.size = int(conv.stride[0]), int(conv.kernel_size[0])
        self.matrix = weight.permute(2, 3, 1, 0).flatten(0, 2).detach().contiguous()  # (size² in, out)
        self.shift = shift.detach()

    def __call__(self, x: Tensor) -> Tensor:
        edge = self.size // 2
        padded = nn.functional.pad(x, (0, 0, edge, edge, edge, edge)).contiguous()
        count, side = len(x), (padded.shape[1] - self.size) // self.stride + 1
        n, a, b, c = padded.stride()
        sizes = (count, side, side, self.size, self.size, padded.shape[3])
        blocks = padded.as_strided(sizes, (n, a * self.stride, b * self.stride, a, b, c))
        return torch.addmm(self.shift, blocks.reshape(count * side**2, -1), self.matrix).view(count, side, side, -1)
