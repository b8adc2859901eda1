"""What pictures of sources cost: to draw, to store, and to read one out of many.

    python benchmarks/thumbnails.py

Draws the example meshes, and one of 20,160 faces, as `ingest` does, by processor time and the least of several. Then
fills a store of --rows shapes with those pictures (its networks are tiny, because none is read), compacts it, and reads
pictures one at a time, by the id, in random order, catalogue included.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from record import EXAMPLES, provenance, save

from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from ingest.thumbnails import draw
from inrstore import Inr, NewShape, init_store
from inrstore.model import Model, from_recipe
from inrstore.network.recipe import Recipe
from inrstore.pictures.webp import to_webp
from inrstore.store import Store

BATCH = 1000
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of pictures of sources.")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=500)
    options = parser.parse_args()
    drawn = [one(load(path, Limits(appearance=True))) for path in sorted(EXAMPLES.glob("*/*.obj"))]
    pictures, draw_ms, pack_ms = (list(column) for column in zip(*drawn, strict=True))
    torus = trimesh.creation.torus(1, 0.4, major_sections=140, minor_sections=72)
    _, large_draw, large_pack = one(Mesh(np.asarray(torus.vertices), np.asarray(torus.faces)))
    sizes = [len(picture) for picture in pictures]
    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder) / "bench.store", pictures, options.rows)
        read_ms, read_cpu_ms = read(store, options.rows, options.queries)
    record = {
        **provenance(),
        "pictures": len(pictures),
        "bytes_mean": round(float(np.mean(sizes))),
        "bytes_max": max(sizes),
        "cpu_ms_to_draw": round(float(np.mean(draw_ms)), 1),
        "cpu_ms_to_pack": round(float(np.mean(pack_ms)), 1),
        "cpu_ms_to_draw_20160_faces": round(large_draw, 1),
        "cpu_ms_to_pack_20160_faces": round(large_pack, 1),
        "rows": options.rows,
        "read_ms": {f"p{share}": round(float(np.percentile(read_ms, share)), 2) for share in (50, 95)},
        "read_cpu_ms": {f"p{share}": round(float(np.percentile(read_cpu_ms, share)), 2) for share in (50, 95)},
    }
    save("thumbnails", record)
    print(json.dumps(record, indent=2))


def one(mesh: Any) -> tuple[bytes, float, float]:
    """Its picture, and milliseconds of the processor for drawing and for packing it."""
    normal = normalise(mesh)
    image, drawing = least(lambda: draw(mesh, normal))
    packed, packing = least(lambda: to_webp(image))
    return packed, drawing, packing


def least(work: Callable[[], Any]) -> tuple[Any, float]:
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        done = work()
        seconds.append(time.process_time() - start)
    return done, 1000 * min(seconds)


def filled(path: Path, pictures: list[bytes], rows: int) -> Store:
    """A compacted store of so many shapes, each with one of the pictures."""
    model = from_recipe(Recipe("bench", hidden=2, layers=1))
    store = init_store(path, model)
    weights = model.base.start("sdf")
    for start in range(0, rows, BATCH):
        numbers = range(start, min(start + BATCH, rows))
        store.commit([shape(model, weights, number, pictures[number % len(pictures)]) for number in numbers])
    store.compact()
    return store


def shape(model: Model, weights: Any, number: int, picture: bytes) -> NewShape:
    inr = Inr(model.base.id, "default", "sdf", weights, error=0.0, steps=1)
    frame: Any = ((0.0, 0.0, 0.0), 1.0, None, f"{number}.obj", f"{number:064x}", 1)
    return NewShape(f"{number:064x}", str(number), "sdf", "mesh", *frame, (inr,), None, thumbnail=picture)


def read(store: Store, rows: int, queries: int) -> tuple[list[float], list[float]]:
    """Milliseconds of one picture each, on the clock and of the processor."""
    store.thumbnail(f"{0:064x}")  # connects
    clock, processor = [], []
    for number in np.random.default_rng(0).integers(0, rows, queries):
        start, cpu = time.perf_counter(), time.process_time()
        assert store.thumbnail(f"{number:064x}")
        clock.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - cpu))
    return clock, processor


if __name__ == "__main__":
    main()
