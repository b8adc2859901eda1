"""Finding shapes by words that are nowhere written: heads that have learned neither the object asked for nor its name.

    apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
    python examples/prepare_training.py --names WORK/meshes out/usr/share/sweethome3d/furniture/*.sh3f
    inrstore init furniture.store && inrstore ingest WORK/meshes --store furniture.store
    inrstore label --from-csv WORK/meshes/names.csv --store furniture.store   (and tag: category, and tags as captions)
    (the same with --profile fast for examples/captioned_shapes.py, as captioned.store)
    python benchmarks/crossmodal.py furniture.store captioned.store [--modelnet STORE]

Five folds by name. Right answers to a name are all objects called so, with every word hidden. `among all`: of 820
objects, four fifths of which the head has learned, which puts the others at a disadvantage; `among new ones`: of those
alone that it has not. Controls: a guess; a head with its numbers in random order; the catalogue's category as an oracle
(the right category, then by chance). The encoder of the shapes has learned classes from names of most of these objects,
see its card. ModelNet's classes (a store whose shapes have the label, and split=test or train) no head and no encoder
has seen. Pictures are asked by crossmodal_pictures.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from record import provenance, save

from inrstore.model import Head
from inrstore.store import Store, open_store
from inrstore.tasks.crossmodal.captions import Captioned
from inrstore.tasks.crossmodal.head import TEXT, QueryHead
from inrstore.tasks.crossmodal.train_text import Pairs, TextRecipe, learn_text, read_captions
from inrstore.towers import text_tower

FOLDS, FIRST = 5, 10
OUT = 10
"""ModelNet's classes that a head has not learned, in each of four draws."""


class Figures:
    """Of queries, whether the first hit is right, and one in the first ten; with intervals by bootstrap."""

    def __init__(self) -> None:
        self._found: dict[str, list[np.ndarray]] = {}

    def add(self, name: str, scores: np.ndarray, right: np.ndarray) -> None:
        """Scores and which are right, both (q, n); queries without a right answer are left out."""
        there = right.any(axis=1)
        order = np.argsort(-scores[there], axis=1, kind="stable")[:, :FIRST]
        found = np.take_along_axis(right[there], order, axis=1)
        self._found.setdefault(name, []).append(np.stack([found[:, 0], found.any(axis=1)], axis=1))

    def table(self) -> dict[str, Any]:
        rng, out = np.random.default_rng(0), {}
        for name, parts in self._found.items():
            all_of = np.concatenate(parts).astype(float)
            draws = np.stack([all_of[rng.integers(len(all_of), size=len(all_of))].mean(axis=0) for _ in range(1_000)])
            low, high = np.quantile(draws, [0.025, 0.975], axis=0)
            out[name] = {
                what: {
                    "mean": round(float(all_of[:, k].mean()), 4),
                    "95 %": [round(float(low[k]), 4), round(float(high[k]), 4)],
                }
                for k, what in enumerate(("first", "first ten"))
            } | {"queries": len(all_of)}
        return out


def head_of(kind: str, settings: Mapping[str, Any], tensors: Mapping[str, Any]) -> QueryHead:
    own = {**settings, "floor": 0.0, "slope": [1.0, 0.0]}
    return QueryHead(Head.task(kind, kind, "", own, tensors, {}))


def random_head(head: QueryHead, seed: int) -> QueryHead:
    """The same with numbers of the same size in random order, but for the space."""
    rng = np.random.default_rng(seed)
    mixed = {
        key: value if key.startswith("space") else rng.permuted(np.asarray(value).ravel()).reshape(value.shape)
        for key, value in head.head.tensors.items()
    }
    return head_of(head.kind, head.head.settings["settings"], mixed)


def scores_of(head: QueryHead, features: np.ndarray, rows: np.ndarray) -> np.ndarray:
    asked = head.ask(features.astype(np.float32))
    return asked.vectors @ rows.T


