"""Interpolation between shapes that the codes never learned from: what the steps are like, and what decoding loses.

    python benchmarks/interpolation.py STORE [--model DIR] [--seeds 0 1 2] [--pairs 20] [--shapes 100]

STORE holds labelled shapes, as one of `classes.py`. Pairs are drawn at random, half of one class and half of two. Of
the steps between the ends it is told how many are closed and of one piece, with and without the small pieces that are
left out, and of each pair how uneven its steps are. "decoder" is how near the surface decoded from a shape's code is to
that of its own network, at random points of both; "ceiling" is what other points of the network's own surface reach,
and "share" the ratio of the two. "across, plain" is the control of the first seed's pairs: surfaces as they are
decoded, with whatever volume and pieces that gives, and without what the ends' networks say.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from record import provenance, save

from inrstore.errors import EmptySurface
from inrstore.metrics import surface_metrics
from inrstore.records import FloatArray
from inrstore.store import Store, open_store
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_mesh
from inrstore.surface.points import surface_points
from inrstore.tasks import Codes, Interpolation, Labelled, coded, interpolate, own_fields

TAUS = (0.01, 0.02, 0.05)
POINTS = 100_000
"""Of each surface."""
KINDS: dict[str, dict[str, Any]] = {
    "within": {},
    "across": {},
    "across, plain": {"keep_volume": False, "small": 0.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", help="name or directory; by default the store's")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--pairs", type=int, default=20, help="of each kind and seed")
    parser.add_argument("--shapes", type=int, default=100, help="for the decoder, of each seed")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--resolution", type=int, default=96)
    options = parser.parse_args()
    result, store = provenance(), open_store(options.store)
    codes = Codes.of(store, options.model)
    result |= {"store": options.store.stem, "codes": codes.id, "steps": options.steps, "seeds": options.seeds}
    sizes = {"steps": options.steps, "resolution": options.resolution}
    for kind, how in KINDS.items():
        seeds = options.seeds[:1] if how else options.seeds
        pairs = [pair for seed in seeds for pair in drawn(store, options.pairs, seed, kind == "within")]
        result[kind] = ways(codes, pairs, **sizes, **how)
        print(kind, result[kind], flush=True)
    rows = [decoder(codes, options.shapes, seed, options.resolution) for seed in options.seeds]
    result["decoder"] = {name: figure([row[name] for row in rows]) for name in rows[0]}
    print(result["decoder"], flush=True)
    save("interpolation", result)


def drawn(store: Store, count: int, seed: int, within: bool) -> list[tuple[int, int]]:
    """So many pairs of keys of different shapes, of one class each or of two."""
    all_of, rng = Labelled.of(store), np.random.default_rng([seed, within])
    place = np.arange(len(all_of))
    pairs: list[tuple[int, int]] = []
    for one in rng.permutation(place):
        alike = (all_of.label == all_of.label[one]) == within
        others = place[alike & (place != one)]
        if len(others) and len(pairs) < count:
            pairs.append((int(all_of.keys[one]), int(all_of.keys[rng.choice(others)])))
    return pairs


def ways(codes: Codes, pairs: list[tuple[int, int]], **how: Any) -> dict[str, Any]:
    """What the steps between the pairs are like; those of which a code has no surface are counted, and left out."""
    found: list[Interpolation] = []
    empty, began = 0, time.perf_counter()
    for a, b in pairs:
        try:
            first, last = ends = coded(codes, [codes.store.shape(key).id for key in (a, b)])
            own = (None, None) if "keep_volume" in how else own_fields(codes, ends, "sdf")
            found.append(interpolate(codes, first.code, last.code, own=(own[0], own[1]), **how))
        except EmptySurface as error:
            empty += 1
            print(a, b, error, flush=True)
    seconds = (time.perf_counter() - began) / max(len(pairs), 1)
    between = [step for one in found for step in one.steps[1:-1]]
    ends = [step for one in found for step in (one.steps[0], one.steps[-1])]
    whole = [one for one in found if one.steps[0].pieces == one.steps[-1].pieces == 1]
    uneven = np.array([one.evenness for one in found])
    return {
        "pairs": len(pairs),
        "without a surface": empty,
        "closed": share([step.closed for step in between + ends]),
        "one piece": share([step.pieces == 1 for step in between]),
        "one piece, nothing left out": share([step.pieces == 1 and not step.left_out for step in between]),
        "ends of one piece": share([step.pieces == 1 for step in ends]),
        "one piece, between such": share([step.pieces == 1 for one in whole for step in one.steps[1:-1]]),
        "uneven, median": round(float(np.median(uneven)), 3),
        "uneven, 95 %": round(float(np.percentile(uneven, 95)), 3),
        "uneven by less than 20 %": share(list(uneven < 0.2)),
        "seconds": round(seconds, 1),
    }


def decoder(codes: Codes, count: int, seed: int, resolution: int) -> dict[str, float]:
    """Mean figures of surfaces decoded from codes against those of the shapes' own networks."""
    keys = np.random.default_rng(seed).permutation(codes.store.keys())[:count]
    rows, empty = list[dict[str, float]](), 0
    for key in keys.tolist():
        shape = codes.store.shape(key)
        own = extract_mesh(*shape_field(codes.store, shape), resolution)
        reference, again = (points(*own, seed) for seed in (1, 2))
        best = surface_metrics(again, reference, TAUS)
        try:
            decoded = points(*codes.surface(codes.code(key), ("occ" if shape.field == "occ" else "sdf"), resolution), 3)
            reached = surface_metrics(decoded, reference, TAUS)
        except EmptySurface:
            empty += 1
            continue
        rows.append({**reached, **{f"ceiling {name}": value for name, value in best.items()}})
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    shares = {f"share f@{tau:g}": means[f"f@{tau:g}"] / means[f"ceiling f@{tau:g}"] for tau in TAUS}
    return {"shapes": len(keys), "without a surface": empty, **means, **shares}


def points(vertices: Any, faces: Any, seed: int) -> FloatArray:
    return surface_points(vertices, faces, POINTS, np.random.default_rng(seed)).astype(np.float32)


def share(facts: list[Any]) -> float | None:
    """None of nothing."""
    return round(float(np.mean(facts)), 4) if facts else None


def figure(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)


if __name__ == "__main__":
    main()
