"""Generators of one class against shapes of it that they did not learn from, and against controls.

    python benchmarks/generation.py STORE [--model codes] [--classes chair table] [--seeds 0 1 2] [--most 64]

STORE has labels; it gets codes of the classes, tags and heads, so give a copy. For each class and seed four fifths are
learned from, and as many samples as there are other shapes, at most so many, are compared with these: MMD, COV and
1-NNA by the Chamfer distance, and what is remembered, see `inrstore.metrics.generation`. References are surfaces that
the shapes' own networks have. Rows are the flow, the published adversarial network (`gan`), and as controls as many of
the shapes that were learned from, as their networks have them and as their codes are decoded, which no generator of
codes can pass; and the references' own codes decoded, of which MMD says what decoding costs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from record import provenance, save

from inrstore.metrics.generation import Distances, remembered
from inrstore.store import open_store
from inrstore.tasks import Codes, Generator, GeneratorRecipe, train_generator
from inrstore.tasks.generation.generated import Clouds, code_clouds, stored_clouds

TAG = "generation"
HELD_OUT = 5
"""One shape in so many."""
Keys = NDArray[np.int64]
Row = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="codes")
    parser.add_argument("--classes", nargs="+", default=["chair", "table"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--most", type=int, default=64)
    parser.add_argument("--steps", type=int, default=2_000)
    options = parser.parse_args()
    codes = Codes.of(open_store(options.store), options.model)
    result = provenance()
    result["codes"], result["figures"] = codes.id, {}
    for name in options.classes:
        give_codes(codes, codes.store.keys([f"label={name}"]))
        rows = [of_class(codes, name, seed, options.most, options.steps) for seed in options.seeds]
        result["figures"][name] = {row: mean([one[row] for one in rows]) for row in rows[0]}
        save("generation", result)  # a class takes the better part of an hour


def give_codes(codes: Codes, keys: Keys) -> None:
    """Those that are missing, of some shapes only: a whole store takes long."""
    store = codes.store
    store.add_encoder(codes.model.encoding.part)
    if codes.model.decoder is not None:
        store.add_head(codes.model.decoder)
    wanted = np.setdiff1d(keys, store.embedding_keys(codes.id))
    for _, field, own in store.encodable(codes.id):
        some = np.intersect1d(own, wanted)
        if len(some):
            rows = [codes.encode(field, store.weights(part)) for part in np.array_split(some, -(-len(some) // 64))]
            store.set_embeddings(some, np.concatenate(rows), encoder=codes.id)


def of_class(codes: Codes, name: str, seed: int, most: int, steps: int) -> dict[str, Row]:
    store, rng = codes.store, np.random.default_rng(seed)
    keys = rng.permutation(store.keys([f"label={name}"]))
    asked, learned = np.split(keys, [len(keys) // HELD_OUT])
    sides = {**dict.fromkeys(asked.tolist(), "test"), **dict.fromkeys(learned.tolist(), "train")}
    store.retag({key: {TAG: side} for key, side in sides.items()})
    asked, some = np.sort(asked[:most]), np.sort(learned[:most])
    references, found = stored_clouds(store, asked), dict[str, Row]()
    for network in ("flow", "gan"):
        recipe = GeneratorRecipe(network, steps, seed=seed)
        where = [f"label={name}", f"{TAG}=train"]
        trained = train_generator(codes, recipe=recipe, where=where, name=f"{network} {name}")
        rows = Generator(trained.head).sample([None] * len(asked), seed)
        row = against(references, code_clouds(codes, rows, "sdf"))
        found[network] = {**row, **remembered(rows, codes_of(codes, learned)), "seconds": trained.seconds}
    found["learned from"] = against(references, stored_clouds(store, some))
    found["learned from, decoded"] = against(references, code_clouds(codes, codes_of(codes, some), "sdf"))
    found["references, decoded"] = against(references, code_clouds(codes, codes_of(codes, asked), "sdf"))
    for row_name, row in found.items():
        print(name, seed, row_name, {key: round(value, 4) for key, value in row.items()}, flush=True)
    return found


def codes_of(codes: Codes, keys: Keys) -> NDArray[np.float32]:
    """(n, dim)."""
    return codes.store.embeddings(np.sort(keys), encoder=codes.id)[1]


def against(references: Clouds, samples: Clouds) -> Row:
    same = min(len(references), len(samples))
    return {**Distances.of(samples[:same], references[:same]).figures(), "samples": same}


def mean(rows: list[Row]) -> Row:
    return {name: float(f"{np.mean([row[name] for row in rows]):.4g}") for name in rows[0]}


if __name__ == "__main__":
    main()
