"""Encoders by kind on fitted ModelNet40 clouds: retrieval and accuracy among shapes that no training saw.

    python benchmarks/modelnet.py write OUT DATA/modelnet40_train_?.npz
    inrstore init STORE --profile fast
    inrstore ingest OUT --store STORE --labels-from parent
    python benchmarks/encoders.py STORE --work DIR [--kinds KIND ...] [--epochs N] [--seeds 0 1 2]

A tenth of the shapes, by a hash of their names, is asked: retrieval leave one out among them, accuracy by classifiers
that learned from the others. Encoders are trained by `inrstore train encoder` on the others, of which they validate
with a twentieth. Controls: the packaged default encoder, which never saw such a shape; the probing encoder before any
training; the main directions of the weight change and of an occupancy histogram of the clouds; with `--peer`, a
PointNet++ of half the size that is trained on the same clouds. A training that is in the work folder goes on, and what
is there already is not run again. `--crowds` says how much of a figure is due to how many are asked, by the
embeddings that the store has of the packaged encoder. Controls and peer are for clouds; of voxels, `--no-controls`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pointnet2
import torch
from record import RESULTS, provenance, save
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

from inrstore.metrics import accuracies, retrieval_metrics
from inrstore.model import EncoderPart, Encoding, Model, load_model
from inrstore.model.encoders import find
from inrstore.model.training.encoder import EncoderRecipe
from inrstore.model.training.learn import recipe_of, train_encoder
from inrstore.model.training.networks import Networks
from inrstore.network.device import processor
from inrstore.progress import Progress
from inrstore.store import Store, open_store

ASKED = 10
"""One shape in so many is asked."""
HELD_OUT = 0.05
"""Of the others, what a training validates with."""
OUTLINE = 0.05
"""Of an embedding's squared length, where the classes asked for are those that were learned: .2, the default, is for
shapes unlike any that were, and costs .016 of mAP here."""
CROWDS = (1003, 2468)
"""As many as are asked here, and as ModelNet40's test has."""
Pair = tuple[np.ndarray, np.ndarray]
"""Embeddings of both sides."""
FIGURES = ("hit@1", "hit@5", "hit@10", "map")


def split(store: Store) -> None:
    """Tag every shape: split=test for a tenth of them, by a hash of the name, else split=train."""
    tags = {}
    for shape in store:
        asked = int(hashlib.sha256(shape.name.encode()).hexdigest()[:8], 16) % ASKED == 0
        tags[shape.key] = {"split": "test" if asked else "train"}
    store.retag(tags)


