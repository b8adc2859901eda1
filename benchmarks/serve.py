"""How quick `inrstore serve` is over many shapes, for one browser and for sixteen clients at once.

    python benchmarks/serve.py --store shapes.store [--rows 100000] [--minutes 10] [--keep FOLDER]

A store of --rows shapes is made of those of --store, over and over: their networks and pictures as they are, their
embeddings with Gaussian noise of a norm of about .1, brought back to length one. It is served by the command itself, in
a process of its own on the same machine, which the clients share. Measured are, in Chromium, the seconds from opening
the gallery to its first picture and the milliseconds a frame while it scrolls; pages of the list, thumbnails and
neighbours, asked one after the other, by sixteen clients without a pause, and by sixteen that pause for a second on
average; files that ask, of a server that is warm; and over --minutes of all of these, mixed, the errors and the memory
of the server.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from record import EXAMPLES, REPO, provenance, save

import index
from inrstore import Inr, NewShape, init_store, open_store
from inrstore.store import Store

BATCH, CLIENTS, ASKED, PAUSE = 5_000, 16, 20, 1.0
"""Shapes of a commit; clients at once; requests of each; seconds between these on average, where they are paced."""
LOOK = """
  const look = () => {
    if ([...document.images].some((one) => one.complete && one.naturalWidth > 1)) window.picture = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""
FRAMES = """async () => {
  const times = []; let last = performance.now();
  for (let frame = 0; frame < 240; frame++) {
    await new Promise(requestAnimationFrame);
    const now = performance.now(); times.push(now - last); last = now;
    window.scrollBy(0, 30);
  }
  return times.slice(10);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--keep", type=Path, help="where the store is made, or was by a run before")
    options = parser.parse_args()
    result = provenance()
    with tempfile.TemporaryDirectory() as folder:
        path = (options.keep or Path(folder)) / "served.store"
        store = open_store(path) if path.exists() else made(open_store(options.store), path, options.rows)
        index.build(store)
        ids = [shape.id for shape in itertools.islice(store.iter_shapes(), 2_000)]
        result["rows"] = len(store)
        with served(path) as (url, process):
            client = httpx.Client(base_url=f"{url}/api/v1", headers={"X-Inrstore": "1"}, timeout=120)
            result["files"] = files(client)
            result["pages"] = in_browser(url)
            asked = requests(ids, sorted({shape.name for shape in open_store(options.store)}), len(store))
            result["requests"] = {
                name: {
                    "alone": alone(client, some),
                    "16 clients": together(url, some),
                    "16 clients, paced": together(url, some, PAUSE),
                }
                for name, some in asked.items()
            }
            result["mixed"] = mixed(url, process, asked, options.minutes)
    save("serve", result)
    print(json.dumps(result, indent=2))


def made(real: Store, path: Path, rows: int) -> Store:
    store, rng = init_store(path, real.model), np.random.default_rng(0)
    keys, embeddings = real.embeddings()
    shapes, weights = real.shapes_by_key(keys), real.weights(keys)
    pictures, encoder = real.thumbnails(keys), real.encoder_id
    for start in range(0, rows, BATCH):
        numbers = np.arange(start, min(start + BATCH, rows))
        noisy = embeddings[numbers % len(keys)]
        noisy = noisy + rng.normal(size=noisy.shape) * 0.1 / noisy.shape[1] ** 0.5
        noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
        new = []
        for number, row in zip(numbers.tolist(), noisy.astype(np.float32), strict=True):
            place = number % len(keys)
            shape, id = shapes[int(keys[place])], f"{number * 2654435761 % 2**32:08x}" * 8
            inr = Inr(real.base_id, real.profile, shape.field, weights[place], 0.002, 400)
            facts = {"label": shape.label, "tags": shape.tags, "thumbnail": pictures.get(int(keys[place]))}
            about = (shape.field, shape.kind, shape.center, shape.scale, shape.rotation)
            source = f"/library/{number // 1000}/{shape.name}-{number}.obj"
            new.append(NewShape(id, f"{shape.name} {number}", *about, source, id, 1, (inr,), row, encoder, **facts))
        store.commit(new)
        print(f"{start + len(numbers)} of {rows}", file=sys.stderr)
    return store


@contextmanager
def served(path: Path) -> Iterator[tuple[str, psutil.Process]]:
    command = [sys.executable, "-m", "cli", "--store", str(path), "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=REPO, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        yield process.stderr.readline().split(" at ")[1].split(" ")[0], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def requests(ids: list[str], words: list[str], rows: int) -> dict[str, Callable[[httpx.Client], httpx.Response]]:
    """What is asked, each time of another shape, or with another word."""
    drawn = random.Random(0)

    def path(form: str) -> Callable[[httpx.Client], httpx.Response]:
        return lambda client: client.get(
            form.format(id=drawn.choice(ids), word=drawn.choice(words), offset=drawn.randrange(rows))
        )

    return {
        "first page": lambda client: client.get("/shapes?limit=100"),
        "page anywhere": path("/shapes?limit=100&offset={offset}"),
        "words": path("/shapes?limit=100&q={word}"),
        "facets": lambda client: client.get("/facets"),
        "shape": path("/shapes/{id}"),
        "thumbnail": path("/shapes/{id}/thumbnail"),
        "neighbours, as it lies": path("/shapes/{id}/neighbours?pose=none"),
        "neighbours, turned": path("/shapes/{id}/neighbours"),
    }


def alone(client: httpx.Client, ask: Callable[[httpx.Client], httpx.Response]) -> dict[str, float]:
    ask(client).raise_for_status()
    return spread([timed(client, ask) for _ in range(3 * ASKED)])


def together(url: str, ask: Callable[[httpx.Client], httpx.Response], pause: float = 0) -> dict[str, float]:
    """Each client asks as soon as it has its answer, or after a pause, as people do."""

    def one(seed: int) -> list[float]:
        drawn, seconds = random.Random(seed), []
        with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
            for _ in range(ASKED):
                time.sleep(2 * pause * drawn.random())
                seconds.append(timed(client, ask))
        return seconds

    with ThreadPoolExecutor(CLIENTS) as pool:
        return spread([seconds for some in pool.map(one, range(CLIENTS)) for seconds in some])


def timed(client: httpx.Client, ask: Callable[[httpx.Client], httpx.Response]) -> float:
    started = time.perf_counter()
    ask(client).raise_for_status()
    return time.perf_counter() - started


def spread(seconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}


def files(client: httpx.Client) -> dict[str, float]:
    """Example meshes that ask; each is changed a little, so that none is known."""
    some = sorted(EXAMPLES.glob("*/*.obj"))[:24:2]

    def ask(path: Path) -> float:
        started = time.perf_counter()
        data = path.read_bytes() + b"\n# another file\n"
        client.post("/search?k=24", files={"file": (path.name, data)}).raise_for_status()
        return time.perf_counter() - started

    ask(some[0])
    return spread([ask(path) for path in some[1:]])


def in_browser(url: str) -> dict[str, float]:
    """Milliseconds as the page itself counts them, from the beginning of the navigation.

    Cold is with nothing in the browser's cache. Then it is opened from an empty page, for which the browser begins a
    process, and at last from the gallery itself.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=("--no-sandbox",))
        page = browser.new_page(viewport={"width": 1_500, "height": 900}, bypass_csp=True)  # the policy forbids probes
        page.add_init_script(LOOK)

        def opened(before: str = "") -> float:
            if before:
                page.goto(before)
            page.wait_for_timeout(500)
            page.goto(url)
            page.wait_for_function("window.picture")
            return float(page.evaluate("window.picture"))

        cold = opened()
        blank = [opened("about:blank") for _ in range(7)]
        again = [opened() for _ in range(7)]
        frames = page.evaluate(FRAMES)
        browser.close()
    p50, p95 = np.percentile(frames, [50, 95])
    return {
        "first picture, cold, ms": round(cold, 1),
        "first picture, ms": round(float(np.median(blank)), 1),
        "first picture, again, ms": round(float(np.median(again)), 1),
        "frame p50_ms": round(float(p50), 1),
        "frame p95_ms": round(float(p95), 1),
    }


def mixed(url: str, process: psutil.Process, asked: dict[str, Any], minutes: float) -> dict[str, float]:
    """Four clients that ask anything; megabytes are of the server without the processes that fit files."""
    end, errors, count = time.monotonic() + 60 * minutes, [0], [0]
    kinds = list(asked.values())

    def one(seed: int) -> None:
        drawn = random.Random(seed)
        with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
            while time.monotonic() < end:
                answer = drawn.choice(kinds)(client)
                errors[0] += answer.status_code >= 400
                count[0] += 1

    sizes = []
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(one, seed) for seed in range(4)]
        while time.monotonic() < end:
            sizes.append(process.memory_info().rss / 1e6)
            time.sleep(min(5.0, 6 * minutes))
        for done in running:
            done.result()
    third = max(1, len(sizes) // 3)
    return {
        "minutes": minutes,
        "requests": count[0],
        "errors": errors[0],
        "megabytes, second third": round(float(np.mean(sizes[third : 2 * third] or sizes)), 1),
        "megabytes, last third": round(float(np.mean(sizes[-third:])), 1),
    }


if __name__ == "__main__":
    main()