def names(figures: Figures, store: Store, also: Sequence[Store]) -> None:
    """Queries are names; no head has learned the name, or an object called so."""
    tower, known = text_tower(), Captioned.of([store, *also])
    alone = Captioned.of([store])
    first = known.about[0]["shapes"]
    called = np.array([said[0].lower() for said in alone.captions])
    category = np.array(categories(store))
    fold, rows = known.folds(FOLDS, 0), known.rows[:first]
    for one in range(FOLDS):
        asked = sorted(set(called[fold[:first] == one]))
        features, right = tower.encode(asked), called[None] == np.array(asked)[:, None]
        new = fold[:first] == one
        for what, data in (("", known), (", furniture alone", alone)):
            pairs: Pairs = read_captions(tower, data, TextRecipe().further, None)
            head = head_of(TEXT, *learn_text(data.rows, pairs.of(fold[: len(data)] != one), TextRecipe(), tower))
            scores = scores_of(head, features, rows)
            figures.add(f"names, among all{what}", scores, right)
            figures.add(f"names, among new ones{what}", scores[:, new], right[:, new])
        figures.add("names, random head", scores_of(random_head(head, one), features, rows), right)
        rng = np.random.default_rng(one)
        same = np.array([[c == category[np.flatnonzero(line)[0]] for c in category] for line in right])
        figures.add("names, the right category", same + rng.random(same.shape), right)
        figures.add("names, a guess", rng.random(right.shape), right)


def categories(store: Store) -> list[str]:
    keys, _ = store.embeddings()
    shapes = store.shapes_by_key(keys.tolist())
    return [shapes[int(key)].label or "" for key in keys]


def modelnet(path: Path, heads: Path) -> dict[str, Any]:
    """Classes by their names alone: by the shipped head; and by heads that learn thirty and are asked for ten."""
    store, tower = open_store(path), text_tower()
    keys, rows = store.embeddings()
    shapes = store.shapes_by_key(keys.tolist())
    label = np.array([shapes[int(key)].label for key in keys])
    test = np.array([shapes[int(key)].tags["split"] == "test" for key in keys])
    classes = np.unique(label)
    features = tower.encode([str(name).replace("_", " ") for name in classes])
    shipped = QueryHead(Head.load(heads / TEXT))
    out = {"shipped head, 40 classes": _accuracy(shipped, features, rows[test], classes, label[test])}
    draws = []
    for seed in range(4):
        new = np.isin(classes, np.random.default_rng(seed).permutation(classes)[:OUT])
        learned = ~test & np.isin(label, classes[~new])
        own = np.searchsorted(classes, label[learned])
        pairs = Pairs(features[own], np.flatnonzero(learned), np.ones(len(own), np.float32))
        head = head_of(TEXT, *learn_text(rows, pairs, TextRecipe(), tower))
        asked = test & np.isin(label, classes[new])
        draws.append(_accuracy(head, features[new], rows[asked], classes[new], label[asked])["as it is"])
        out.setdefault("shipped head, the same 10", []).append(
            _accuracy(shipped, features[new], rows[asked], classes[new], label[asked])["as it is"]
        )
    return {**out, "30 classes learned, 10 asked": draws, "mean": round(float(np.mean(draws)), 4)}


def _accuracy(
    head: QueryHead, features: np.ndarray, rows: np.ndarray, classes: np.ndarray, label: np.ndarray
) -> dict[str, float]:
    """As it is; and with each class's likeness standardised over the shapes, as `inrstore tag --vocabulary` does."""
    inside = head.inside(features)
    inside /= np.maximum(np.linalg.norm(inside, axis=1, keepdims=True), 1e-9)
    likeness = head.space.inside(rows) @ inside.T
    level = (likeness - likeness.mean(axis=0)) / likeness.std(axis=0)
    said = {"as it is": likeness, "standardised": level}
    return {name: round(float((classes[some.argmax(axis=1)] == label).mean()), 4) for name, some in said.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("furniture", "captioned"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--modelnet", type=Path)
    options = parser.parse_args()
    result, figures = provenance(), Figures()
    furniture, captioned = (open_store(path) for path in (options.furniture, options.captioned))
    names(figures, furniture, [captioned])
    print(json.dumps(figures.table(), indent=1), flush=True)
    result |= {"objects": len(furniture.keys()), "captioned": len(captioned.keys()), "figures": figures.table()}
    if options.modelnet:
        packaged = Path(__file__).parents[1] / "inrstore" / "tasks" / "crossmodal" / "packaged"
        result["modelnet40"] = modelnet(options.modelnet, packaged)
    print(json.dumps(result, indent=1))
    save("crossmodal", result)


if __name__ == "__main__":
    main()
