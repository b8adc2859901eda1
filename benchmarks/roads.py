"""One network a shape against one network for all of them: surface error of learned and new shapes, and retrieval.

    inrstore init STORE --profile fast
    inrstore --store STORE ingest FOLDER --labels-from parent
    python benchmarks/roads.py STORE [--train N] [--new 40] [--times 1] [--published]

De Luigi et al. 2023 ask in their appendix A whether a set of shapes should be one network with a latent for each shape.
Three such roads: DeepSDF; the decoder of occupancy networks; and a SIREN that a latent shifts, as in Functa. All are
auto-decoded: latents are learned with the network, and of a new shape the latent alone is fitted. (Functa meta-learns,
so that three steps find a latent; occupancy networks have an encoder of clouds.)

All learn from the samples of the true distance that the default profile draws, which costs the same for each. A road
has the processor time of a default fit for each shape, learned or new, times `--times`, of which a new shape's latent
has its own share. Networks are 128 wide, so that they see enough samples in that time, or with `--published` as large
as their papers say. Latents have `--latent` numbers, by default 256, as DeepSDF's.

Surfaces of at most `--asked` shapes a side are compared with the source by exact distances; where there is none, the
F-score counts as 0 and Chamfer-L1 is left out. Retrieval is leave one out by cosine among all shapes, by the latents
and by the store's embeddings. Every run adds its rows to the result.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fit import base_of, stored
from latents.decoders import Decoder, DeepSdf, ModulatedSiren, Occupancy
from latents.learning import Rates, fit_latents, learn
from latents.shapes import TAUS, Samples, SetOfShapes, stacked
from record import RESULTS, provenance, save

from inrstore.errors import EmptySurface
from inrstore.model import load_model
from inrstore.network.fitting import siren_of
from inrstore.store import Store, open_store
from inrstore.surface.extraction import CHUNK, Field, extract_mesh, inr_field

RESOLUTION = 64
PROFILES = ("default", "fidelity")
TRIAL = 20
"""Steps that say how long one takes."""


@dataclass(frozen=True)
class Road:
    """A decoder, by the numbers of its latents, and how it learns."""

    make: Callable[[int], Decoder]
    rates: Rates


NARROW = {
    "DeepSDF": Road(lambda size: DeepSdf(size, 128, dropout=0.0), Rates(latents=5e-3)),
    "occupancy network": Road(lambda size: Occupancy(size, 128), Rates(latents=5e-3)),
    "latent shifts of a SIREN": Road(lambda size: ModulatedSiren(size, 128, 5), Rates(network=3e-4)),
}
"""Rates by a few trials of one seed, by the error of the fields: on the shapes that are learned from, but for the rate
of new latents of the SIREN, which was chosen on new ones and so flatters it a little."""
PUBLISHED = {
    "DeepSDF": Road(DeepSdf, Rates(network=5e-4)),
    "occupancy network": Road(Occupancy, Rates(network=1e-4)),
    "latent shifts of a SIREN": Road(ModulatedSiren, Rates(network=1e-4)),
}
"""DeepSDF's rates are of its authors' code, the occupancy network's own rate too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--train", type=int, help="shapes to learn from, by default all others")
    parser.add_argument("--new", type=int, default=40)
    parser.add_argument("--latent", type=int, default=256)
    parser.add_argument("--times", type=float, default=1.0, help="the processor time of a default fit, so many times")
    parser.add_argument("--published", action="store_true", help="networks as large as their papers say")
    parser.add_argument("--asked", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = RESULTS / "roads.json"
    runs = json.loads(path.read_text())["runs"] if path.exists() else {}
    store = open_store(options.store)
    shapes = SetOfShapes.of(store, options.train, options.new)
    run = {**provenance(), "train": int((~shapes.new).sum()), "new": options.new, "times": options.times, "rows": {}}
    for name, row in rows(store, shapes, options):
        run["rows"][name] = row
        print(name, json.dumps(row), flush=True)
    size = "published" if options.published else "narrow"
    runs[f"{size}, {options.times:g} times"] = run
    save("roads", {**provenance(), "runs": runs})


def rows(store: Store, shapes: SetOfShapes, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    asked = shapes.asked(options.asked)
    found = {name: networks(shapes, name, asked) for name in PROFILES}
    for name, row in found.items():
        yield f"network each, {name}", row
    keys, embeddings = store.embeddings(shapes.keys)
    embeddings = embeddings[np.searchsorted(keys, shapes.keys)]
    row = {"retrieval": shapes.retrieval(embeddings), "numbers": embeddings.shape[1]}
    yield f"embedding, {store.encoder().name}", row
    seconds = found["default"]["seconds"] * options.times
    samples = stacked(shapes.samples(load_model("default").recipe, np.arange(len(shapes.keys))))
    for name, road in (PUBLISHED if options.published else NARROW).items():
        yield name, travelled(shapes, samples, asked, road, options.latent, seconds)


def networks(shapes: SetOfShapes, profile: str, asked: np.ndarray) -> dict[str, Any]:
    """What a profile's own networks of the asked shapes bring back, and the processor seconds of a fit."""
    recipe = load_model(profile).recipe
    base_of(recipe, "sdf")
    samples = shapes.samples(recipe, asked)
    began = time.process_time()
    weights = [stored(recipe, some) for some in samples]
    seconds = (time.process_time() - began) / len(asked)
    surfaces = [(place, inr_field(siren_of(recipe), row)) for place, row in zip(asked, weights, strict=True)]
    size = siren_of(recipe).size
    return {
        "surface": surface(shapes, surfaces, "sdf"),
        "seconds": round(seconds, 3),
        "new seconds": round(seconds, 3),
        "numbers": size,
        "shared": size,  # the base
    }


def travelled(
    shapes: SetOfShapes, samples: Samples, asked: np.ndarray, road: Road, size: int, seconds: float
) -> dict[str, Any]:
    """A road learned and asked; `seconds` is what it may take a shape, be it learned from or new."""
    (points, values), old, new = samples, ~shapes.new, shapes.new

    def learned(steps: int) -> tuple[Decoder, torch.Tensor]:
        torch.manual_seed(road.rates.seed)
        decoder = road.make(size)
        return decoder, learn(decoder, points[old], values[old], road.rates, steps)

    def fitted(steps: int) -> torch.Tensor:
        return fit_latents(decoder, points[new], values[new], road.rates, steps)

    (decoder, latents), spent, steps = within(learned, seconds * old.sum())
    more, new_spent, new_steps = within(fitted, seconds * new.sum())
    every = torch.cat([latents, more])
    surfaces = [(place, decoder_field(decoder, every[place])) for place in asked]
    return {
        "surface": surface(shapes, surfaces, decoder.field),
        "retrieval": shapes.retrieval(every.numpy()),
        "seconds": round(spent / int(old.sum()), 3),
        "new seconds": round(new_spent / int(new.sum()), 3),
        "steps": steps,
        "new steps": new_steps,
        "numbers": size,
        "shared": sum(parameter.numel() for parameter in decoder.parameters()),
    }


def within(work: Callable[[int], Any], seconds: float) -> tuple[Any, float, int]:
    """What as many steps of the work as so many processor seconds allow come to; the seconds, and the steps."""
    work(1)
    _, trial = timed(work, TRIAL)
    steps = max(1, int(seconds / trial * TRIAL))
    return *timed(work, steps), steps


def timed(work: Callable[[int], Any], steps: int) -> tuple[Any, float]:
    began = time.process_time()
    return work(steps), time.process_time() - began


def decoder_field(decoder: Decoder, latent: torch.Tensor) -> Field:
    """The field of one latent (d,)."""

    @torch.inference_mode()
    def evaluate(points: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(points).float().split(CHUNK)
        return torch.cat([decoder(latent[None], part[None])[0] for part in parts]).numpy()

    return evaluate


def surface(shapes: SetOfShapes, surfaces: Sequence[tuple[int, Field]], name: str) -> dict[str, dict[str, float]]:
    """Means over the shapes that were learned from and over new ones, and how many have no surface."""
    found: dict[str, list[dict[str, float]]] = {"train": [], "new": []}
    for place, field in surfaces:
        try:
            errors = shapes.error(place, *extract_mesh(field, name, RESOLUTION))
        except EmptySurface:
            errors = {"chamfer_l1": np.nan, **{f"f@{tau:g}": 0.0 for tau in TAUS}}
        found["new" if shapes.new[place] else "train"].append(errors)
    return {side: mean(errors) for side, errors in found.items()}


def mean(errors: Sequence[dict[str, float]]) -> dict[str, float]:
    empty = sum(np.isnan(row["chamfer_l1"]) for row in errors)
    means = {key: round(float(np.nanmean([row[key] for row in errors])), 5) for key in errors[0]}
    return {**means, "empty": int(empty), "asked": len(errors)}


if __name__ == "__main__":
    main()
