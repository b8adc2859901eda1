"""What an index of ten million rows takes, and finds: codes in memory, re-scored by 16-bit rows on disk.

    python benchmarks/ivfpq.py --store shapes.store --count 1e7 --folder /scratch
    python benchmarks/ivfpq.py --store shapes.store --count 2e5 --codes rabitq opq   # one bit a number against IVF-PQ

Rows are drawn around the real embeddings of --store. A row is a real one, e, moved towards or away from each of its
eight nearest real neighbours by a normal share of .35 of the way, plus noise of a norm of about --noise, as of a refit;
then it is brought to length one. So rows vary where real shapes do, and neighbours are as near as copies and variants
are. They are drawn block by block from a seed, and never all in memory. Queries are further such rows, which the index
does not hold; the exact answer is a product with every row, block by block.

`rabitq` is the backend of that name, through its own class (`index.faiss.rabitq`). `opq` is IVF-PQ as FAISS has it: a
learned rotation, 64 parts of 4 bits, fast-scan; the same cells, the same 16-bit rows to re-score by.

Resumable: blocks that are added are not added again, and what was measured stays in the result.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from record import RESULTS, provenance, save

from index.choose import choice_for
from index.faiss.halves import Halves
from index.faiss.held import best
from index.faiss.rabitq import RaBitQ
from index.recall import recall_at_k
from inrstore.store import open_store

BLOCK = 20_000
NEAR, SHARE = 8, 0.35
QUERIES, K = 1000, 10
SPLIT = 25
"""Blocks after which what is added is written down, so that a run that was ended goes on from there."""
Rows = np.ndarray


def main() -> None:
    options = parse()
    count = int(options.count) // BLOCK * BLOCK or BLOCK
    rows = Drawn(options.store, options.noise)
    folder = Path(options.folder or tempfile.gettempdir()) / f"inrstore-ivfpq-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "ivfpq.json"
    record: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    queries = rows.block(-1)[:QUERIES]
    exact = exact_neighbours(rows, queries, count, folder)
    for codes in options.codes:
        measured = measure(codes, rows, queries, exact, count, folder, options.probes)
        about = {"dim": rows.dim, "rows": str(rows), "queries": QUERIES, "k": K, "model": MODEL}
        record[f"{codes} {count}"] = {**provenance(), **about, **measured}
        save("ivfpq", record)
        print(json.dumps(record[f"{codes} {count}"], indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--count", type=float, default=1e5)
    parser.add_argument("--noise", type=float, default=0.1)
    parser.add_argument("--probes", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--codes", nargs="+", default=["rabitq"], choices=["rabitq", "opq"])
    parser.add_argument("--folder", help="for the files: 850 bytes a row; they stay there until you delete them")
    return parser.parse_args()


class Drawn:
    """Rows around the embeddings of a store, in blocks that their number alone decides."""

    def __init__(self, store: str, noise: float) -> None:
        self.real = open_store(store).embeddings()[1]
        self.dim, self.noise = self.real.shape[1], noise
        self.near = np.argsort(-(self.real @ self.real.T), axis=1)[:, 1 : NEAR + 1]

    def __str__(self) -> str:
        return f"drawn around {len(self.real)} real embeddings, noise {self.noise:g}"

    def block(self, number: int) -> Rows:
        random = np.random.default_rng([2026, number + 1])
        own = random.integers(0, len(self.real), BLOCK)
        ways = random.normal(size=(BLOCK, self.near.shape[1])).astype(np.float32) * SHARE
        found = self.real[own] * (1 - ways.sum(axis=1, keepdims=True))
        for place in range(self.near.shape[1]):
            found += ways[:, place, None] * self.real[self.near[own, place]]
        found += random.standard_normal(found.shape, np.float32) * np.float32(self.noise / self.dim**0.5)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def blocks(self, count: int, first: int = 0) -> Iterator[tuple[np.ndarray, Rows]]:
        """Keys and rows; a key is the row's number."""
        for number in range(first, count // BLOCK):
            yield np.arange(number * BLOCK, (number + 1) * BLOCK), self.block(number)

    def sample(self, size: int, count: int) -> Rows:
        """(size, d) rows, as many of every block as of another."""
        blocks = count // BLOCK
        each = -(-size // blocks)
        return np.concatenate([self.block(number)[:each] for number in range(blocks)])[:size]


def exact_neighbours(rows: Drawn, queries: Rows, count: int, folder: Path) -> np.ndarray:
    """(q, K) keys, kept in a file."""
    path = folder / "exact.npy"
    if not path.exists():
        scores, keys = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        for block, matrix in rows.blocks(count):
            found = best(queries @ matrix.T, block, K)
            scores, keys = best(np.hstack([scores, found[0]]), np.hstack([keys, found[1]]), K)
            said("exact neighbours", block, count)
        np.save(path, keys)
    return np.load(path)


def made(codes: str, dim: int, count: int) -> RaBitQ:
    """Empty rows of this kind, under the parameters of the backend."""
    own = RaBitQ(dim, choice_for("rabitq", count, dim).parameters)
    if codes == "opq":
        own.prepare = lambda rows: prepare_opq(own, rows)  # type: ignore[method-assign]
    return own


def prepare_opq(own: Any, rows: Rows) -> None:
    import faiss

    turn = faiss.OPQMatrix(own.dim, 64, own.dim)
    turn.niter, turn.max_train_points = 15, 20_000
    turn.pq = codes = faiss.ProductQuantizer(own.dim, 64, 4)
    coarse = faiss.IndexFlatIP(own.dim)
    inner = faiss.IndexIVFPQFastScan(coarse, own.dim, own.parameters["cells"], 64, 4, faiss.METRIC_INNER_PRODUCT)
    inner.by_residual, inner.cp.niter = True, 10
    own._index = faiss.IndexPreTransform(turn, inner)
    own._kept = (turn, codes, coarse, inner)
    own._probe = lambda queries, k, probes, allowed: own._index.search(
        queries, k, params=faiss.SearchParametersPreTransform(index_params=faiss.SearchParametersIVF(nprobe=probes))
    )[1]
    own._index.train(rows)


def measure(
    codes: str, rows: Drawn, queries: Rows, exact: np.ndarray, count: int, folder: Path, probes: list[int]
) -> dict[str, Any]:
    index, times = build(codes, rows, count, folder)
    path = folder / f"{codes}.faiss"
    if codes == "rabitq":  # as a search opens it: mapped
        index = made(codes, rows.dim, count)
        index.load(path, writable=False)
    halves = Halves(folder / "rows.f16", np.arange(count), rows.dim)
    index.source = halves.at
    found = {str(number): asked(index, queries, exact, number) for number in probes}
    return {
        "count": count,
        "cells": index.parameters["cells"],
        **times,
        "bytes_a_vector": round((path.stat().st_size + 8 * count) / count, 1),  # and a key, by which its row is found
        "bytes_a_vector_on_disk_besides": 2 * rows.dim,
        "by_probes": found,
        "extrapolated": [extrapolated(n, rows.dim, count, times, found["32"]) for n in (10**8, 10**9)]
        if codes == "rabitq" and "32" in found
        else [],
    }


def build(codes: str, rows: Drawn, count: int, folder: Path) -> tuple[RaBitQ, dict[str, float]]:
    """Trained and filled; goes on where it was ended."""
    import faiss

    index, state, path = made(codes, rows.dim, count), folder / f"{codes}.json", folder / f"{codes}.faiss"
    done = json.loads(state.read_text()) if state.exists() else {"blocks": 0, "train_seconds": 0.0, "add_seconds": 0.0}
    if done["blocks"] == 0:
        sample = rows.sample(index.sample(count), count)
        started = time.perf_counter()
        index.prepare(sample)
        done["train_seconds"] = round(time.perf_counter() - started, 1)
    else:
        if codes == "opq":
            index.prepare(rows.sample(index.sample(BLOCK * 5), count))  # only for how it is asked
        index._index = faiss.read_index(str(path))
    halves = open(folder / "rows.f16", "r+b" if (folder / "rows.f16").exists() else "w+b")  # noqa: SIM115
    with halves:
        for keys, matrix in rows.blocks(count, done["blocks"]):
            halves.seek(int(keys[0]) * rows.dim * 2)
            halves.write(matrix.astype(np.float16).tobytes())
            started = time.perf_counter()
            index.add(keys, matrix)
            done["add_seconds"] = round(done["add_seconds"] + time.perf_counter() - started, 2)
            done["blocks"] += 1
            said(codes, keys, count)
            if done["blocks"] % SPLIT == 0 or done["blocks"] == count // BLOCK:
                halves.flush()
                index.save(folder / "new.faiss")
                os.replace(folder / "new.faiss", path)
                state.write_text(json.dumps(done))
    return index, {key: done[key] for key in ("train_seconds", "add_seconds")}


def asked(index: RaBitQ, queries: Rows, exact: np.ndarray, probes: int) -> dict[str, float]:
    index.parameters["probes"] = probes
    found = np.concatenate([index.search(part, K)[1] for part in np.array_split(queries, len(queries) // 50)])
    times = []
    for query in queries[:200]:
        started = time.perf_counter()
        index.search(query[None], K)
        times.append(1000 * (time.perf_counter() - started))
    return {
        "recall@10": round(recall_at_k(found, exact), 4),
        "median_ms": round(float(np.median(times)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
    }


MODEL = (
    "extrapolated: cells are 2 sqrt(n); bytes a vector are counted (a bit a number, 16 of factors, 16 of keys, and 8 d "
    "/ sqrt(n) of cells); training grows with n, as it takes 50 rows a cell, adding with n sqrt(n), as each row is "
    "compared with every cell; a query's time grows with sqrt(n), for it compares itself with every cell and scans "
    "32 / cells of the rows, and is given for rows in memory; recall is not extrapolated"
)


def extrapolated(count: int, dim: int, base: int, times: dict[str, float], query: dict[str, float]) -> dict[str, Any]:
    factor = count / base
    choice = choice_for("rabitq", count, dim)
    return {
        "count": count,
        "bytes_a_vector": round(choice.bytes / count, 1),
        "memory_gigabytes": round(choice.bytes / 1e9, 1),
        "disk_gigabytes": round(choice.disk / 1e9, 1),
        "build_hours": round((times["train_seconds"] * factor + times["add_seconds"] * factor**1.5) / 3600, 1),
        "median_ms": round(query["median_ms"] * factor**0.5, 1),
    }


def said(stage: str, keys: np.ndarray, count: int) -> None:
    print(f"\r{stage} {int(keys[-1]) + 1:,} of {count:,}", end="\n" if keys[-1] + 1 == count else "", file=sys.stderr)


if __name__ == "__main__":
    main()
