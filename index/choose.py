"""Which backend suits a store: a pure function of counts and budgets, with its reasons."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SCAN_RATE = 8e9
"""Bytes a second that one core scans in brute force; measured 8 to 25 GB/s, the slow end is taken."""
ROWS = 24
"""Rows that a query asks with unless it is told otherwise: twelve turns about the upright axis, each also in a mirror.
A scan takes each of them on its own: FAISS gains nothing from asking with all at once (measured, 384 numbers a row)."""
LINKS = 32
WIDTH = 256
"""Of a search of the graph: recall@10 is .993 of 100,000 rows, .977 with half of it, in nearly the same time."""
PG_LINKS = 24
"""Of pgvector's graph, whose defaults are in `index.pgvector.statements`."""
PROBES = 32
"""Cells that a search of codes looks into: with twice as many recall@10 of 200,000 rows grows by .001."""
DEFAULT_LATENCY = 0.05
"""Seconds a query."""


@dataclass(frozen=True)
class Choice:
    """A backend, its parameters, the bytes it takes, and why."""

    backend: str
    parameters: Mapping[str, int]
    bytes: int
    """In memory, so that it answers quickly; files are mapped, so processes share them."""
    reason: str
    disk: int = 0


def choose(count: int, dim: int, *, memory: int | None = None, latency: float = DEFAULT_LATENCY) -> Choice:
    """The most exact backend for `count` rows of `dim` numbers within `memory` bytes and `latency` seconds.

    flat while brute force is quick enough, hnsw while the graph fits into memory, then ivf, whose rows are a quarter
    as large, while a look into its cells is quick enough, otherwise rabitq, which keeps a bit a number in memory.
    """
    scan = ROWS * count * dim * 4 / SCAN_RATE
    flat = flat_choice(count, dim, f"exact; {count} rows are scanned in all poses in about {1000 * scan:.1f} ms")
    if scan <= latency and _fits(flat, memory):
        return flat
    slow = f"a scan in all poses would take about {1000 * scan:.0f} ms"
    why = slow if scan > latency else "exact rows exceed the memory budget"
    graph = hnsw_choice(count, dim, why)
    if _fits(graph, memory):
        return graph
    cells = ivf_choice(count, dim, f"{why} and a graph would exceed the memory budget")
    if _fits(cells, memory) and cell_seconds(cells, count, dim) <= latency:
        return cells
    return rabitq_choice(count, dim, f"{why}, a graph would exceed the memory budget, 8-bit rows that or the latency")


def choice_for(backend: str, count: int, dim: int) -> Choice:
    """The parameters of a backend that the caller named."""
    if backend not in MAKERS:
        return Choice(backend, {}, 0, "as asked")  # `backends.make` refuses it with the list of names
    return MAKERS[backend](count, dim, "as asked")


def flat_choice(count: int, dim: int, reason: str) -> Choice:
    size = count * (4 * dim + 8)
    return Choice("flat", {}, size, reason, size)


def hnsw_choice(count: int, dim: int, reason: str) -> Choice:
    # Twice the links on the lowest level, four bytes each.
    size = count * (4 * dim + 8 * LINKS + 12)
    return Choice("hnsw", {"links": LINKS, "ef_build": 200, "ef_search": WIDTH}, size, reason, size)


def ivf_choice(count: int, dim: int, reason: str) -> Choice:
    # k-means wants some 40 rows a cell; 4 sqrt(n) cells balance the look-up of cells against their scan.
    cells = max(1, min(int(4 * math.sqrt(count)), count // 40))
    probes = max(1, min(cells, max(8, cells // 16)))
    size = count * (dim + 8) + 4 * cells * dim
    return Choice("ivf", {"cells": cells, "probes": probes}, size, reason, size)


def rabitq_choice(count: int, dim: int, reason: str) -> Choice:
    # Half the cells of ivf: to give each of 10⁷ rows its cell is most of the build, and codes are quick to scan.
    cells = max(1, min(int(2 * math.sqrt(count)), count // 40))
    # A row: its bits, two factors and its key; and its key once more, by which its 16-bit row is found on disk.
    size = count * (math.ceil(dim / 8) + 8 + 8 + 8) + 4 * cells * dim
    return Choice("rabitq", {"cells": cells, "probes": min(cells, PROBES)}, size, reason, size + count * 2 * dim)


def pgvector_choice(count: int, dim: int, reason: str) -> Choice:
    # Twice the row at 16 bits, in the table and in the graph; links of six bytes; heads of tuples and pages.
    size = count * (2 * 2 * dim + 2 * PG_LINKS * 6 + 120)
    return Choice("pgvector", {"links": PG_LINKS, "ef_build": 128, "ef_search": 128}, size, reason, size)


MAKERS: Mapping[str, Callable[[int, int, str], Choice]] = {
    "flat": flat_choice,
    "hnsw": hnsw_choice,
    "ivf": ivf_choice,
    "rabitq": rabitq_choice,
    "pgvector": pgvector_choice,
}


def cell_seconds(choice: Choice, count: int, dim: int) -> float:
    """Seconds in which one core scans the 8-bit rows of the cells that a query looks into, in all poses."""
    share = choice.parameters["probes"] / choice.parameters["cells"]
    return ROWS * share * count * (dim + 8) / SCAN_RATE


def _fits(choice: Choice, memory: int | None) -> bool:
    return memory is None or choice.bytes <= memory
