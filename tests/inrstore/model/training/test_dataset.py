"""Fitted variants through files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inrstore.model.training.dataset import Dataset, load_dataset, save_variant
from inrstore.model.training.shapes import FittedVariant
from inrstore.network.fields import FIELDS, FieldSamples

BASES = {field: np.full(5, index, np.float32) for index, field in enumerate(FIELDS)}
LABELS = ("a", "other", "b", "a")


def fitted(shape: int, *fields: str) -> FittedVariant:
    rows = []
    for field in fields:
        samples = FieldSamples(field, np.full((2, 3), shape / 4, np.float32), np.full(2, shape / 4, np.float32))
        rows.append((np.full(5, shape, np.float32), samples))
    return FittedVariant(shape, tuple(rows))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Shape 1 cannot be read, shape 3 has no inside, and the second variant has no grids."""
    save_variant(tmp_path / "0", [fitted(0, *FIELDS), fitted(2, *FIELDS), fitted(3, "udf")], 5, 2)
    save_variant(tmp_path / "1", [fitted(0, "sdf", "udf"), fitted(3, "udf")], 5, 2)
    return load_dataset([tmp_path / "0", tmp_path / "1"], LABELS, BASES, 0.5, seed=0)


def test_what_was_saved_is_found_at_its_shape_and_field(dataset: Dataset) -> None:
    assert dataset.data.shape.tolist() == [0, 2, 3, 0, 3] and dataset.variant.tolist() == [0, 0, 0, 1, 1]
    assert dataset.data.label.tolist() == [0, 1, 0, 0, 0]
    have = {name: (row >= 0).tolist() for name, row in dataset.data.row.items()}
    assert have["sdf"] == [True, True, False, True, False] and have["udf"] == [True] * 5
    assert have["occ"] == [True, True, False, False, False]
    for name, rows in dataset.data.fields.items():
        kept = dataset.data.row[name] >= 0
        found = dataset.data.row[name][kept]
        assert rows.change[found, 0].tolist() == dataset.data.shape[kept].tolist()
        assert (rows.values[found, 0] * 4).tolist() == dataset.data.shape[kept].tolist()
        np.testing.assert_array_equal(rows.base, BASES[name])  # type: ignore[arg-type]


def test_shapes_are_held_out_whole_and_asked_for_as_they_are(dataset: Dataset) -> None:
    held = set(dataset.data.shape[dataset.held].tolist())
    assert held and not held & set(dataset.training().shape.tolist())
    assert set(dataset.questions().shape.tolist()) == held
    assert len(dataset.questions().shape) == len(held)
