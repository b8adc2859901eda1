"""Turning and mirroring a shape in its network: the first layer alone changes, and nothing is lost. And turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inrstore.records import FloatArray

if TYPE_CHECKING:
    from .siren import Siren

MIRROR = np.diag([-1.0, 1.0, 1.0])


def turned(siren: Siren, weights: FloatArray, turns: FloatArray) -> FloatArray:
    """(p, W) the network of weights (W,) after each of the turns (p, 3, 3), orthogonal matrices R on columns x.

    The shape turned by R has at x what it had at Rᵀ x, so that its first layer is W₁ Rᵀ, and every other weight stays.
    Signed and unsigned distances and occupancies alike stay what they are, also in a mirror.
    """
    first = weights[: 3 * siren.hidden].reshape(siren.hidden, 3)
    found = np.tile(weights, (len(turns), 1))
    found[:, : 3 * siren.hidden] = (first @ turns.transpose(0, 2, 1)).reshape(len(turns), -1)
    return found


def spread(count: int) -> FloatArray:
    """(count, 3, 3) rotations spread evenly, by super-Fibonacci spirals (Alexa 2022, CVPR, algorithm 1)."""
    from scipy.spatial.transform import Rotation

    i = np.arange(count) + 0.5
    inner, outer = np.sqrt(i / count), np.sqrt(1 - i / count)
    alpha, beta = 2 * np.pi * i / np.sqrt(2), 2 * np.pi * i / 1.533751168755204288118041
    quaternions = [inner * np.sin(alpha), inner * np.cos(alpha), outer * np.sin(beta), outer * np.cos(beta)]
    return np.asarray(Rotation.from_quat(np.stack(quaternions, axis=1)).as_matrix(), np.float32)
