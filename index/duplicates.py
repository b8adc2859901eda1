"""Shapes of a store that are one, or of one family, and files that are in it already. Nothing is ever deleted.

Candidates come from `index.candidates`, and each is verified by the surfaces that the networks have, laid upon each
other (`inrstore.surface.comparison`). `index.groups` says how pairs become groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput
from inrstore.files import sha256
from inrstore.progress import OnProgress
from inrstore.queries import Reading, file_encoder
from inrstore.records import Failure, NewShape, Shape, Source

from .candidates import asked_pairs, stored_pairs
from .evidence import BYTES, CONTENT, VARIANT, Evidence, Limits
from .families import Duplicates, Group, Member
from .groups import linked, stars
from .judge import Judge
from .manage import open_index
from .protocol import Filter, Index
from .surfaces import Decode, Surfaces

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store


def duplicates(
    store: Store,
    *,
    level: str = "same",
    threshold: float | None = None,
    where: Conditions | None = None,
    mirror: bool = True,
    index: str = "default",
    all: bool = False,
    decode: Decode | None = None,
    on_progress: OnProgress | None = None,
) -> Duplicates:
    """Groups of what is in a store more than once, the oldest shape of each first, the largest groups first.

    What people decided (`Store.decide`) goes before what is measured: two shapes that are different are in a group
    neither through one another nor as one's copy, those that are the same or variants are that at any distance.

    Parameters
    ----------
    level : `exact`, sources of the same bytes or content, which the store holds as one shape; `same`, also shapes that
        lie upon each other, however they are turned, moved, scaled, mirrored or triangulated; `variant`, also those
        that nearly do.
    threshold : the Chamfer distance, in radii, up to which shapes are of this level; see `index.evidence.THRESHOLDS`.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`.
    mirror : whether mirror images count.
    index : which index of the store gives candidates; a store without an encoder has none, and does without.
    all : also pairs that would be of this level but for a decision, each as a group of its own, after the others.
    decode : makes the surfaces; by default this process does, one after the other.
    on_progress : hears of each shape that is decoded, then of each pair that is compared.

    Errors: BadInput; ModelMismatch and MissingDependency as of a search.
    """
    limits = Limits.of(level, threshold)
    shapes = {shape.key: shape for shape in store.iter_shapes(where)}
    surfaces = Surfaces(store, shapes, decode)
    found: list[tuple[int, Mapping[int, Evidence]]] = []
    apart: list[tuple[int, Mapping[int, Evidence]]] = []
    if level != "exact" and len(shapes) > 1:
        signatures = surfaces.signatures(shapes, on_progress)
        pairs = stored_pairs(store, _opened(store, index), signatures, level, Filter(where) if where else None)
        decided = {p: one for p, one in store.decisions().items() if p[0] in signatures and p[1] in signatures}
        pairs = list(dict.fromkeys([*(pair for pair, one in decided.items() if one != "different"), *pairs]))
        judge = Judge(surfaces, limits, mirror, len(pairs), on_progress, decided)
        for keys in linked(judge.counted(pairs), judge):
            found += stars(keys, judge)
        apart = judge.apart() if all else []
    grouped = {key for first, others in found for key in (first, *others)}
    found += [(key, {}) for key, shape in shapes.items() if key not in grouped and len(shape.sources) > 1]
    groups = [_group(store, shapes, first, _scored(store, first, others)) for first, others in found]
    groups.sort(key=lambda group: (-len(group.members), group.members[0].key or 0))
    groups += [_group(store, shapes, first, _scored(store, first, others)) for first, others in apart]
    return Duplicates(groups, surfaces)


def variants(store: Store, **options: object) -> Duplicates:
    """Families: shapes that nearly lie upon each other, in groups that hold one variant or more.

    Options and errors: as of `duplicates`, without `level`.
    """
    found = duplicates(store, level="variant", **options)  # type: ignore[arg-type]
    return Duplicates(
        [group for group in found if any(m.evidence and m.evidence.relation == VARIANT for m in group.members)],
        found.surfaces,
    )


def stored_already(
    store: Store,
    folder: str,
    *,
    level: str = "same",
    threshold: float | None = None,
    mirror: bool = True,
    index: str = "default",
    field: str = "auto",
    up: str = "y",
    device: str = "auto",
    jobs: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
    decode: Decode | None = None,
    on_progress: OnProgress | None = None,
) -> Duplicates:
    """For each file of a folder that the store has already: a group of the file, and the shapes that it is.

    Nothing is stored. Files of other bytes than any that was ingested are fitted like those of a search. Other
    parameters: as of `duplicates`, and for reading files as of `search`. What cannot be read is in `failures`.

    Errors: as of `duplicates`, and of a search.
    """
    limits = Limits.of(level, threshold)
    encoder = file_encoder(store)
    paths, failures = encoder.files(folder)
    if not paths and not failures:
        raise BadInput(f"{folder}: the folder holds no file of a known kind")
    known = _known_bytes(store, paths)
    rest = [path for path in paths if path not in known]
    reading: Reading = {"field": field, "up": up, "device": device, "jobs": jobs, "on_progress": on_progress}
    reading |= {"engine": engine, "ray_address": ray_address}
    made = encoder.shapes(store, rest, **reading)
    fresh = {path: shape for path, shape in zip(rest, made, strict=True) if isinstance(shape, NewShape)}
    failures += [failure for failure in made if isinstance(failure, Failure)]
    known |= _known_contents(store, fresh)
    asking = {-place: shape for place, (path, shape) in enumerate(fresh.items(), 1) if path not in known}
    found, surfaces = _compared(store, asking, limits, level, mirror, index, decode, on_progress)
    groups = []
    for path in paths:
        there = known.get(path) or {}
        key = next((key for key, shape in asking.items() if shape.source == path), None)
        there = there or (found.get(key, {}) if key is not None else {})
        if there:
            shapes = store.shapes_by_key(list(there))
            members = [member for k, e in there.items() if k in shapes for member in _members(shapes[k], e)]
            groups.append(Group([Member(path, None, key, None, None), *members]))
    return Duplicates(groups, surfaces, failures)


def _opened(store: Store, name: str) -> Index | None:
    return None if store.encoder_id is None else open_index(store, name=name)


def _compared(
    store: Store,
    asking: Mapping[int, NewShape],
    limits: Limits,
    level: str,
    mirror: bool,
    index: str,
    decode: Decode | None,
    on_progress: OnProgress | None,
) -> tuple[dict[int, dict[int, Evidence]], Surfaces]:
    """What each of the shapes that ask, by their keys below zero, is among those of the store."""
    shapes: dict[int, Shape | NewShape] = dict(asking)
    if asking and level != "exact":
        shapes |= {shape.key: shape for shape in store.iter_shapes()}
    surfaces = Surfaces(store, shapes, decode)
    found: dict[int, dict[int, Evidence]] = {}
    if len(shapes) > len(asking):
        signatures = surfaces.signatures(shapes, on_progress)
        vectors = [(key, shape.embedding) for key, shape in asking.items()]
        stored = [key for key in shapes if key > 0]
        pairs = asked_pairs(_opened(store, index), vectors, stored, signatures, level)
        judge = Judge(surfaces, limits, mirror, len(pairs), on_progress)
        for one, other in judge.counted(pairs):
            if (evidence := judge(one, other)) is not None:
                score = _cosine(asking[one].embedding, store.embeddings([other])[1])
                found.setdefault(one, {})[other] = replace(evidence, score=score)
    return found, surfaces


def _known_bytes(store: Store, paths: Sequence[str]) -> dict[str, dict[int, Evidence]]:
    hashes = {}
    for path in paths:
        with suppress(OSError):  # whoever reads it says why it cannot be
            hashes[path] = sha256(path)
    keys: dict[str, dict[int, Evidence]] = {}
    for key, source in store.sources_by_hash(sorted(set(hashes.values()))):
        keys.setdefault(source.sha256, {})[key] = Evidence(BYTES)
    return {path: keys[digest] for path, digest in hashes.items() if digest in keys}


def _known_contents(store: Store, fresh: Mapping[str, NewShape]) -> dict[str, dict[int, Evidence]]:
    ids = {path: [shape.sha256, *shape.twins] for path, shape in fresh.items()}
    keys = {shape.id: shape.key for shape in store.shapes(ids=[one for some in ids.values() for one in some])}
    known = {path: {keys[one]: Evidence(CONTENT) for one in some if one in keys} for path, some in ids.items()}
    return {path: there for path, there in known.items() if there}


def _scored(store: Store, first: int, others: Mapping[int, Evidence]) -> dict[int, Evidence]:
    """With the cosine similarities of the embeddings, where there are such."""
    if store.encoder_id is None or not others:
        return dict(others)
    keys, matrix = store.embeddings([first, *others])
    rows = dict(zip(keys.tolist(), matrix, strict=True))
    return {
        key: replace(evidence, score=_cosine(rows.get(first), [rows[key]] if key in rows else []))
        for key, evidence in others.items()
    }


def _cosine(one: np.ndarray | None, rows: Sequence[np.ndarray] | np.ndarray) -> float | None:
    return None if one is None or not len(rows) else float(one @ rows[0])


def _group(store: Store, shapes: Mapping[int, Shape], first: int, others: Mapping[int, Evidence]) -> Group:
    """The sources of the first shape, told by bytes and content, then those of the others."""
    members = _members(shapes[first], None)
    if len(members) > 1:
        sources = store.sources(first)
        members = [
            _member(shapes[first], s.path, _relation(sources[0], s) if n else None) for n, s in enumerate(sources)
        ]
    for key, evidence in others.items():
        members += _members(shapes[key], evidence)
    return Group(members)


def _relation(first: Source, other: Source) -> Evidence:
    """Objects of one file have the file's bytes, which says nothing of them."""
    whole = first.part is None and other.part is None
    return Evidence(BYTES if whole and first.sha256 == other.sha256 else CONTENT)


def _members(shape: Shape, evidence: Evidence | None) -> list[Member]:
    return [_member(shape, path, evidence) for path in shape.sources or (shape.name,)]


def _member(shape: Shape, path: str, evidence: Evidence | None) -> Member:
    return Member(path, shape.id, shape.key, shape.label, evidence)