class Sides:
    """The networks that are learned from and those that are asked."""

    def __init__(self, store: Store, device: str) -> None:
        self.own, self.asked = (Networks.of(store, "label", f"split={side}") for side in ("train", "test"))
        self.store, self.device = store, device

    def labels(self) -> tuple[np.ndarray, np.ndarray]:
        names = [np.array([some.names[place] for place in some.label]) for some in (self.own, self.asked)]
        return names[0], names[1]

    def score(self, own: np.ndarray, asked: np.ndarray) -> dict[str, float]:
        """Of embeddings of both sides."""
        learned, true = self.labels()
        found = {name: value for name, value in retrieval_metrics(asked, true).items() if name in FIGURES}
        both, train = np.concatenate([own, asked]), np.arange(len(own) + len(asked)) < len(own)
        said = accuracies(both, np.concatenate([learned, true]), train)
        found |= {f"accuracy, {name}": accuracy.mean for name, accuracy in said.items()}
        return {name: round(float(value), 4) for name, value in found.items()}

    def stored(self) -> tuple[np.ndarray, np.ndarray]:
        """The embeddings that the store has of the packaged encoder, of both sides."""
        packaged = load_model().encoder
        assert packaged is not None and packaged.id == self.store.encoder_id, "ingest again: of another encoder"
        own, asked = (self.store.embeddings(some.keys)[1] for some in (self.own, self.asked))
        return own, asked

    def encoded(self, part: EncoderPart) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings of both sides."""
        encoding = Encoding(self.store.base(), part)
        sides = [
            np.concatenate(
                [encoding.encode(field, weights.numpy(), self.device) for _, field, weights in some.blocks()]
            )
            for some in (self.own, self.asked)
        ]
        return sides[0], sides[1]


def controls(sides: Sides) -> dict[str, Callable[[], Pair]]:
    """What makes the embeddings of both sides, by the name of the row."""
    return {
        "packaged encoder, never saw such a shape": sides.stored,
        "probes, untrained": lambda: untrained(sides),
        "weight change, 128 main directions": lambda: directions(changes(sides.own), changes(sides.asked)),
        "occupancy histogram 12³, blurred, 128 main directions": lambda: directions(
            histograms(sides.own), histograms(sides.asked)
        ),
    }


def untrained(sides: Sides) -> Pair:
    torch.manual_seed(0)
    base = sides.store.base()
    return sides.encoded(EncoderPart.of("untrained", find("probes").begin(base), base))


def changes(some: Networks) -> np.ndarray:
    """(n, W) θ − θ₀."""
    return np.concatenate([weights.numpy() - some.base.start(field) for _, field, weights in some.blocks()])


def directions(own: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of both in the 128 main directions of the first."""
    main = PCA(128, svd_solver="randomized", random_state=0).fit(own)
    return unit(main.transform(own)), unit(main.transform(asked))


def histograms(some: Networks) -> np.ndarray:
    rows = []
    for points in clouds(some):
        cells, _ = np.histogramdd(points, bins=12, range=[(-1, 1)] * 3)
        rows.append(gaussian_filter(cells, 1.0).ravel())
    return unit(np.stack(rows))


def clouds(some: Networks) -> np.ndarray:
    """(n, p, 3) the source clouds, in the frame in which they are stored."""
    shapes = some.store.shapes_by_key([int(key) for key in some.keys])
    own = [shapes[int(key)] for key in some.keys]
    return np.stack([(np.load(shape.sources[0]) - shape.center) / shape.scale for shape in own])


def peer(sides: Sides, work: Path, epochs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of a point network that was trained on the same clouds and classes."""
    own, asked = (
        pointnet2.Grouped.of(torch.from_numpy(clouds(some)).float(), pointnet2.HALF)
        for some in (sides.own, sides.asked)
    )
    model = pointnet2.train(
        own, sides.own.label, pointnet2.HALF, work, epochs, seed, lambda line: print(line, flush=True)
    )
    return pointnet2.embeddings(model, own), pointnet2.embeddings(model, asked)


def crowds(store: Store) -> dict[str, dict[str, float]]:
    """Figures of the store's own embeddings by how many of all its shapes ask each other, means of five draws."""
    keys, matrix = store.embeddings()
    labels = store.values("label")
    classes, found = np.array([labels[int(key)] for key in keys]), {}
    for count in CROWDS:
        draws = [np.random.default_rng(seed).permutation(len(keys))[:count] for seed in range(5)]
        rows = [retrieval_metrics(matrix[some], classes[some]) for some in draws]
        found[str(count)] = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in FIGURES}
    return found


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def trained(
    store: Store, work: Path, name: str, recipe: EncoderRecipe, labels: str, start: EncoderPart | None, device: str
) -> Model:

    def said(progress: Progress) -> None:
        print(name, f"{progress.done}/{progress.total}", progress.current, flush=True)

    return train_encoder(
        store,
        work / name,
        work / f"{name}.work",
        recipe,
        labels=labels,
        where="split=train",
        start=start,
        name=name,
        device=device,
        on_progress=said,
    ).model


