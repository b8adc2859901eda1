"""The shapes that a road takes of a store: their meshes, samples of the true distance, and who is new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ingest.files.geometry import Mesh
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import sample_mesh
from inrstore.errors import BadInput
from inrstore.metrics import retrieve
from inrstore.network.fields import FieldSamples
from inrstore.network.recipe import Recipe
from inrstore.records import Shape
from inrstore.store import Store
from inrstore.surface.comparison import Surface
from inrstore.surface.points import Faces, Vertices, surface_points

SEED = 2023
SAMPLES = 20_000
"""Points of a surface, where two are compared."""
TAUS = (0.01, 0.02)
Samples = tuple[torch.Tensor, torch.Tensor]
"""(n, m, 3) points and (n, m) values."""
FIGURES = ("hit@1", "hit@5", "hit@10", "map")


@dataclass(frozen=True, eq=False)
class SetOfShapes:
    """Shapes in the order in which they were drawn, those that are learned from first."""

    keys: NDArray[np.int64]
    labels: NDArray[np.str_]
    meshes: list[Mesh]
    new: NDArray[np.bool_]
    """(n,) whether a shape is not learned from."""

    @classmethod
    def of(cls, store: Store, train: int | None, new: int) -> SetOfShapes:
        """`train` shapes, by default all others, and `new` ones, of the labelled sdf shapes of a store of meshes.

        Errors: BadInput where there are fewer, or a source is not the mesh that was ingested.
        """
        shapes = [shape for shape in store if shape.field == "sdf" and shape.label is not None]
        count = len(shapes) if train is None else train + new
        if not 0 < new < count <= len(shapes):
            raise BadInput(f"{count} shapes, {new} of them new, of {len(shapes)} labelled ones; ask for fewer")
        order = np.random.default_rng(SEED).permutation(len(shapes))[:count]
        drawn = [shapes[int(place)] for place in order]
        return cls(
            np.array([shape.key for shape in drawn]),
            np.array([shape.label for shape in drawn]),
            [source_of(shape) for shape in drawn],
            np.arange(count) >= count - new,
        )

    def samples(self, recipe: Recipe, places: NDArray[np.int64]) -> list[FieldSamples]:
        """True signed distances as ingest draws them for this recipe, each shape with a seed of its own."""
        return [self._drawn(place, recipe) for place in places]

    def _drawn(self, place: int, recipe: Recipe) -> FieldSamples:
        mesh, rng = self.meshes[place], np.random.default_rng(int(self.keys[place]))
        return sample_mesh(mesh.vertices, mesh.faces, "sdf", recipe.sampling, rng)[0]

    def asked(self, count: int) -> NDArray[np.int64]:
        """(k,) places of those whose surfaces are compared: at most so many a side, evenly spread."""
        sides = [np.flatnonzero(self.new == side) for side in (False, True)]
        return np.concatenate([side[:: -(-len(side) // count)] for side in sides])

    def error(self, place: int, vertices: Vertices, faces: Faces) -> dict[str, float]:
        """Chamfer-L1 and F-scores of a surface against the mesh at this place.

        Of exact distances, from points of each to the triangles of the other, so that a perfect surface has none.
        """
        mesh = self.meshes[place]
        there = _distances((vertices, faces), (mesh.vertices, mesh.faces))
        back = _distances((mesh.vertices, mesh.faces), (vertices, faces))
        shares = {tau: (float(np.mean(there <= tau)), float(np.mean(back <= tau))) for tau in TAUS}
        scores = {f"f@{tau:g}": 2 * one * other / max(one + other, 1e-12) for tau, (one, other) in shares.items()}
        return {"chamfer_l1": float(there.mean() + back.mean()) / 2, **scores}

    def retrieval(self, rows: np.ndarray) -> dict[str, dict[str, float]]:
        """Leave one out among all shapes: means over the queries that are learned from, and over the new ones."""
        found = retrieve(rows, self.labels)
        _, classes, sizes = np.unique(self.labels, return_inverse=True, return_counts=True)
        new = self.new[sizes[classes] > 1]  # the others have nothing to ask for
        return {
            side: {name: round(float(found.figures[name][new == which].mean()), 4) for name in FIGURES}
            for side, which in (("train", False), ("new", True))
        }


def source_of(shape: Shape) -> Mesh:
    """The mesh of a shape as it was fitted, from its source. Errors: BadInput."""
    found = normalise(load(shape.sources[0]))
    frame = found.frame
    same = shape.rotation is None and np.allclose([*frame.center, frame.scale], [*shape.center, shape.scale])
    if not isinstance(found.geometry, Mesh) or not same:
        raise BadInput(f"{shape.name}: its source is no mesh in the pose that is stored; ingest it without --align")
    return found.geometry


def _distances(one: tuple[Vertices, Faces], other: tuple[Vertices, Faces]) -> NDArray[np.float64]:
    points = surface_points(*one, SAMPLES, np.random.default_rng(1))
    return Surface(*other).distances(points)


def stacked(samples: list[FieldSamples]) -> Samples:
    """Those of shapes of which there are equally many."""
    points, values = (np.stack([getattr(some, name) for some in samples]) for name in ("points", "values"))
    return torch.from_numpy(points), torch.from_numpy(values)
