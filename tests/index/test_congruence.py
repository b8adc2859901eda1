"""Every backend gives the exact answer of numpy: on so few rows the approximate ones have no excuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.faiss.rows import Rows, make_rows
from index.protocol import NO_KEY
from inrstore.errors import BadInput

COUNT, DIM = 300, 24
PARAMETERS = {
    "flat": {},
    "hnsw": {"ef_search": 300},
    "ivf": {"cells": 8, "probes": 8},
    "rabitq": {"cells": 8, "probes": 8, "refine": 300},
}
TOLERANCE = {"flat": 1e-6, "hnsw": 1e-6, "ivf": 0.01, "rabitq": 0.001}
"""Of a score: 8-bit rows are rounded, and codes are re-scored by 16-bit rows, of as many candidates as there are."""

Known = dict[int, np.ndarray]


def unit(random: np.random.Generator, count: int) -> np.ndarray:
    rows = random.normal(size=(count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def rows_of(seed: int, count: int = COUNT) -> Known:
    random = np.random.default_rng(seed)
    keys = random.choice(1 << 62, size=count, replace=False)
    return dict(zip(keys.tolist(), unit(random, count), strict=True))


def split(rows: Known) -> tuple[np.ndarray, np.ndarray]:
    SEEN.update(rows)
    return np.array(list(rows), dtype=np.int64), np.array(list(rows.values()), dtype=np.float32).reshape(-1, DIM)


@pytest.fixture(params=tuple(PARAMETERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


SEEN: Known = {}
"""Every row that a test has made, which codes are re-scored by."""


@pytest.fixture
def fresh(kind: str) -> Callable[[], Rows]:
    def make() -> Rows:
        made = make_rows(kind, DIM, PARAMETERS[kind])
        made.source = lambda keys: np.array([SEEN[key] for key in keys.tolist()], np.float16).astype(np.float32)
        return made

    return make


@pytest.fixture
def built(fresh: Callable[[], Rows]) -> tuple[Rows, Known]:
    rows = rows_of(0)
    backend = fresh()
    backend.build(*split(rows))
    return backend, rows


def check(backend: Rows, rows: Known, kind: str, *, k: int = 10, among: np.ndarray | None = None) -> None:
    """Compare with brute force: scores place by place, and every key by the score that is due to it."""
    queries = unit(np.random.default_rng(99), 20)
    allowed = {key: row for key, row in rows.items() if among is None or key in set(among.tolist())}
    scores, keys = backend.search(queries, k, among)
    assert scores.shape == keys.shape == (20, k)
    width = min(k, len(allowed))
    assert np.all(keys[:, width:] == NO_KEY) and np.all(scores[:, width:] == -np.inf)
    for query, row_scores, row_keys in zip(queries, scores[:, :width], keys[:, :width], strict=True):
        due = {key: float(row @ query) for key, row in allowed.items()}
        assert len(set(row_keys.tolist())) == width and set(row_keys.tolist()) <= set(due)
        own = np.array([due[key] for key in row_keys.tolist()])
        np.testing.assert_allclose(row_scores, own, atol=TOLERANCE[kind])
        best = np.sort(list(due.values()))[::-1][:width]
        np.testing.assert_allclose(own, best, atol=2 * TOLERANCE[kind])


@pytest.mark.parametrize("k", [1, 10, COUNT, COUNT + 20])
def test_search(built: tuple[Rows, Known], kind: str, k: int) -> None:
    backend, rows = built
    assert backend.count == COUNT
    check(backend, rows, kind, k=k)


def test_add(built: tuple[Rows, Known], kind: str) -> None:
    backend, rows = built
    more = rows_of(1, 40)
    backend.add(*split(more))
    assert backend.count == COUNT + 40
    check(backend, rows | more, kind)


def test_remove_and_add_again(built: tuple[Rows, Known], kind: str) -> None:
    backend, rows = built
    gone = np.array(list(rows))[::3]
    backend.remove(np.append(gone, 12345))  # a key that is not there is ignored
    rest = {key: row for key, row in rows.items() if key not in set(gone.tolist())}
    assert backend.count == len(rest)
    check(backend, rest, kind, k=COUNT)
    back = dict(zip(gone.tolist(), unit(np.random.default_rng(5), len(gone)), strict=True))
    backend.add(*split(back))  # the old keys with new vectors
    check(backend, rest | back, kind)


def test_remove_everything(built: tuple[Rows, Known], kind: str) -> None:
    backend, rows = built
    backend.remove(np.array(list(rows)))
    assert backend.count == 0
    check(backend, {}, kind, k=3)


@pytest.mark.parametrize("share", [2, 40])
def test_filter_still_fills_k(built: tuple[Rows, Known], kind: str, share: int) -> None:
    backend, rows = built
    among = np.array(list(rows))[::share]
    check(backend, rows, kind, k=5, among=among)
    check(backend, rows, kind, k=COUNT, among=among)
    check(backend, rows, kind, k=4, among=np.append(among[:2], 777))  # 777 is not in the index
    check(backend, rows, kind, k=4, among=np.empty(0, dtype=np.int64))


def test_filter_after_removal(built: tuple[Rows, Known], kind: str) -> None:
    backend, rows = built
    keys = np.array(list(rows))
    backend.remove(keys[:100])
    rest = {key: rows[key] for key in keys[100:].tolist()}
    check(backend, rest, kind, k=20, among=keys[50:260])


@pytest.mark.parametrize("writable", [False, True])
def test_persistence(
    built: tuple[Rows, Known], fresh: Callable[[], Rows], kind: str, tmp_path: Path, writable: bool
) -> None:
    backend, rows = built
    gone = np.array(list(rows))[:30]
    backend.remove(gone)
    rest = {key: row for key, row in rows.items() if key not in set(gone.tolist())}
    backend.save(tmp_path / "saved")
    again = fresh()
    again.load(tmp_path / "saved", writable=writable)
    assert again.count == len(rest)
    check(again, rest, kind)
    if not writable:
        with pytest.raises(PermissionError, match="read-only"):
            again.add(*split(rows_of(2, 1)))
        with pytest.raises(PermissionError, match="read-only"):
            again.remove(gone)
        return
    more = rows_of(2, 30)
    again.add(*split(more))
    again.remove(np.array(list(rest))[:5])
    check(again, dict(list(rest.items())[5:]) | more, kind)


def test_a_mapped_file_may_be_deleted(
    built: tuple[Rows, Known], fresh: Callable[[], Rows], kind: str, tmp_path: Path
) -> None:
    backend, rows = built
    backend.save(tmp_path / "saved")
    again = fresh()
    again.load(tmp_path / "saved", writable=False)
    (tmp_path / "saved").unlink()
    check(again, rows, kind)


def test_vectors(built: tuple[Rows, Known], kind: str) -> None:
    backend, rows = built
    keys = np.array(list(rows))[[5, 3, 200]]
    if not backend.lossless:
        assert [len(part) for part in backend.vectors(keys)] == [0, 0]
        with pytest.raises(TypeError, match="ask the store"):
            backend.contents()
        return
    for due in (keys, keys[1:]):
        found, matrix = backend.vectors(keys)
        np.testing.assert_array_equal(found, due)
        np.testing.assert_array_equal(matrix, [rows[key] for key in due.tolist()])
        backend.remove(keys[:1])
    found, matrix = backend.vectors(np.array([777, NO_KEY]))
    assert found.shape == (0,) and matrix.shape == (0, DIM)


def test_contents(built: tuple[Rows, Known], fresh: Callable[[], Rows], tmp_path: Path) -> None:
    backend, rows = built
    if not backend.lossless:
        return
    for _ in range(2):
        backend.save(tmp_path / "saved")
        mapped = fresh()
        mapped.load(tmp_path / "saved", writable=False)
        keys, matrix = mapped.contents()
        assert sorted(keys.tolist()) == sorted(rows)
        np.testing.assert_array_equal(matrix, [rows[key] for key in keys.tolist()])
        gone = list(rows)[:20]
        backend.remove(np.array(gone))
        rows = {key: row for key, row in rows.items() if key not in gone}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_rows(fresh: Callable[[], Rows], kind: str, count: int) -> None:
    rows = rows_of(3, count)
    backend = fresh()
    backend.build(*split(rows))
    check(backend, rows, kind, k=4)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadInput, match="choose one of auto, flat, hnsw, ivf, rabitq"):
        make_rows("annoy", 8, {})
    with pytest.raises(BadInput, match="takes: links, ef_build, ef_search"):
        make_rows("hnsw", 8, {"probes": 3})