def compare(options: argparse.Namespace) -> None:
    store = open_store(options.store)
    split(store)
    device = processor(options.device)
    sides = Sides(store, device)
    facts = {"learned from": len(sides.own), "asked": len(sides.asked), "classes": len(sides.asked.names)}
    facts["profile"] = store.profile
    table, start = Table(options.name, facts), load_model(options.start).encoder if options.start else None
    if options.crowds:
        table.result["crowds"] = crowds(store)
        save(table.name, table.result)
    for folder in options.models:
        model = load_model(str(folder))
        assert model.encoder is not None
        table.add(folder.name, sides.score(*sides.encoded(model.encoder)))
    for kind in options.kinds:
        for labels in options.labels:
            for seed in options.seeds:
                recipe = replace(recipe_of(kind), seed=seed, held_out=HELD_OUT)
                recipe = replace(recipe, epochs=options.epochs or recipe.epochs)
                recipe = replace(recipe, patience=recipe.epochs)
                if start is not None:
                    recipe = replace(recipe, learning_rate=recipe.learning_rate / 3)
                if kind == "probes" and labels == "label":
                    recipe = replace(recipe, settings={"outline_share": OUTLINE})
                recipe = recipe if labels == "label" else replace(recipe, classes=0.0)
                recipe = replace(recipe, **{**options.recipe, **within(recipe, options.recipe)})
                words = [kind, "no labels" if labels == "none" else "labels", f"{recipe.epochs} epochs", f"seed {seed}"]
                words += [options.note] if options.note else [f"{key} {value}" for key, value in options.recipe.items()]
                words += [f"after {start.name}"] if start else []
                folder = "-".join(words).replace(" ", "_")
                model = trained(store, options.work, folder, recipe, labels, start, device)
                assert model.encoder is not None
                table.add(", ".join(words), sides.score(*sides.encoded(model.encoder)))
    for seed in options.seeds if options.peer else ():
        name = f"{pointnet2.HALF.name}, labels, {options.peer} epochs, seed {seed}"
        table.add(name, sides.score(*peer(sides, options.work, options.peer, seed)))
    for name, made in controls(sides).items() if options.controls else ():
        if name not in table.rows:
            table.add(name, sides.score(*made()))


def within(recipe: EncoderRecipe, further: dict[str, Any]) -> dict[str, Any]:
    """The recipe's warp and decoder with what the further settings change of them."""
    names = [name for name in ("warp", "decoder") if name in further]
    return {name: replace(getattr(recipe, name), **further[name]) for name in names}


class Table:
    """Rows of a result; those of an earlier run on the same shapes stay, each with the commit that it was made at."""

    def __init__(self, name: str, facts: dict[str, Any]) -> None:
        self.name, self.result = name, provenance() | facts
        path = RESULTS / f"{name}.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        same = all(before.get(key) == value for key, value in facts.items())
        self.rows: dict[str, Any] = before["figures"] if same else {}
        if same and "crowds" in before:
            self.result["crowds"] = before["crowds"]
        self.result["figures"] = self.rows

    def add(self, name: str, row: dict[str, float]) -> None:
        self.rows[name] = {**row, "commit": self.result["commit"]}
        print(name, row, flush=True)
        save(self.name, self.result)


def main() -> None:
    parser = argparse.ArgumentParser(description="Encoders by kind on fitted ModelNet.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--kinds", nargs="*", default=["probes", "weights", "inr2vec"])
    parser.add_argument("--labels", nargs="+", default=["label"], help="label, none or both")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--start", help="a model whose encoder the trainings go on from, at a third of the rate")
    parser.add_argument("--peer", type=int, metavar="EPOCHS", help="also train a point network for so long")
    parser.add_argument("--crowds", action="store_true", help="also what the number of the shapes asked changes")
    parser.add_argument("--controls", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--models", nargs="+", type=Path, default=[], help="that are there already, to be measured")
    parser.add_argument("--recipe", type=json.loads, default={}, metavar="JSON", help="further settings of a training")
    parser.add_argument("--note", metavar="TEXT", help="what the row says of the further settings")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--name", default="encoders", help="of the result")
    compare(parser.parse_args())


if __name__ == "__main__":
    main()
