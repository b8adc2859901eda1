"""What a generator makes, as surfaces: each beside the shape it learned from that is most like it; and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface, ModelMismatch
from inrstore.metrics.generation import Distances, nearest_of, remembered
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray, Shape
from inrstore.store import Conditions, Store
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import Field, extract_cloud
from inrstore.surface.meshes import MESH_FORMATS, write_mesh
from inrstore.surface.points import Faces, Vertices

from ..codes import Codes
from .generator import Generator, Label
from .learned import GENERATED

POINTS = 2_048
"""Of a cloud that is compared, as in PointFlow."""
RESOLUTION = 64
"""Cells a side of the surfaces that such clouds are drawn from."""
Clouds = list[FloatArray]


@dataclass(frozen=True, eq=False)
class Sample:
    """A new shape, in normalised coordinates."""

    code: FloatArray
    """(dim,) of length one."""
    label: Label
    """The class that was asked for, or drawn."""
    vertices: Vertices
    faces: Faces
    nearest: Shape | None
    """That which was learned from whose code is nearest; None if all were removed from the store."""
    distance: float | None
    """To it, of codes, Euclidean: 0 to 2."""


@dataclass(frozen=True, eq=False)
class Made:
    """What was asked of a generator. `generate` makes it."""

    generator: Generator
    seed: int
    samples: list[Sample] = field(default_factory=list)
    empty: int = 0
    """Codes that have no surface; of these there is no sample."""

    def write(self, directory: str | Path, format: str = "obj") -> list[Path]:
        """Meshes, named by seed and number, in a directory, which is made. Errors: BadInput, StorageFull."""
        if format not in MESH_FORMATS:
            raise BadInput(f"format is {format!r}; a mesh is written as one of {', '.join(MESH_FORMATS)}")
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        paths = [directory / f"sample-{self.seed}-{number:03}.{format}" for number in range(len(self.samples))]
        for sample, path in zip(self.samples, paths, strict=True):
            write_mesh(sample.vertices, sample.faces, path)
        return paths


def generate(
    codes: Codes,
    generator: Generator,
    count: int = 16,
    *,
    label: Label = None,
    seed: int = 0,
    guidance: float = 1.0,
    resolution: int = 128,
    on_progress: OnProgress | None = None,
) -> Made:
    """New shapes as meshes, `resolution` cells a side; one whose code has no surface is counted and left out.

    Errors: ModelMismatch if the generator's codes are of another encoder; EmptySurface if none has a surface; as
    `Generator.draw` and `Generator.sample`.
    """
    _check(codes, generator)
    labels = generator.draw(count, label, seed)
    rows = generator.sample(labels, seed, guidance)
    surfaces = _surfaces(codes, rows, generator.field, resolution, on_progress)
    if not any(surfaces):
        raise EmptySurface(f"none of {count} codes has a surface; train the generator longer, or from more shapes")
    nearest = _nearest(codes, generator, rows)
    samples = [
        Sample(row, own, *surface, *near)
        for row, own, surface, near in zip(rows, labels, surfaces, nearest, strict=True)
        if surface is not None
    ]
    return Made(generator, seed, samples, count - len(samples))


def evaluate_generator(
    codes: Codes,
    generator: Generator,
    count: int = 50,
    *,
    split: str | None = None,
    where: Conditions | None = None,
    seed: int = 0,
    guidance: float = 1.0,
    on_progress: OnProgress | None = None,
) -> dict[str, float]:
    """Figures of `metrics.generation` of as many samples as references: stored shapes that were not learned from.

    References are at most `count`, drawn at random, as their own networks have them; their classes are asked for.

    split : a tag: only shapes in which it is test.
    where : only shapes that fulfil these conditions.

    Errors: BadInput if fewer than two such shapes are there; as `generate`.
    """
    _check(codes, generator)
    keys = references(codes.store, generator, split=split, where=where)
    keys = np.sort(np.random.default_rng(seed).permutation(keys)[:count])
    known = {} if generator.label is None else codes.store.values(generator.label)
    labels = [name if (name := known.get(key)) in generator.classes else None for key in keys.tolist()]
    rows = generator.sample(labels, seed, guidance)
    samples, own = code_clouds(codes, rows, generator.field, on_progress), stored_clouds(codes.store, keys, on_progress)
    same = min(len(samples), len(own))
    if not same:
        raise EmptySurface(f"{len(samples)} codes and {len(own)} references have a surface; train the generator longer")
    learned = codes.store.embeddings(generator.learned(codes.store), encoder=codes.id)[1]
    figures = {**Distances.of(samples[:same], own[:same], on_progress).figures(), **remembered(rows, learned)}
    rounded = {key: float(f"{value:.4g}") for key, value in figures.items()}
    return {**rounded, "samples": same, "empty": len(rows) - len(samples)}


def references(
    store: Store, generator: Generator, *, split: str | None = None, where: Conditions | None = None
) -> NDArray[np.int64]:
    """(n,) keys of the shapes that fulfil this and that were neither learned from nor made. Errors: BadInput."""
    keys = store.keys(where)
    sides, made = ({} if split is None else store.values(split)), store.values(GENERATED)
    own = [key for key in keys.tolist() if key not in made and (split is None or sides.get(key) == "test")]
    found = np.setdiff1d(np.array(own, np.int64), generator.learned(store))
    if len(found) < 2:
        raise BadInput(
            f"{len(found)} of {len(own)} such shapes were not learned from, and two are needed: train the generator on "
            "some alone, as with --split TAG"
        )
    return found


def code_clouds(codes: Codes, rows: FloatArray, name: str, on_progress: OnProgress | None = None) -> Clouds:
    """Clouds (`POINTS`, 3) of the surfaces that codes (n, dim) stand for; of those that have none there is none."""
    return _clouds(((codes.field(row, name), name) for row in rows), Meter(on_progress, len(rows), stage="decoding"))


def stored_clouds(store: Store, keys: NDArray[np.int64], on_progress: OnProgress | None = None) -> Clouds:
    """As `code_clouds`, of stored shapes as their networks have them."""
    shapes = store.shapes_by_key(keys.tolist())
    fields = (shape_field(store, shapes[key]) for key in keys.tolist())
    return _clouds(fields, Meter(on_progress, len(keys), stage="decoding references"))


def _clouds(fields: Iterable[tuple[Field, str]], meter: Meter) -> Clouds:
    found = []
    for own, name in fields:
        with suppress(EmptySurface):
            found.append(extract_cloud(own, name, POINTS, resolution=RESOLUTION))
        meter.step()
    return found


def _surfaces(
    codes: Codes, rows: FloatArray, name: str, resolution: int, on_progress: OnProgress | None
) -> list[tuple[Vertices, Faces] | None]:
    """Of each code; None where it has none."""
    meter, found = Meter(on_progress, len(rows), stage="decoding"), list[tuple[Vertices, Faces] | None]()
    for row in rows:
        try:
            found.append(codes.surface(row, name, resolution))
        except EmptySurface:
            found.append(None)
        meter.step()
    return found


def _check(codes: Codes, generator: Generator) -> None:
    """Errors: ModelMismatch."""
    if generator.head.encoder_id != codes.id:
        raise ModelMismatch(
            f"generator {generator.head.name!r} makes codes of the encoder {generator.head.encoder_id[:12]}, these are "
            f"of {codes.id[:12]}; train it again: inrstore train generator"
        )


def _nearest(codes: Codes, generator: Generator, rows: FloatArray) -> Sequence[tuple[Shape | None, float | None]]:
    """What was learned from that is nearest to codes (n, dim), and how far off that is."""
    keys, learned = codes.store.embeddings(generator.learned(codes.store), encoder=codes.id)
    if not len(keys):
        return [(None, None)] * len(rows)
    places, distances = nearest_of(rows, learned)
    shapes = codes.store.shapes_by_key(keys[np.unique(places)].tolist())
    return [(shapes[int(keys[place])], float(far)) for place, far in zip(places, distances, strict=True)]
