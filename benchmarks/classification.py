"""The classifier head against its controls: accuracy, calibration, and whether it knows what it never learned.

    python benchmarks/classification.py STORE [STORE ...] [--seeds 0 1 2]

A STORE is one of `encoders.py` (tag split) or of `classes.py` (five folds); of each its own embeddings are used. Rows
are the linear head, the published network (`mlp`), and as a control the nearest neighbour. "known" tells how well the
flag "unlike anything trained on" parts shapes of classes that were learned from those of a quarter of the classes that
were not: the area under the curve of the greatest logit, and the shares of both that are flagged. Heads are kept in
the stores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from record import provenance, save
from sklearn.metrics import roc_auc_score

from inrstore.store import Store, open_store
from inrstore.tasks import Classifier, ClassifierRecipe, Labelled, train_classifier

HELD_BACK = 4
"""One class in so many is not learned, to see whether its shapes are flagged."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    result = provenance()
    result["figures"] = {path.stem: of_store(open_store(path), options.seeds) for path in options.stores}
    save("classification", result)


def of_store(store: Store, seeds: list[int]) -> dict[str, object]:
    split = "split" if "test" in store.values("split").values() else None
    found: dict[str, object] = {"encoder": store.encoder().name, "split": split or "five folds"}
    for network in ("linear", "mlp"):
        rows = []
        for seed in seeds:
            trained = train_classifier(store, recipe=ClassifierRecipe(network, seed=seed), split=split, name=network)
            rows.append({**trained.figures, "seconds": round(trained.seconds, 1)})
            print(store.url, network, seed, rows[-1], flush=True)
        found[network] = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
    found["nearest neighbour"] = {"accuracy": nearest(store, split)}
    rows = [strangers(store, seed) for seed in seeds]
    found["strangers"] = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
    print(found["nearest neighbour"], found["strangers"], flush=True)
    return found


def nearest(store: Store, split: str | None) -> float:
    """Accuracy of the nearest neighbour: among the shapes to learn from, or leave one out."""
    all_of = Labelled.of(store)
    tags = store.values(split) if split else {}
    train = np.array([tags.get(int(key), "train") == "train" for key in all_of.keys])
    asked = np.flatnonzero(~train) if split else np.arange(len(all_of))
    cosines = all_of.rows[asked] @ all_of.rows[train].T
    if not split:
        np.fill_diagonal(cosines, -1)
    right = all_of.label[train][cosines.argmax(axis=1)] == all_of.label[asked]
    return round(float(right.mean()), 4)


def strangers(store: Store, seed: int) -> dict[str, float]:
    """With a fifth of the shapes of the learned classes, and all of the others, asked."""
    all_of = Labelled.of(store)
    rng = np.random.default_rng(seed)
    strange = rng.permutation(all_of.names)[: max(1, len(all_of.names) // HELD_BACK)].tolist()
    asked = rng.random(len(all_of)) < 0.2
    new = np.isin(np.array(all_of.names)[all_of.label], strange)
    side = np.where(new, "stranger", np.where(asked, "test", "train"))
    store.retag({int(key): {"known": str(name)} for key, name in zip(all_of.keys, side, strict=True)})
    trained = train_classifier(store, recipe=ClassifierRecipe(seed=seed), where=["known=train"], name="known")
    classifier = Classifier(trained.head)
    logits = {name: classifier.logits(all_of.rows[side == name]) for name in ("test", "stranger")}
    most = np.concatenate([some.max(axis=1) for some in logits.values()])
    truth = np.repeat([0, 1], [len(some) for some in logits.values()])
    return {
        "area": float(roc_auc_score(truth, -most)),
        "known flagged": float(classifier.unlike(logits["test"]).mean()),
        "strangers flagged": float(classifier.unlike(logits["stranger"]).mean()),
    }


if __name__ == "__main__":
    main()
