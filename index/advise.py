"""What an index of so many shapes would cost, before there are any: bytes, time and recall, and how that is known.

Bytes are counted. Times are products of counts with the rates below, of one core; where no benchmark is named they are
estimates, and they say nothing of disks. Recall is what benchmarks found at the size that is said with it, and unknown
elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inrstore.errors import BadInput

from .choose import DEFAULT_LATENCY, ROWS, SCAN_RATE, Choice, cell_seconds, choice_for, choose

READ = 25e-6
"""Seconds in which a row is read from a store's shards and copied: benchmarks/results/search.json, flat, 10⁵ rows."""
LINK = 0.6e-3
"""Seconds in which a row enters a graph of 100,000 (ibid., hnsw); see `_depth`."""
PG_LINK, PG_STEP = 1.5e-3, 40e-6
"""The same of pgvector, in one process of the server."""
FLOPS = 5e10
"""Multiplications and additions a second, of a product of matrices of 384 columns in float32."""
STEP = 6e-6
"""Seconds for each of the rows that a walk through a graph of 100,000 keeps, estimated: what a search takes there is
mostly the catalogue's."""
CODE = 40e-9
"""Seconds in which a code of 384 bits is compared, estimated."""
CANDIDATE = 10e-6
"""Seconds in which a 16-bit row in memory is found and compared, estimated; from a disk add a read, for 100 a query."""
TRAIN, STEPS = 50, 10
"""Rows a cell, and steps, of k-means."""
KNOWN: Mapping[str, tuple[float | None, str]] = {
    "flat": (1.0, "exact"),
    "hnsw": (0.99, "measured with 1,000,000 rows drawn around real ones (benchmarks/results/scale.json)"),
    "ivf": (0.9, "measured with as many (ibid.); 8-bit rows confuse near neighbours"),
    "rabitq": (0.98, "measured with as many (ibid.)"),
    "pgvector": (None, "not measured at this size; ef_search, a parameter, trades it for time"),
}
"""Recall@10, and at what."""


@dataclass(frozen=True)
class Plan:
    """A backend for a store of a size that may be yet to come."""

    backend: str
    parameters: Mapping[str, int]
    shapes: int
    dim: int
    memory: int
    """Bytes that should be in memory for quick answers; of mapped files, which processes share."""
    disk: int
    """Bytes of files."""
    core_hours: float
    """To build."""
    latency: float
    """Seconds on one core in which the index answers a query that asks in all poses."""
    recall: float | None
    """Recall@10 expected."""
    poses: int
    """In so many a query asks unless it is told otherwise."""
    met: bool
    """Whether memory and latency are as asked."""
    reason: str
    known: Mapping[str, str]
    """How each figure is known."""
    command: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def advise(
    shapes: int,
    dim: int,
    *,
    memory: int | None = None,
    latency: float = DEFAULT_LATENCY,
    backend: str = "auto",
) -> Plan:
    """The plan of `index.choose` for so many shapes with embeddings of `dim` numbers.

    memory, latency : bytes, and seconds a query, as of `index.build`
    backend : what to plan with, instead of the one that is chosen

    Errors: BadInput for numbers that are none.
    """
    if shapes < 1 or dim < 1 or latency <= 0 or (memory is not None and memory <= 0):
        raise BadInput(f"{shapes} shapes of {dim} numbers, memory {memory}, latency {latency}: all must be above 0")
    if backend == "auto":
        choice = choose(shapes, dim, memory=memory, latency=latency)
    elif backend in KNOWN:
        choice = choice_for(backend, shapes, dim)
    else:
        raise BadInput(f"nothing is known of what backend {backend!r} costs, only of {', '.join(KNOWN)}")
    seconds = _latency(choice, shapes, dim)
    recall, where = KNOWN[choice.backend]
    return Plan(
        backend=choice.backend,
        parameters=choice.parameters,
        shapes=shapes,
        dim=dim,
        memory=choice.bytes,
        disk=choice.disk,
        core_hours=_build(choice, shapes, dim) / 3600,
        latency=seconds,
        recall=recall,
        poses=ROWS,
        met=seconds <= latency and (memory is None or choice.bytes <= memory),
        reason=choice.reason,
        known={
            "memory": "counted",
            "disk": "counted",
            "core_hours": "arithmetic: counts times rates, some of them estimated; a slow disk comes on top",
            "latency": "arithmetic, one core, files in memory; finding the shapes in the catalogue comes on top",
            "recall": where,
        },
        command=_command(backend, memory, latency),
    )


def _build(choice: Choice, count: int, dim: int) -> float:
    """Seconds on one core."""
    read = READ * count * dim / 384
    if choice.backend in ("hnsw", "pgvector"):
        link = LINK if choice.backend == "hnsw" else PG_LINK
        return read + link * count * dim / 384 * _depth(count)
    if choice.backend == "flat":
        return read
    cells = choice.parameters["cells"]
    comparisons = cells * (count + STEPS * min(count, TRAIN * cells))  # of a row with a cell's centre
    return read + 2 * dim * comparisons / FLOPS


def _latency(choice: Choice, count: int, dim: int) -> float:
    """Seconds on one core, in all poses."""
    if choice.backend == "flat":
        return ROWS * count * dim * 4 / SCAN_RATE
    if choice.backend in ("hnsw", "pgvector"):
        step = STEP if choice.backend == "hnsw" else PG_STEP
        return ROWS * step * choice.parameters["ef_search"] * dim / 384 * _depth(count)
    cells, probes = choice.parameters["cells"], choice.parameters["probes"]
    look = ROWS * 2 * dim * cells / FLOPS
    if choice.backend == "ivf":
        return look + cell_seconds(choice, count, dim)
    return look + ROWS * (CODE * dim / 384 * count * probes / cells + 100 * CANDIDATE)


def _depth(count: int) -> float:
    """How much longer a way through a graph of so many rows takes than through one of 10⁵: twice at 10⁶, whose rows no
    processor's cache holds (benchmarks/results/scale.json)."""
    return max(1.0, math.log10(max(count, 1)) - 4)


def _command(backend: str, memory: int | None, latency: float) -> str:
    if backend != "auto":
        return f"inrstore index build --backend {backend}"
    budget = f" --memory {memory}" if memory is not None else ""
    return f"inrstore index build --backend auto{budget} --latency {latency:g}"
