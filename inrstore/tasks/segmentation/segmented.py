"""A surface with a part for each of its faces, or a cloud with one for each of its points."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import atomic_path
from inrstore.records import FloatArray, NewShape, Shape
from inrstore.surface.painted import palette, write_painted

from ..classification.classifier import Classifier
from .parted import NO_CLASS
from .segmenter import Segmenter, smoothed

if TYPE_CHECKING:
    from inrstore.store import Ref, Store

ENDINGS = (".ply", ".glb", ".npz")


@dataclass(frozen=True, eq=False)
class Segmented:
    """In the coordinates of the source."""

    kind: str
    """The class that it was segmented as."""
    names: tuple[str, ...]
    """Of the class's parts."""
    part: NDArray[np.int64]
    """(f,) of the faces, or (n,) of the points: places in `names`."""
    probability: FloatArray
    """Of each."""
    vertices: NDArray[np.float64]
    """(v, 3), or the points (n, 3)."""
    faces: NDArray[np.int64] | None
    """(f, 3); None of a cloud."""
    decoded: bool = False
    """Whether they are of the network, and in no file."""

    def shares(self) -> dict[str, float]:
        """Of the area, or of the points, what each part has."""
        if self.faces is None:
            sizes = np.ones(len(self.part))
        else:
            a, b, c = (self.vertices[self.faces[:, corner]] for corner in range(3))
            sizes = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        total = np.bincount(self.part, sizes, minlength=len(self.names)) / max(float(sizes.sum()), 1e-300)
        return dict(zip(self.names, total.tolist(), strict=True))

    def to_dict(self) -> dict[str, Any]:
        what = "points" if self.faces is None else "faces"
        counts = np.bincount(self.part, minlength=len(self.names)).tolist()
        shares = self.shares()
        parts = [{"name": n, what: c, "share": shares[n]} for n, c in zip(self.names, counts, strict=True)]
        return {"label": self.kind, what: len(self.part), "parts": parts}

    def write(self, path: str | os.PathLike[str]) -> Path:
        """PLY or GLB with a colour a part, or NPZ with what `inrstore ingest --parts` reads.

        Beside a file that was segmented these are its parts alone; of a stored shape the decoded surface is in it, too.
        Errors: BadInput for another ending, StorageFull.
        """
        target = Path(path)
        if target.suffix.lower() != ".npz":
            return write_painted(self.vertices, self.faces, palette(len(self.names))[self.part], target)
        name = "point_part" if self.faces is None else "face_part"
        arrays: dict[str, Any] = {name: self.part, "part_names": np.array(self.names), "probability": self.probability}
        if self.decoded:
            own = {"points": self.vertices} if self.faces is None else {"vertices": self.vertices, "faces": self.faces}
            arrays |= own
        with atomic_path(target) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)
        return target


def segment_shape(
    store: Store, segmenter: Segmenter, ref: Ref, *, kind: str | None = None, resolution: int = 128
) -> Segmented:
    """A stored shape, decoded, with its parts; of a cloud, points of its surface.

    kind : the class to segment it as; by default the one that it has, see `kind_of`

    Errors: as `Store.shape` and `Segmenter.probabilities`; EmptySurface; BadInput if its class is not known.
    """
    from inrstore.surface.export import shape_cloud, shape_mesh

    shape = store.shape(ref)
    _, rows = store.embeddings([shape.key])
    if not len(rows):
        raise BadInput(f"{shape.name} has no embedding: run 'inrstore encode'")
    own = kind or kind_of(store, segmenter, rows[0], store.values(segmenter.label).get(shape.key))
    weights = store.weights([shape.key])[0]
    if shape.kind == "cloud":
        found = segmented(segmenter, shape, rows[0], weights, own, shape_cloud(store, shape), None)
    else:
        mesh = shape_mesh(store, shape, resolution=resolution)
        surface = np.asarray(mesh.vertices), np.asarray(mesh.faces)
        found = segmented(segmenter, shape, rows[0], weights, own, *surface)
    return replace(found, decoded=True)


def segmented(
    segmenter: Segmenter,
    shape: Shape | NewShape,
    embedding: FloatArray,
    weights: FloatArray,
    kind: str,
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64] | None,
) -> Segmented:
    """Vertices (v, 3) and faces (f, 3), or points, in source coordinates, of a shape with embedding and network."""
    asked = vertices if faces is None else vertices[faces].mean(axis=1)
    turn = np.eye(3) if shape.rotation is None else np.array(shape.rotation).reshape(3, 3)
    points = (asked - np.array(shape.center)) @ turn.T / shape.scale
    there = np.isfinite(points).all(axis=1)  # scanners write NaN for what they did not see
    own = points[there].astype(np.float32)
    said = smoothed(segmenter.probabilities(embedding, weights, kind, own), own)
    part, probability = np.zeros(len(points), np.int64), np.zeros(len(points), np.float32)
    part[there], probability[there] = said.argmax(axis=1), said.max(axis=1)
    return Segmented(kind, segmenter.names(kind), part, probability, vertices, faces)


def kind_of(store: Store, segmenter: Segmenter, embedding: FloatArray, label: str | None) -> str:
    """The class to segment a shape as: its label; without one the only class, or what a classifier of them says.

    Errors: BadInput if that is none that the segmenter knows, or it is unlike all classes.
    """
    known: Sequence[str] = segmenter.classes
    if list(known) == [NO_CLASS]:
        return NO_CLASS
    if label is not None and label in known:
        return label
    if label is None and len(known) == 1:
        return known[0]
    what = f"it is a {label!r}" if label is not None else "it has no label"
    if label is None and (classifier := _classifier(store, segmenter)) is not None:
        (named,) = classifier.classify(embedding[None])
        if named.label in known and not named.unlike:
            return named.label
        strange = "unlike all classes" if named.unlike else f"most like a {named.label!r}"
        what = f"the classifier {classifier.head.name!r} finds it {strange}"
    raise BadInput(f"{what}, and the segmenter {segmenter.head.name!r} knows {', '.join(known)[:200]}; give --label")


def _classifier(store: Store, segmenter: Segmenter) -> Classifier | None:
    """The last classifier of the segmenter's classes."""
    for entry in store.heads("classifier"):
        if entry.encoder == store.encoder_id:
            found = Classifier(store.head(entry.id))
            if found.label == segmenter.label:
                return found
    return None
