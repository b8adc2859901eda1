"""Parquet in and out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from inrstore.errors import BadInput, CorruptShard
from inrstore.store import shards
from inrstore.store.shards import EMBEDDINGS, INRS
from inrstore.store.storage import Storage

WIDTH = 50_000  # 40 rows fill a row group


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def changes(rows: int, width: int = WIDTH) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(rows, width)).astype(np.float32) * 0.01
    return shards.to_half(noise, "test")


def write_inrs(storage: Storage, change: np.ndarray) -> shards.Written:
    n = len(change)
    columns = {
        "shape": [f"{i:064x}" for i in range(n)],
        "field": ["sdf", "udf"] * (n // 2) + ["sdf"] * (n % 2),
        "profile": ["default"] * n,
        "error": [0.5] * n,
        "steps": list(range(n)),
    }
    return shards.write(storage, INRS, "m", shards.inr_table(columns, change, {"model": "m", "siren": "s"}))


def test_networks_come_back_as_they_were(storage: Storage) -> None:
    change = changes(100)
    written = write_inrs(storage, change)
    content = (Path(storage.url) / written.path).read_bytes()
    assert written.bytes == len(content) and written.sha256 == hashlib.sha256(content).hexdigest()
    assert shards.check(storage, written.path, 100, written.sha256) == (None, [f"{i:064x}" for i in range(100)])
    rows = np.array([99, 0, 41, 41, 7])
    assert np.array_equal(shards.read_vectors(storage, INRS, written.path, rows), change[rows])
    table = shards.read_table(storage, written.path)
    assert table["steps"].to_pylist() == list(range(100)) and table["field"][1].as_py() == "udf"


def test_row_groups_let_one_row_be_read_alone(storage: Storage) -> None:
    written = write_inrs(storage, changes(100))
    file = pq.ParquetFile(Path(storage.url) / written.path)
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [41, 41, 18]
    assert file.schema_arrow.metadata == {b"format": b"1", b"model": b"m", b"siren": b"s"}


def test_a_weight_costs_less_than_two_bytes(storage: Storage) -> None:
    written = write_inrs(storage, changes(64, 33_665))
    assert written.bytes / 64 < 0.95 * 2 * 33_665


def test_equal_rows_make_equal_bytes(storage: Storage) -> None:
    first, second = (write_inrs(storage, changes(3)) for _ in range(2))
    assert first.sha256 == second.sha256 and first.path != second.path


def test_embeddings_keep_every_bit(storage: Storage) -> None:
    matrix = np.random.default_rng(1).normal(size=(10, 16)).astype(np.float32)
    table = shards.embedding_table([str(i) for i in range(10)], matrix, {"model": "m"})
    written = shards.write(storage, EMBEDDINGS, "m", table)
    assert np.array_equal(shards.read_vectors(storage, EMBEDDINGS, written.path, np.arange(10)), matrix)


def test_rounding_to_half_precision() -> None:
    change = np.array([[1.0, 1e-9, -0.1, 65504.0]], np.float32)
    rounded = shards.to_half(change, "x")
    assert rounded.dtype == np.float16 and np.abs(rounded - change).max() < 3e-5


@pytest.mark.parametrize("value, reason", [(np.nan, "NaN"), (np.inf, "infinite"), (7e4, "half precision ends")])
def test_what_half_precision_cannot_hold_is_refused(value: float, reason: str) -> None:
    with pytest.raises(BadInput, match=f"chair.obj.*{reason}"):
        shards.to_half(np.array([0.0, value], np.float32), "chair.obj")


def test_a_row_beyond_the_end(storage: Storage) -> None:
    written = write_inrs(storage, changes(3))
    with pytest.raises(CorruptShard, match="3 rows"):
        shards.read_vectors(storage, INRS, written.path, np.array([3]))


def test_a_wrong_row_count_is_found(storage: Storage) -> None:
    written = write_inrs(storage, changes(3))
    problem, _ = shards.check(storage, written.path, 4, written.sha256)
    assert problem and "3 rows, the catalogue expects 4" in problem
