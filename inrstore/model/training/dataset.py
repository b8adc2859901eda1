"""Fitted variants on disk, and all of them as what encoder and decoder are trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor

from inrstore.files import atomic_path
from inrstore.network.fields import FIELDS
from inrstore.records import FloatArray

from .codec import CodecData, FieldRows
from .shapes import NO_CLASS, FittedVariant


def save_variant(path: Path, fitted: Iterable[FittedVariant], size: int, kept: int) -> None:
    """All shapes of one variant in half precision: networks of `size` weights, `kept` samples of each."""
    arrays: dict[str, np.ndarray] = {}
    found = list(fitted)
    for name in FIELDS:
        rows = [(v.shape, change, s) for v in found for change, s in v.rows if s.field == name]
        arrays[f"{name}.shape"] = np.array([shape for shape, _, _ in rows], np.int64)
        arrays[f"{name}.change"] = np.array([c for _, c, _ in rows], np.float16).reshape(-1, size)
        arrays[f"{name}.points"] = np.array([s.points for _, _, s in rows], np.float16).reshape(-1, kept, 3)
        arrays[f"{name}.values"] = np.array([s.values for _, _, s in rows], np.float16).reshape(-1, kept)
    with atomic_path(path) as temporary:
        save_file(arrays, temporary)


@dataclass(frozen=True)
class Dataset:
    """All variants that could be fitted."""

    data: CodecData
    variant: Tensor
    """(v,) int64, the number of the variant; 0 is the shape as it is."""
    held: Tensor
    """(v,) bool, whether it is of a shape that only the figures see."""

    def training(self) -> CodecData:
        return self.data.subset(~self.held)

    def questions(self) -> CodecData:
        """Held-out shapes as they are."""
        return self.data.subset(self.held & (self.variant == 0))


def load_dataset(
    paths: Sequence[Path], labels: Sequence[str], bases: Mapping[str, FloatArray], held_out: float, seed: int
) -> Dataset:
    """The variants in these files, the number of each its place; the share `held_out` of the shapes is held out."""
    parts = [load_file(path) for path in paths]
    count = len(labels)
    row = {name: torch.full((len(parts) * count,), -1) for name in FIELDS}
    fields = {}
    for name in FIELDS:
        start = 0
        for number, part in enumerate(parts):
            shapes = torch.from_numpy(part[f"{name}.shape"])
            row[name][number * count + shapes] = torch.arange(start, start + len(shapes))
            start += len(shapes)
        change, points, values = (
            torch.from_numpy(np.concatenate([part[f"{name}.{what}"] for part in parts]))
            for what in ("change", "points", "values")
        )
        fields[name] = FieldRows(change, points, values, torch.from_numpy(bases[name]))
    shape, variant = torch.arange(count).repeat(len(parts)), torch.arange(len(parts)).repeat_interleave(count)
    data = CodecData(fields, shape, _classes(labels).repeat(len(parts)), row)
    have = torch.stack([r >= 0 for r in row.values()]).any(dim=0)
    held_shapes = np.random.default_rng(seed).permutation(count)[: int(count * held_out)]
    held = torch.isin(shape, torch.from_numpy(held_shapes))
    return Dataset(data.subset(have), variant[have], held[have])


def _classes(labels: Sequence[str]) -> Tensor:
    """(n,) int64, the class of each shape; −1 for none."""
    names = sorted(set(labels) - {NO_CLASS})
    return torch.tensor([names.index(label) if label != NO_CLASS else -1 for label in labels])
