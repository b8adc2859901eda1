"""What sdf, udf and occ mean: the label that a network learns, its loss, and the way back to a distance.

The convention for the raw output of every network and decoder: for `sdf` and `occ` it is positive inside and
zero on the surface; for `udf` it falls with the distance. sdf and udf are clipped at `CLIP`.
Labels are those of inr2vec (De Luigi et al. 2023, appendix): a distance becomes a probability that a sigmoid
can express, and binary cross entropy fits it. Unlike the official code, inside is the larger value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inrstore.arrays import FIELDS as FIELDS
from inrstore.records import FloatArray

CLIP = 0.1
"""Distances are clipped here, in units of the normalised shape's radius."""
NEVER = 1e-4
"""How near to 0 and 1 a label may come of which a raw output is made."""
FOCAL_ALPHA, FOCAL_GAMMA = 0.1, 3.0


@dataclass(frozen=True, eq=False)
class FieldSamples:
    """True field values at points of the normalised space."""

    field: str
    points: FloatArray
    """(n, 3)."""
    values: FloatArray
    """(n,) signed distance, negative inside; unsigned distance; or occupancy 0 or 1."""


def labels(field: str, values: Tensor) -> Tensor:
    """Targets in [0, 1] from true values of any shape: the sdf's are ½ on the surface, 1 deep inside."""
    if field == "sdf":
        return 0.5 - values.clamp(-CLIP, CLIP) / (2 * CLIP)
    if field == "udf":
        return 1 - values.clamp(0, CLIP) / CLIP
    return values


def loss(field: str, raw: Tensor, target: Tensor, name: str = "entropy") -> Tensor:
    """(n,) mean loss of each network, from raw outputs and targets (n, m).

    `name` is one of `recipe.LOSSES`: the binary cross entropy of inr2vec, or for sdf the mean absolute error of the
    label, which has the same minimum, while the many points far from the surface do not outweigh those near to it. A
    udf's label is 1 at the surface, where the slope of that error dies, so udf has the cross entropy in any case, and
    occ the focal loss.
    """
    if name == "absolute" and field == "sdf":
        return (torch.sigmoid(raw) - target).abs().mean(dim=-1)
    entropy = functional.binary_cross_entropy_with_logits(raw, target, reduction="none")
    if field == "occ":  # Lin et al. 2017, with inr2vec's α and γ
        alpha, miss = _focus(torch.sigmoid(raw), target)
        entropy = alpha * miss**FOCAL_GAMMA * entropy
    return entropy.mean(dim=-1)


def slope(field: str, raw: Tensor, target: Tensor, name: str = "entropy") -> Tensor:
    """(n, m) derivatives of `loss` by the raw outputs, written out: asking autograd takes a tenth of a short fit."""
    p = torch.sigmoid(raw)
    found = p - target
    if field == "occ":
        alpha, miss = _focus(p, target)
        entropy = functional.binary_cross_entropy_with_logits(raw, target, reduction="none")
        towards = (2 * target - 1) * p * (1 - p)  # of the probability of what is so
        found = alpha * miss ** (FOCAL_GAMMA - 1) * (miss * found - FOCAL_GAMMA * towards * entropy)
    elif name == "absolute" and field == "sdf":
        found = found.sign_().mul_(torch.addcmul(p, p, p, value=-1))
    return found.div_(raw.shape[-1])


def _focus(p: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The focal loss's weight α, and the probability of what is not so."""
    alpha = FOCAL_ALPHA * target + (1 - FOCAL_ALPHA) * (1 - target)
    return alpha, 1 - p * target - (1 - p) * (1 - target)


def error(field: str, raw: Tensor, values: Tensor) -> Tensor:
    """(n,) mean error of the clipped distance, or for occ the share of wrong cells; raw and true values are (n, m)."""
    if field == "occ":
        return ((raw > 0) != (values > 0.5)).float().mean(dim=-1)
    unit = 2 * CLIP if field == "sdf" else CLIP
    return (torch.sigmoid(raw) - labels(field, values)).abs().mean(dim=-1) * unit


def label_of(raw: FloatArray) -> FloatArray:
    """Labels in [0, 1] that raw outputs stand for."""
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), np.float32)


def raw_of(label: FloatArray) -> FloatArray:
    """Raw outputs, all of them finite, that stand for labels: those beyond [0, 1] are taken as nearly 0 and 1."""
    kept = np.clip(label, NEVER, 1 - NEVER)
    return np.asarray(np.log(kept / (1 - kept)), np.float32)


def distance(field: str, raw: FloatArray) -> FloatArray:
    """Distances that raw outputs stand for, clipped at ±CLIP: signed (negative inside) for sdf, else unsigned.

    For occ there is no distance; use the sign of the raw output.
    """
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-raw.astype(np.float32)))
    if field == "sdf":
        return ((0.5 - p) * 2 * CLIP).astype(np.float32)
    if field == "udf":
        return ((1 - p) * CLIP).astype(np.float32)
    raise ValueError(f"{field} has no distance")
