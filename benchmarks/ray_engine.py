"""Ray on two nodes of one processor each against two worker processes, and with a node that is killed midway.

    python benchmarks/ray_engine.py
    python benchmarks/ray_engine.py --cpus 8 --gpu --count 2000 --rounds 2   # the second node has a GPU

Both nodes are on this machine, so the processors are the same; which engine goes first alternates. Rates are given for
the whole run and, from the tenth part of the files on, without the start of the workers (each of Ray's imports torch,
the local ones are forked from a process that has). The last run loses a node without warning when a third of the files
are done, and then every shape must be there exactly once. With --gpu both engines fit on the GPU, Ray in an actor of
its second node, and no node is killed, as the other one could not go on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import trimesh
from record import EXAMPLES, provenance, save

import ingest
from ingest.engines import start_server
from ingest.engines.ray_cluster import QUIET, connected
from inrstore.model import load_model
from inrstore.progress import Progress
from inrstore.store import Store, init_store

MEMORY = 200 * 2**20
"""Bytes of each node's object store."""


@contextmanager
def two_nodes(cpus: int, gpu: bool) -> Iterator[Any]:
    os.environ.update(QUIET)  # before Ray is imported
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": cpus, "object_store_memory": MEMORY}
    head = {**node, "num_gpus": 0, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        cluster.add_node(**node, num_gpus=int(gpu))
        connected(cluster.address)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def stretched(files: list[Path], count: int, folder: Path) -> list[Path]:
    """So many further meshes, each one of these, wider by some hundredths."""
    made = []
    for number in range(count):
        source = files[number % len(files)]
        mesh = trimesh.load(source, force="mesh")
        mesh.vertices *= (1.05 + number // len(files) / 20, 1, 1)
        made.append(folder / f"{number:05d} {source.stem}.obj")
        mesh.export(made[-1], include_texture=False)
    return made


def run(files: list[Path], **options: Any) -> tuple[dict[str, float], Store, tempfile.TemporaryDirectory[str]]:
    """An ingest into a new store: what it did, that store, and where it is until it is cleaned up."""
    scratch = tempfile.TemporaryDirectory()
    store = init_store(Path(scratch.name, "shapes.store"), load_model("default"))
    heard, times = options.pop("on_progress", None), [(0, time.perf_counter())]

    def told(progress: Progress) -> None:
        times.append((progress.done, time.perf_counter()))
        if heard is not None:
            heard(progress)

    result = ingest.ingest(store, files, on_progress=told, **options)
    seconds = time.perf_counter() - times[0][1]
    warm = next(one for one in times if one[0] >= len(files) / 10)
    steady = (times[-1][0] - warm[0]) / (times[-1][1] - warm[1])
    figures = {"stored": result.stored, "failed": result.failed, "seconds": round(seconds, 2)}
    rates = {"shapes_per_second": round(result.stored / seconds, 3), "steady_shapes_per_second": round(steady, 3)}
    return figures | rates, store, scratch


def alternating(files: list[Path], rounds: int, jobs: int, gpu: bool) -> dict[str, Any]:
    """Rates of both engines, and the medians of Ray's over the local one's."""
    found: dict[str, list[dict[str, float]]] = {"local": [], "ray": []}
    local = {"jobs": jobs, "device": "cuda" if gpu else "cpu"}
    options: dict[str, dict[str, Any]] = {"local": local, "ray": {"engine": "ray"}}
    for number in range(rounds):
        for name in sorted(found, reverse=bool(number % 2)):
            figures, _, scratch = run(files, **options[name])
            scratch.cleanup()
            found[name].append(figures)
            print(name, figures, flush=True)
    pairs = list(zip(found["ray"], found["local"], strict=True))
    ratios = {
        f"ray_over_local{end}": round(median(ray[name] / local[name] for ray, local in pairs), 3)
        for end, name in (("", "shapes_per_second"), ("_steady", "steady_shapes_per_second"))
    }
    return {**found, **ratios}


def with_a_node_killed(files: list[Path], cluster: Any) -> dict[str, Any]:
    """A run that loses one node of two; whether every file is a source of exactly one shape then."""
    killed: list[float] = []

    def leave(progress: Progress) -> None:
        if not killed and progress.done >= len(files) // 3:
            killed.append(progress.done)
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    figures, store, scratch = run(files, engine="ray", on_progress=leave)
    shapes = store.shapes()
    sources = sorted(source for shape in shapes for source in shape.sources)
    once = sources == sorted(map(str, files)) and len({shape.id for shape in shapes}) == len(shapes)
    problems = store.verify().problems
    scratch.cleanup()
    return {**figures, "killed_after": killed, "each_exactly_once": once, "problems": [str(one) for one in problems]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Rate of the Ray engine on two local nodes.")
    parser.add_argument("folder", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--count", type=int, help="so many files; if there are fewer, some are stretched")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpus", type=int, default=1, help="processors of each node")
    parser.add_argument("--gpu", action="store_true")
    options = parser.parse_args()
    found = sorted(path.absolute() for path in options.folder.rglob("*.obj"))
    start_server()
    with tempfile.TemporaryDirectory() as folder, two_nodes(options.cpus, options.gpu) as cluster:
        files = found[: options.count] + stretched(found, max(0, (options.count or 0) - len(found)), Path(folder))
        result = provenance() | {"files": len(files)}
        result |= alternating(files, options.rounds, 2 * options.cpus, options.gpu)
        if not options.gpu:
            result["node_killed"] = with_a_node_killed(files, cluster)
    save("ray_gpu" if options.gpu else "ray_engine", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
