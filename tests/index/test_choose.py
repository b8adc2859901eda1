"""The chooser as a table."""

from __future__ import annotations

import pytest

from index.choose import choice_for, choose

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("count", "dim", "memory", "latency", "backend"),
    [
        (1, 256, None, 0.05, "flat"),
        (10_000, 256, None, 0.05, "flat"),  # 24 rows of a query, 31 ms at 8 GB/s
        (16_000, 256, None, 0.05, "flat"),
        (17_000, 256, None, 0.05, "hnsw"),  # 52 ms
        (10_000, 256, None, 0.005, "hnsw"),
        (10_000_000, 256, None, 32, "flat"),
        (10_000_000, 256, 20 * GB, 0.05, "hnsw"),  # 13 GB
        (10_000_000, 256, 10 * GB, 0.05, "rabitq"),  # a sixteenth of 8-bit rows in all poses: 500 ms
        (10_000_000, 256, 10 * GB, 0.6, "ivf"),
        (100_000_000, 384, 64 * GB, 0.02, "rabitq"),
        (1_000_000, 384, GB, 0.05, "rabitq"),  # 8-bit rows: 73 ms
        (1_000_000, 384, GB, 0.08, "ivf"),
        (1_000_000, 384, 200_000_000, 1, "rabitq"),  # a graph 1.8 GB, 8-bit rows 0.4
        (100_000, 1024, GB // 2, 1.5, "flat"),
        (100_000, 1024, GB // 5, 1.5, "ivf"),  # flat takes 0.41 GB, a graph more
        (0, 256, None, 0.05, "flat"),
    ],
)
def test_choice(count: int, dim: int, memory: int | None, latency: float, backend: str) -> None:
    choice = choose(count, dim, memory=memory, latency=latency)
    assert choice.backend == backend
    assert choice.reason
    assert choice == choose(count, dim, memory=memory, latency=latency)
    if memory is not None:
        assert choice.bytes <= memory


@pytest.mark.parametrize(
    ("count", "cells", "probes"),
    [(1, 1, 1), (100, 2, 2), (10_000, 250, 15), (1_000_000, 4000, 250)],
)
def test_cells_have_rows_enough_to_be_trained(count: int, cells: int, probes: int) -> None:
    parameters = choice_for("ivf", count, 64).parameters
    assert parameters == {"cells": cells, "probes": probes}
