"""What a store of a million shapes asks of two cores: commits, lists, figures, indexes and searches.

    python benchmarks/scale.py --store shapes.store --keep FOLDER [--rows 1000000] [--catalog-url URL]

A store of --rows shapes is made of those of --store (see `scale_store`), 1,000 a commit; what is there from a run
before is gone on with, and its commits are counted. Every phase is a process of its own, so that what it says of
opening and of memory is that of a command. A finished phase is not run again unless --again names it. With
--catalog-url the catalogue lies in that PostgreSQL database, and the result is scale_postgresql.json.

Searches are by id and as the shape lies (`pose="none"`): what turning costs is encoding, not searching, and no matter
of how many shapes there are. Recall@10 is against exact scores of all rows. `half` and `shelf` are tags of a half and
of a hundredth of the shapes that say nothing of what these look like; a label says much. The first 200 searches, which
read what they need of the mapped file from the disk, are told apart; each kind asks for other shapes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from record import REPO, RESULTS, provenance, save
from scale_store import Maker, grown

import index
from inrstore import open_store
from inrstore.store import Store

QUERIES, K, FRESH = 200, 10, 1_000
"""Searches of a kind; neighbours; new rows before an index is brought up to date."""
CONDITIONS = {"half": "half=a", "hundredth": "shelf=07", "label": "label=chair"}


def main() -> None:
    options = parse()
    if options.phase:
        print(json.dumps(PHASES[options.phase](options)))
        return
    name = "scale_postgresql" if options.catalog_url else "scale"
    saved = RESULTS / f"{name}.json"
    result = json.loads(saved.read_text()) if saved.exists() and not options.anew else {"phases": {}}
    result |= {**provenance(), "rows": options.rows}
    for phase in PHASES:
        if phase not in result["phases"] or phase in options.again:
            print(f"== {phase}", file=sys.stderr)
            load = provenance()["load_1_min_before"]
            result["phases"][phase] = {**in_process(phase), "load_1_min_before": load}
            save(name, result)
    plot(result, RESULTS / f"{name}.png")
    print(json.dumps(result, indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--keep", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--catalog-url")
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("--again", nargs="*", default=[], metavar="PHASE")
    parser.add_argument("--phase", help=argparse.SUPPRESS)
    return parser.parse_args()


def in_process(phase: str) -> dict[str, Any]:
    command = [sys.executable, __file__, *sys.argv[1:], "--phase", phase]
    done = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def path_of(options: argparse.Namespace) -> Path:
    return options.keep / ("scale_postgresql.store" if options.catalog_url else "scale.store")


def peak() -> dict[str, int]:
    """Of this process alone, with the pages of files that it has mapped."""
    return {"peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


def commits(options: argparse.Namespace) -> dict[str, Any]:
    """Rows a second, by tenths of all."""
    options.keep.mkdir(parents=True, exist_ok=True)
    _, done = grown(open_store(options.store), path_of(options), options.rows, options.catalog_url)
    tenths = [done[len(done) * i // 10 : len(done) * (i + 1) // 10] for i in range(10)]
    batch = done[0]["rows"]

    def rates(what: str) -> list[int]:
        return [round(batch * len(some) / sum(one[what] for one in some)) for some in tenths]

    size = sum(file.stat().st_size for file in path_of(options).rglob("*") if file.is_file())
    return {
        "batch": batch,
        "rows_per_second": rates("seconds"),
        "rows_per_cpu_second": rates("cpu_seconds"),
        "load": [round(float(np.mean([one["load"] for one in some])), 1) for some in tenths],
        "bytes": size,
        **peak(),
    }


def reads(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds: the first, and the median of the later ones."""
    began = time.perf_counter()
    store = open_store(path_of(options))
    opened = time.perf_counter() - began
    some = store.shapes(limit=50, offset=options.rows // 3)
    words = {"words": some[0].name}
    asked: dict[str, Callable[[], object]] = {
        "count": lambda: len(store),
        "stats": store.stats,
        "a shape by its id": lambda: store.shape(some[0].id),
        "a shape by a prefix": lambda: store.shape(some[1].id[:8]),
        "a shape by its source": lambda: store.shape(some[2].sources[0]),
        "the weights of 50": lambda: store.weights(some),
        **{
            f"list --limit 20 --order {order}": lambda order=order: store.shapes(limit=20, order=order)
            for order in ("key", "name", "label", "-created", "error")
        },
        "list --limit 20, from the middle": lambda: store.shapes(limit=20, offset=options.rows // 2),
        **{
            f"list --limit 20 --where {where}": lambda where=where: store.shapes(where, limit=20)
            for where in CONDITIONS.values()
        },
        **{f"keys, {where}": lambda where=where: store.keys(where) for where in CONDITIONS.values()},
        "facets of labels": lambda: store.facets("label"),
        "facets of a tag": lambda: store.facets("tag:shelf"),
        "words": lambda: store.shapes(words, limit=20),
    }
    found = {"opening": {"first_ms": round(1000 * opened, 1)}}
    for name, ask in asked.items():
        seconds = [timed(ask) for _ in range(6)]
        found[name] = {"first_ms": round(1000 * seconds[0], 1), "p50_ms": round(1000 * np.median(seconds[1:]), 1)}
    return {"milliseconds": found, **peak()}


def timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def built(name: str) -> Callable[[argparse.Namespace], dict[str, Any]]:
    """The phase that builds one backend."""

    def phase(options: argparse.Namespace) -> dict[str, Any]:
        began = time.perf_counter()
        status = index.build(open_store(path_of(options)), backend=name, name=name)
        seconds = round(time.perf_counter() - began, 1)
        return {"seconds": seconds, "bytes": status.bytes, "parameters": dict(status.parameters or {}), **peak()}

    return phase


def searched(name: str) -> Callable[[argparse.Namespace], dict[str, Any]]:
    """The phase that searches it, and brings it up to date."""

    def phase(options: argparse.Namespace) -> dict[str, Any]:
        store = open_store(path_of(options))
        began = time.perf_counter()
        index.open_index(store, name=name)
        opened = round(1000 * (time.perf_counter() - began), 1)
        found = {"open_ms": opened, "search": searches(store, name)}
        return {**found, "refresh": refreshed(store, name, options), **peak()}

    return phase


def searches(store: Store, name: str) -> dict[str, Any]:
    """By id, without a condition and with each; the exact answer is brute force over the stored embeddings."""
    drawn = np.random.default_rng(7)
    keys, matrix = store.embeddings()
    found = {}
    for what, where in {"cold": None, "all": None, **CONDITIONS}.items():
        own = np.sort(drawn.choice(keys, QUERIES, replace=False))
        ids = [store.shapes_by_key([key])[int(key)].id for key in own]
        queries = matrix[np.searchsorted(keys, own)]
        allowed = np.isin(keys, store.keys(where)) if where else np.ones(len(keys), bool)
        due = exact(queries, matrix[allowed], keys[allowed], own)
        seconds, right = [], 0
        for id, best in zip(ids, due, strict=True):
            began = time.perf_counter()
            (answer,) = index.search(store, id, k=K, where=where, index=name, pose="none")
            seconds.append(time.perf_counter() - began)
            right += len({hit.key for hit in answer.hits} & set(best.tolist()))
        p50, p95 = np.percentile(seconds[1:], [50, 95]) * 1000
        found[what] = {
            "rows": int(allowed.sum()),
            "first_ms": round(1000 * seconds[0], 1),
            "p50_ms": round(float(p50), 1),
            "p95_ms": round(float(p95), 1),
            "recall": round(right / (K * QUERIES), 4),
        }
    return found


def exact(queries: np.ndarray, rows: np.ndarray, keys: np.ndarray, own: np.ndarray, block: int = 100_000) -> np.ndarray:
    """(q, K) keys of the best rows for each query, without its own."""
    best = np.full((len(queries), K + 1), -np.inf, np.float32)
    who = np.full((len(queries), K + 1), -1, np.int64)
    for start in range(0, len(rows), block):
        scores = np.concatenate([best, queries @ rows[start : start + block].T], axis=1)
        some = np.broadcast_to(keys[start : start + block], (len(queries), len(rows[start : start + block])))
        names = np.concatenate([who, some], axis=1)
        top = np.argpartition(-scores, K, axis=1)[:, : K + 1]
        best, who = np.take_along_axis(scores, top, 1), np.take_along_axis(names, top, 1)
    order = np.argsort(-best, axis=1)
    who = np.take_along_axis(who, order, 1)
    return np.stack([line[line != key][:K] for line, key in zip(who, own, strict=True)])


def refreshed(store: Store, name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of bringing the index up to date, after new rows and after removed ones."""
    number = 10_000_000 + 10 * FRESH * len(store.keys()) % 1_000_003  # of shapes that are not there yet
    store.commit(list(Maker(open_store(options.store)).shapes(number, FRESH)))
    began = time.perf_counter()
    index.open_index(store, name=name)
    added = time.perf_counter() - began
    store.remove(store.shapes(limit=FRESH, order="-key"))
    began = time.perf_counter()
    index.open_index(store, name=name)
    return {"rows": FRESH, "added_seconds": round(added, 2), "removed_seconds": round(time.perf_counter() - began, 2)}


PHASES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "commits": commits,
    "reads": reads,
    **{
        f"{what} {name}": phase(name)
        for name in ("hnsw", "ivf", "rabitq")
        for what, phase in (("build", built), ("search", searched))
    },
}


def plot(result: dict[str, Any], path: Path) -> None:
    """Rows a second and milliseconds of a search, beside the goals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    tenths = result["phases"]["commits"]["rows_per_second"]
    places = (np.arange(10) + 0.5) * result["rows"] / 10 / 1e6
    left.plot(places, tenths, marker="o", color="#2a6f97")
    left.axhspan(0.8 * tenths[0], 1.2 * tenths[0], color="#2a6f97", alpha=0.1, lw=0)
    left.set(xlabel="million shapes stored", ylabel="shapes committed a second", ylim=(0, 1.4 * max(tenths)))
    left.set_title("Commits: flat within 20 %", fontsize=10)
    kinds = [name for name in result["phases"] if name.startswith("search")]
    asked = list(next(iter(result["phases"][name]["search"] for name in kinds)))
    for number, kind in enumerate(kinds):
        some = [result["phases"][kind]["search"][what]["p50_ms"] for what in asked]
        right.bar(
            np.arange(len(asked)) + 0.8 * number / len(kinds) - 0.4,
            some,
            0.75 / len(kinds),
            align="edge",
            label=kind.removeprefix("search "),
        )
    right.set_xticks(range(len(asked)), asked)
    right.set(ylabel="milliseconds a search, median")
    right.set_title("Searches by id, and with conditions", fontsize=10)
    right.legend(frameon=False)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
