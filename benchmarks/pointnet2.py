"""PointNet++ (Qi et al. 2017, arXiv 1706.02413), single scale, as a peer: trained on clouds with their classes.

Written from the paper: set abstractions around centres, farthest first, then one over all; a head of 512 and 256 with
dropout; Adam at 1e-3 that falls by cosine; clouds scaled, moved and jittered at each step. Centres and neighbours are
found once, before. Its embedding is the 256 numbers before the classes, of unit length. `WHOLE` is the paper's size,
of which two CPU cores train some epochs a day; `HALF` has half its widths and a quarter of its groups, for a tenth of
the operations. A checkpoint of each epoch lies in a folder, and is gone on from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.files import atomic_path

BATCH, RATE, DECAY, DROPOUT, SMOOTHING = 32, 1e-3, 1e-4, 0.4, 0.1
STRETCH, SHIFT, JITTER, JITTER_AT_MOST = 1.25, 0.1, 0.01, 0.05
Heard = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """Centres, neighbours of each and radii of the two levels, and the width that all others are multiples of."""

    name: str
    centres: tuple[int, int]
    neighbours: tuple[int, int]
    width: int
    radii: tuple[float, float] = (0.2, 0.4)


WHOLE = Size("PointNet++", (512, 128), (32, 64), 64)
HALF = Size("PointNet++, half as wide, a quarter of the groups", (256, 64), (16, 32), 32)


@dataclass(frozen=True)
class Grouped:
    """Clouds with what the levels group, all found before the training."""

    points: Tensor
    """(n, p, 3)."""
    centres: list[Tensor]
    """Of each level (n, m), places among the points of the level before."""
    near: list[Tensor]
    """Of each level (n, m, k), likewise."""

    @classmethod
    def of(cls, points: Tensor, size: Size) -> Grouped:
        parts = [_grouped(some, size) for some in points.split(64)]
        centres, near = ([torch.cat([part[n][level] for part in parts]) for level in range(2)] for n in range(2))
        return cls(points, centres, near)

    def at(self, rows: Tensor) -> Grouped:
        return Grouped(self.points[rows], [one[rows] for one in self.centres], [one[rows] for one in self.near])


class PointNet2(nn.Module):
    """Grouped clouds in the unit ball to logits (n, classes)."""

    def __init__(self, classes: int, size: Size) -> None:
        super().__init__()
        w = size.width
        widths = ((3, w, w, 2 * w), (3 + 2 * w, 2 * w, 2 * w, 4 * w), (3 + 4 * w, 4 * w, 8 * w, 16 * w))
        self.levels = nn.ModuleList(_shared(*some) for some in widths)
        self.head = nn.Sequential(
            *(nn.Linear(16 * w, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(DROPOUT)),
            *(nn.Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(DROPOUT)),
        )
        self.classes = nn.Linear(256, classes)

    def forward(self, clouds: Grouped) -> Tensor:
        found: Tensor = self.classes(self.embed(clouds))
        return found

    def embed(self, clouds: Grouped) -> Tensor:
        """(n, 256) before the classes."""
        points, features = clouds.points, None
        for level, centre, near in zip(self.levels, clouds.centres, clouds.near, strict=False):
            middle = _of(points, centre)
            around = _of(points, near) - middle[:, :, None]  # (n, m, k, 3)
            rows = around if features is None else torch.cat([around, _of(features, near)], dim=3)
            features, points = level(rows.permute(0, 3, 1, 2)).amax(dim=3).transpose(1, 2), middle
        assert features is not None
        rows = torch.cat([points, features], dim=2)[:, None]  # (n, 1, m, c)
        found: Tensor = self.head(self.levels[2](rows.permute(0, 3, 1, 2)).amax(dim=3)[:, :, 0])
        return found


def train(clouds: Grouped, label: Tensor, size: Size, work: Path, epochs: int, seed: int, heard: Heard) -> PointNet2:
    """Trained on clouds and their classes (n,), from the checkpoint in `work` if there is one."""
    torch.manual_seed(seed)
    model = PointNet2(int(label.max()) + 1, size)
    optimiser = torch.optim.Adam(model.parameters(), RATE, weight_decay=DECAY)
    done, checkpoint = 0, work / f"pointnet2-{size.width}-{epochs}-{seed}.pt"
    work.mkdir(parents=True, exist_ok=True)
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["epoch"]
    for epoch in range(done, epochs):
        torch.manual_seed(seed * 1_000_003 + epoch)
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        optimiser.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * epoch / epochs))
        right, steps = 0, len(label) // BATCH
        model.train()
        for rows in torch.randperm(len(label), generator=generator)[: steps * BATCH].split(BATCH):
            some = clouds.at(rows)
            logits = model(Grouped(altered(some.points, generator), some.centres, some.near))
            loss = functional.cross_entropy(logits, label[rows], label_smoothing=SMOOTHING)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            right += int((logits.argmax(dim=1) == label[rows]).sum())
        with atomic_path(checkpoint) as path:
            torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch + 1}, path)
        heard(f"{size.name}: epoch {epoch + 1} of {epochs}, right in training {right / (steps * BATCH):.3f}")
    return model.eval()


@torch.inference_mode()
def embeddings(model: PointNet2, clouds: Grouped) -> np.ndarray:
    """(n, 256) of unit length."""
    parts = torch.arange(len(clouds.points)).split(64)
    return torch.cat([functional.normalize(model.embed(clouds.at(rows)), dim=1) for rows in parts]).numpy()


def altered(points: Tensor, generator: torch.Generator) -> Tensor:
    """Clouds (n, p, 3) scaled by axis, moved and jittered."""
    size = (len(points), 1, 3)
    scale = torch.exp((torch.rand(size, generator=generator) * 2 - 1) * math.log(STRETCH))
    shift = (torch.rand(size, generator=generator) * 2 - 1) * SHIFT
    jitter = (torch.randn(points.shape, generator=generator) * JITTER).clamp(-JITTER_AT_MOST, JITTER_AT_MOST)
    return points * scale + shift + jitter


def _shared(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for fan_in, out in zip(widths, widths[1:], strict=False):
        layers += [nn.Conv2d(fan_in, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
    return nn.Sequential(*layers)


def _grouped(points: Tensor, size: Size) -> tuple[list[Tensor], list[Tensor]]:
    centres, near = [], []
    for count, neighbours, radius in zip(size.centres, size.neighbours, size.radii, strict=True):
        centres.append(_farthest(points, count))
        middle = _of(points, centres[-1])
        distance, close = torch.cdist(middle, points).topk(neighbours, largest=False)
        near.append(torch.where(distance <= radius, close, close[..., :1]))  # where there are fewer, the nearest again
        points = middle
    return centres, near


def _farthest(points: Tensor, count: int) -> Tensor:
    """(n, count) places of points (n, p, 3) of which each is farthest from those before it."""
    chosen = torch.zeros(len(points), count, dtype=torch.long)
    distance, last = torch.full(points.shape[:2], torch.inf), torch.zeros(len(points), dtype=torch.long)
    for place in range(1, count):
        centre = points.gather(1, last[:, None, None].expand(-1, 1, 3))
        distance = torch.minimum(distance, (points - centre).square().sum(dim=2))
        last = distance.argmax(dim=1)
        chosen[:, place] = last
    return chosen


def _of(rows: Tensor, places: Tensor) -> Tensor:
    """(n, …, c) rows (n, p, c) at places (n, …)."""
    flat = places.flatten(1)
    return rows.gather(1, flat[..., None].expand(-1, -1, rows.shape[2])).view(*places.shape, rows.shape[2])
