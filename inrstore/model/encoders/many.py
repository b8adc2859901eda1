"""Encoding many networks at once on a GPU, by the modules that training runs; `single` is for processors."""

from __future__ import annotations

import copy
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from inrstore.records import FloatArray

MANY = 64
"""Networks at once: what a lattice of probes makes of more of them may not fit a small GPU."""


class Many:
    """The method of an encoder, a torch module with `embed`, that says what `embed` takes of whole weights."""

    def inputs(self, field: str, weights: Tensor) -> Tensor:
        """What `embed` takes, of whole weights (n, W) on any device."""
        raise NotImplementedError

    def encode_on(self, device: str, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) embeddings from whole weights (n, W): what `encode` says, to rounding."""
        if not len(weights):
            return np.empty((0, cast(Any, self).dim), np.float32)
        there = cast(Any, copy.deepcopy(self)).to(device)  # this one stays where it is
        rows = torch.from_numpy(np.ascontiguousarray(weights, np.float32)).split(MANY)
        with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
            found = [there.embed(there.inputs(field, some.to(device))).cpu() for some in rows]
        return torch.cat(found).numpy()
