"""What a training of encoders makes small."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def contrast(z: Tensor, shape: Tensor, label: Tensor, temperature: float, label_share: float) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362, eq. 2) of unit vectors z (n, d).

    Positives of a row are the others of its shape, with weight 1, and of its class, with weight `label_share`.
    """
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    same_shape = (shape[:, None] == shape) & ~itself
    same_label = (label[:, None] == label) & (label[:, None] >= 0) & ~itself & ~same_shape
    weight = same_shape.float() + label_share * same_label.float()
    logits = (z @ z.T / temperature).masked_fill(itself, -math.inf)
    log_p = functional.log_softmax(logits, dim=1).masked_fill(itself, 0)
    total = weight.sum(dim=1)
    have = total > 0
    return -((weight * log_p).sum(dim=1)[have] / total[have]).sum() / have.sum().clamp_min(1)


class Classes(nn.Module):
    """Which class a unit vector is of, by its cosine with one learned direction a class."""

    def __init__(self, dim: int, classes: int, scale: float = 16.0) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, dim) / math.sqrt(dim))
        self.scale = scale

    def forward(self, z: Tensor) -> Tensor:
        """(n, classes) logits of unit vectors (n, dim)."""
        return self.scale * z @ functional.normalize(self.directions, dim=1).T

    def loss(self, z: Tensor, label: Tensor, smoothing: float) -> Tensor:
        """Cross entropy of those that have a label, smoothed (Szegedy et al. 2016); 0 if none has."""
        have = label >= 0
        losses = functional.cross_entropy(self(z), label.clamp_min(0), reduction="none", label_smoothing=smoothing)
        return (losses * have).sum() / have.sum().clamp_min(1)
