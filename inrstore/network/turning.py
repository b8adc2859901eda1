"""Turning and mirroring a shape in its network: the first layer alone changes, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inrstore.records import FloatArray

if TYPE_CHECKING:
    from .siren import Siren


def turned(siren: Siren, weights: FloatArray, turns: FloatArray) -> FloatArray:
    """(p, W) the network of weights (W,) after each of the turns (p, 3, 3), orthogonal matrices R on columns x.

    The shape turned by R has at x what it had at Rᵀ x, so that its first layer is W₁ Rᵀ, and every other weight stays.
    Signed and unsigned distances and occupancies alike stay what they are, also in a mirror.
    """
    first = weights[: 3 * siren.hidden].reshape(siren.hidden, 3)
    found = np.tile(weights, (len(turns), 1))
    found[:, : 3 * siren.hidden] = (first @ turns.transpose(0, 2, 1)).reshape(len(turns), -1)
    return found
