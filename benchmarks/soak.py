"""Writers and readers at one store on S3 with its catalogue in PostgreSQL, while some of them are killed.

    python benchmarks/soak.py --minutes 30

An S3 server (moto's) and a PostgreSQL server (pgserver's) run in processes of their own. Each writer commits batches
of networks of example meshes with a little noise; a compaction runs now and then; a killer ends writers and the
compaction by kill -9 at random instants, and they begin again. Each reader looks shapes up, reads their networks and
embeddings, compares them with what was written, and searches. At the end every shape that a writer was told is stored
must be there once, `verify` must find nothing, and no reader may have met an error.

Results go to results/soak.json, as far as a run has come, once a minute; a run of other minutes is kept beside it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from record import REPO, RESULTS, provenance, save
from servers import start_servers

import index
from inrstore.model import load_model
from inrstore.records import Inr, NewShape
from inrstore.store import Store, init_store, open_store

URL = "s3://soak/shapes.store"
NOISE = 1e-3
BATCH = 8
SPAN = 10_000_000
"""Numbers of shapes that one writer has to itself."""
FORK = multiprocessing.get_context("fork")  # what took long to import need not be imported again after each kill


def main() -> None:
    options = parse()
    folder = Path(tempfile.mkdtemp(prefix="inrstore-soak-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    servers, catalog = start_servers("soak")
    try:
        run("make", folder, lambda: init_store(URL, load_model("default"), catalog_url=catalog)).join()
        record = soak(options, folder)
        check = run("check", folder, lambda: note(folder / "checked", final_check(folder)))
        check.join()
        record |= {**lines(folder / "checked")[0], "finished": True}
        keep(options, record)
        print(json.dumps(record, indent=2))
    finally:
        for stop in servers:
            stop()
        shutil.rmtree(folder, ignore_errors=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--rate", type=float, default=20, help="shapes a second that all writers offer together")
    parser.add_argument("--kill-every", type=float, default=8, help="seconds between two kills, on average")
    parser.add_argument("--compact-every", type=float, default=20, help="seconds between two compactions")
    return parser.parse_args()


def run(name: str, folder: Path, work: Callable[[], object]) -> Any:
    """A process; whatever it raises is a line of errors-<name>."""

    def guarded() -> None:
        try:
            work()
        except Exception as error:
            note(folder / f"errors-{name}", {"error": repr(error), "trace": traceback.format_exc()[-1500:]})
            os._exit(1)
        os._exit(0)

    (process := FORK.Process(target=guarded, name=name)).start()
    return process


def soak(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    works: dict[str, Callable[[], object]] = {
        f"writer-{n}": lambda n=n: writer(n, folder, options.writers * BATCH / options.rate)  # type: ignore[misc]
        for n in range(options.writers)
    }
    works["compaction"] = lambda: compaction(folder, options.compact_every)
    alive = {name: run(name, folder, work) for name, work in works.items()}
    readers = [run(f"reader-{n}", folder, lambda n=n: reader(n, folder)) for n in range(options.readers)]  # type: ignore[misc]
    chance, begun, kills, saved = random.Random(0), time.monotonic(), 0, 0
    while (passed := time.monotonic() - begun) < 60 * options.minutes:
        time.sleep(chance.uniform(0.5, 1.5) * options.kill_every)
        name = chance.choice(list(alive))
        alive[name].kill()
        alive[name].join()
        kills += 1
        for other, process in alive.items():  # also one that met an error goes on, which counts
            if not process.is_alive():
                alive[other] = run(other, folder, works[other])
        if passed // 60 > saved:
            saved = passed // 60
            keep(options, summary(options, folder, passed, kills))
    for process in [*alive.values(), *readers]:
        os.kill(process.pid, signal.SIGTERM)
    for process in [*alive.values(), *readers]:
        process.join(120)
    return summary(options, folder, passed, kills)


class Until:
    """False once this process was asked to end; what is under way is done first."""

    def __init__(self) -> None:
        self.go_on = True
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_: object) -> None:
        self.go_on = False


def writer(number: int, folder: Path, pause: float) -> None:
    until, log, store = Until(), folder / f"stored-{number}", open_store(URL)
    real = Real(store)
    done = [line["until"] for line in lines(log)]
    position = done[-1] if done else number * SPAN
    while until.go_on:
        began = time.monotonic()
        store.commit([real.shape(n) for n in range(position, position + BATCH)])
        position += BATCH
        note(log, {"until": position, "time": time.time(), "seconds": time.monotonic() - began})
        time.sleep(max(0.0, pause - (time.monotonic() - began)))


def compaction(folder: Path, pause: float) -> None:
    until, store = Until(), open_store(URL)
    while until.go_on:
        time.sleep(pause)
        note(folder / "compactions", store.compact(jobs=2))


def reader(number: int, folder: Path) -> None:
    """Any error is noted, and it goes on."""
    until, store, chance = Until(), open_store(URL), random.Random(number)
    real = Real(store)
    reads = {"list": 0, "weights": 0, "embeddings": 0, "search": 0}
    while until.go_on:
        what = chance.choice(list(reads))
        try:
            if found := pick(store, chance):
                look(what, found, real)
                reads[what] += 1
        except Exception:
            note(folder / f"errors-reader-{number}", {"what": what, "trace": traceback.format_exc()[-1500:]})
        time.sleep(0.05)
    note(folder / f"reads-{number}", reads)


def pick(store: Store, chance: random.Random) -> list[Any]:
    """Some neighbouring shapes."""
    count = store.count()
    return store.shapes(limit=4, offset=chance.randrange(max(1, count - 4))) if count else []


def look(what: str, found: list[Any], real: Real) -> None:
    store = real.store
    if what == "list":
        assert store.shape(found[0].id).key == found[0].key
    elif what == "weights":
        for row, one in zip(store.weights([one.key for one in found]), found, strict=True):
            expected, _ = real.values(int(one.name))
            assert np.allclose(row, expected, atol=2e-3), f"the network of {one.name} is another"
    elif what == "embeddings":
        keys, rows = store.embeddings([one.key for one in found])
        for one in found:
            assert np.array_equal(rows[keys.tolist().index(one.key)], real.values(int(one.name))[1])
    else:
        assert index.search(store, found[0].id, k=5, pose="none", exclude_self=True) is not None


class Real:
    """Shapes by number: a network of an example mesh with noise; the embedding stands for itself."""

    def __init__(self, store: Store) -> None:
        self.store, self.base, self.dim = store, store.base().start("sdf"), store.backing.encoder().dim
        with np.load(REPO / "tests/data/packaged_networks.npz") as data:
            own = (data["profile"] == "default") & (data["field"] == "sdf")
            self.changes = data["change"][own].astype(np.float32)

    def values(self, number: int) -> tuple[Any, Any]:
        """Network (W,) and embedding (d,)."""
        noise = np.random.default_rng(number)
        change = self.changes[number % len(self.changes)]
        weights = self.base + change + noise.normal(scale=NOISE, size=change.shape).astype(np.float32)
        embedding = noise.normal(size=self.dim).astype(np.float32)
        return weights, embedding / np.linalg.norm(embedding)

    def shape(self, number: int) -> NewShape:
        weights, embedding = self.values(number)
        return NewShape(
            sha256=f"{number:064x}",
            name=str(number),
            field="sdf",
            kind="mesh",
            center=(0.0, 0.0, 0.0),
            scale=1.0,
            rotation=None,
            source=f"/soak/{number}.obj",
            source_sha256=f"{number:064x}",
            source_bytes=1,
            inrs=(Inr(self.store.base_id, self.store.profile, "sdf", weights, error=0.001, steps=100),),
            embedding=embedding,
            encoder=self.store.encoder_id,
        )


def final_check(folder: Path) -> dict[str, Any]:
    """What the store holds, against what the writers were told."""
    store = open_store(URL)
    names = [int(one.name) for one in store.shapes()]
    told = {
        n for log in folder.glob("stored-*") for line in lines(log) for n in range(line["until"] - BATCH, line["until"])
    }
    report = store.verify()
    return {
        "shapes_stored": len(names),
        "shapes_twice": len(names) - len(set(names)),
        "shapes_lost": len(told - set(names)),
        "shapes_that_nobody_was_told_of": len(set(names) - told),
        "verify_problems": report.problems,
        "orphans": len(report.orphans),
        "shards": report.shards_checked,
    }


def summary(options: argparse.Namespace, folder: Path, seconds: float, kills: int) -> dict[str, Any]:
    commits = sorted((line for log in folder.glob("stored-*") for line in lines(log)), key=lambda line: line["time"])
    errors = {path.name: lines(path) for path in folder.glob("errors-*")}
    reads = [one for path in folder.glob("reads-*") for one in lines(path)]
    tenth = max(1, len(commits) // 10)
    return {
        **provenance(),
        **vars(options),
        "seconds": round(seconds),
        "kills": kills,
        "commits": len(commits),
        "compactions": len(lines(folder / "compactions")),
        "reads": {name: sum(one[name] for one in reads) for name in (reads[0] if reads else ())},
        "errors_of_readers": sum(len(found) for name, found in errors.items() if "reader" in name),
        "errors_of_others": sum(len(found) for name, found in errors.items() if "reader" not in name),
        "errors": [one["trace"] for found in errors.values() for one in found][:5],
        "shapes_a_minute": a_minute(commits),
        "commit_seconds_median": [median(commits[:tenth]), median(commits[-tenth:])],  # of the first and last tenth
        "finished": False,
    }


def a_minute(commits: list[dict[str, Any]]) -> list[int]:
    minutes = [int((one["time"] - commits[0]["time"]) // 60) for one in commits]
    return [BATCH * minutes.count(minute) for minute in range(max(minutes, default=-1) + 1)]


def median(commits: list[dict[str, Any]]) -> float:
    return round(float(np.median([one["seconds"] for one in commits])), 3) if commits else float("nan")


def keep(options: argparse.Namespace, record: dict[str, Any]) -> None:
    path = RESULTS / "soak.json"
    runs = json.loads(path.read_text())["runs"] if path.exists() else []
    save("soak", {"runs": [one for one in runs if one["minutes"] != options.minutes] + [record]})


def note(path: Path, value: Any) -> None:
    """One write of one line: a kill leaves it whole, or not there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, json.dumps(value).encode() + b"\n")
    os.close(descriptor)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    main()
