"""Search by words of a hundred thousand shapes: milliseconds of a query, minutes to read all names, and a new label.

    python benchmarks/words_scale.py --store shapes.store --folder FOLDER [--rows 100000]

The rows are varied ones of --store, see `scale_store`, called by an adjective, a material, a noun and a number, such as
"small oak armchair 4711", so that no two have the same words. Queries are words of these, other words for them, slips,
beginnings, numbers, and limits; each is asked for the first time in a process that has asked for others before.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from record import RESULTS, provenance, save
from scale_store import BATCH, Maker

import index
from inrstore import init_store, open_store
from inrstore.store import Store

WORDS = """
small large old modern round square heavy light tall low narrow wide folding double open closed
oak pine steel brass glass plastic leather rattan concrete marble bamboo copper linen cork felt
armchair bench sofa table desk wardrobe bookcase lamp vase bottle bowl clock mirror stool bed cabinet shelf door \
window radiator sink bathtub oven fridge piano guitar speaker keyboard monitor bracket bolt flange gear hinge pipe
couch settee closet bookshelf lantern seat tub refrigerator cogwheel screw screen drawer
"""
ADJECTIVES, MATERIALS, NOUNS, OTHERS = (line.split() for line in WORDS.strip().splitlines())
GOALS = {"query_p95_ms": 60, "encode_minutes": 10, "relabel_seconds": 1}


def name_of(number: int) -> str:
    random = np.random.default_rng(number)
    words = [str(random.choice(some)) for some in (ADJECTIVES, MATERIALS, NOUNS)]
    return f"{' '.join(words)} {number}"


def queries() -> list[str]:
    random = np.random.default_rng(3)
    made = []
    for number in range(40):
        adjective, material, noun = (str(random.choice(some)) for some in (ADJECTIVES, MATERIALS, NOUNS))
        slip = noun[:2] + noun[3] + noun[2] + noun[4:]
        made += [
            noun,
            f"{material} {noun}",
            f"{adjective} {material} {noun}s",
            slip,
            noun[:4],
            f"{noun} under {number + 2} m",
        ]
        made += [str(random.integers(90_000)), f"{random.choice(OTHERS)} of {material}"]
    return list(dict.fromkeys(made))


def filled(real: Store, path: Path, rows: int) -> Store:
    store = open_store(path) if path.exists() else init_store(path, real.model)
    makes = Maker(real)
    for start in range(len(store), rows, BATCH):
        some = makes.shapes(start, BATCH)
        store.commit([replace(one, name=name_of(start + n), label=None) for n, one in enumerate(some)])
    return store


def milliseconds(store: Store, texts: list[str], **options: Any) -> dict[str, float]:
    seconds = []
    for text in texts:
        began = time.perf_counter()
        index.search_text(store, text, **options)
        seconds.append(time.perf_counter() - began)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {
        "queries": len(texts),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "most_ms": round(1000 * max(seconds), 1),
    }


def relabelled(store: Store) -> list[float]:
    """Seconds from a new label until a search has answered by it."""
    found = []
    for number, word in enumerate(("zeppelin", "harpsichord", "accordion", "dirigible", "bassoon")):
        key = int(store.keys()[1000 * number])
        store.label([key], None)  # of a run before
        index.search_text(store, "first")
        began = time.perf_counter()
        store.label([key], word)
        answer = index.search_text(store, word)
        found.append(round(time.perf_counter() - began, 3))
        assert answer.hits[0].key == key and answer.understood.unread == 0, word  # and its vector is that of its words
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Search by words of very many shapes.")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    store = filled(open_store(options.store), options.folder / "words_scale.store", options.rows)
    began = time.perf_counter()
    done = index.encode_words(store)
    result: dict[str, Any] = {**provenance(), "rows": options.rows, "goals": GOALS}
    result["encoded"] = {"shapes": done.encoded, "minutes": round((time.perf_counter() - began) / 60, 2)}
    saved = RESULTS / "words_scale.json"
    if not done.encoded and saved.exists():  # they were read by a run before
        result["encoded"] = json.loads(saved.read_text())["encoded"]
    began = time.perf_counter()
    index.search_text(store, "first")
    result["first_query_seconds"] = round(time.perf_counter() - began, 2)
    texts = queries()
    for by in (("words",), ("words", "meaning")):
        result[" and ".join(by)] = milliseconds(store, texts, by=by)
    result["with a condition of one half"] = milliseconds(store, texts, where="half=a")
    result["relabelled_seconds"] = relabelled(store)
    save("words_scale", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
