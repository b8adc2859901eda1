"""Part segmentation of the labelled Princeton meshes by heads on stored embeddings, against the nearest's labels.

    inrstore --store psb.store init --profile fast
    inrstore --store psb.store ingest DATA/psb_labeled_dev --parts --labels-from parent
    python benchmarks/segmentation.py psb.store [--seeds 0 1 2]

Of each class seven shapes in ten, drawn by the seed, are learned from; of the others every face of the source is asked
at its middle. Rows: the head that sees what the network says around a point, and learns from stretched copies as well;
the published one, which sees embedding, class and point alone; and as a control the labels of the nearest labelled
point of the shape of the class that is most alike by embedding. Accuracy is the share of faces whose part is right,
mIoU the mean over the parts of the class, by faces; both are means of classes of the means of their shapes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from record import provenance, save
from scipy.spatial import cKDTree

from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load
from ingest.files.part_labels import parted as said_of
from ingest.sampling.normalise import into
from inrstore.metrics.segmentation import OfShape, of_shape, segmentation_figures
from inrstore.records import Frame, Shape
from inrstore.store import Store, open_store
from inrstore.tasks import Parted, Segmenter, SegmenterRecipe, train_segmenter
from inrstore.tasks.segmentation.segmenter import smoothed

Faces = dict[int, tuple[np.ndarray, list[str]]]
Said = Callable[[int, np.ndarray], list[str]]
"""Of the place of a shape and points of it, what their parts are called."""
LEARNED = 0.7
FIGURES = ("accuracy of classes", "class mIoU", "accuracy", "instance mIoU")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=SegmenterRecipe.steps)
    options = parser.parse_args()
    store = open_store(options.store)
    faces = {shape.key: faces_of(shape) for shape in store.shapes_by_key(store.part_label_keys()).values()}
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in options.seeds:
        split(store, seed)
        for name, found in of_seed(store, faces, seed, options.steps).items():
            rows.setdefault(name, []).append(found)
            print(seed, name, found, flush=True)
    figures = {
        name: {key: round(float(np.mean([one[key] for one in some])), 4) for key in some[0]}
        for name, some in rows.items()
    }
    save("segmentation", {**provenance(), "shapes": len(faces), "seeds": options.seeds, "figures": figures})


def split(store: Store, seed: int) -> None:
    """Tags side=train and side=test."""
    labels, generator = store.values("label"), np.random.default_rng(seed)
    for name in sorted(set(labels.values())):
        keys = generator.permutation([key for key in sorted(labels) if labels[key] == name])
        count = round(len(keys) * LEARNED)
        store.retag({int(k): {"side": "train" if place < count else "test"} for place, k in enumerate(keys)})


def faces_of(shape: Shape) -> tuple[np.ndarray, list[str]]:
    """(f, 3) the middles of a source's faces, in the frame of its shape, and what their parts are called."""
    geometry = load(shape.sources[0])
    said = said_of(shape.sources[0], geometry, Limits())
    assert said is not None and isinstance(geometry, Mesh)
    middles = into(geometry.vertices[geometry.faces].mean(axis=1), Frame(shape.center, shape.scale, shape.rotation))
    return middles.astype(np.float32), [said.names[place] for place in said.part]


def of_seed(store: Store, faces: Faces, seed: int, steps: int) -> dict[str, dict[str, float]]:
    own, asked = (Parted.of(store, where=[f"side={side}"]) for side in ("train", "test"))
    found = {"nearest shape's labels": figures(asked, faces, lambda at, points: transferred(own, asked, at, points))}
    for name, sees in (("sees the network", True), ("published", False)):
        recipe = SegmenterRecipe(sees=sees, seed=seed, steps=steps, copies=SegmenterRecipe.copies if sees else 1)
        trained = train_segmenter(store, recipe=recipe, split="side", name=name)
        segmenter = Segmenter(trained.head, store.base().siren)

        def said(place: int, points: np.ndarray, segmenter: Segmenter = segmenter) -> list[str]:
            kind = asked.shapes.names[asked.shapes.label[place]]
            answer = segmenter.probabilities(asked.shapes.rows[place], asked.weights[place], kind, points)
            return [segmenter.names(kind)[part] for part in smoothed(answer, points).argmax(axis=1)]

        found[name] = {**figures(asked, faces, said), "seconds": round(trained.seconds, 1)}
    return found


def transferred(own: Parted, asked: Parted, place: int, points: np.ndarray) -> list[str]:
    """By the nearest labelled point of the shape of the class that is most alike."""
    kind = asked.shapes.names[asked.shapes.label[place]]
    same = np.flatnonzero(own.shapes.label == own.shapes.names.index(kind))
    like = same[(own.shapes.rows[same] @ asked.shapes.rows[place]).argmax()]
    near = cKDTree(own.points[like]).query(points)[1]
    return [own.parts[part][1] for part in own.part[like][near]]


def figures(asked: Parted, faces: Faces, said: Said) -> dict[str, float]:
    found: list[OfShape] = []
    for place, key in enumerate(asked.shapes.keys.tolist()):
        kind = asked.shapes.names[asked.shapes.label[place]]
        points, true = faces[key]
        names = {asked.parts[part][1]: number for number, part in enumerate(asked.of_class(kind))}
        answer = np.array([names.get(name, -1) for name in said(place, points)])
        found.append(of_shape(kind, answer, np.array([names[name] for name in true]), range(len(names))))
    all_of = segmentation_figures(found)
    return {name: round(all_of[name], 4) for name in FIGURES}


if __name__ == "__main__":
    main()
