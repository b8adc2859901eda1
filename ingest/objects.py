"""The objects of one file in a worker process: each distinct one is worked on once, for all its instances."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from dataclasses import field as default
from pathlib import Path
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.records import Failure, Part, Source

from .discover import SourceFile
from .files.bundle import Contents, contents, unpack
from .files.geometry import Cloud, Geometry, Limits, Mesh, SceneObject
from .files.load import describe, load_objects

T = TypeVar("T")

SLICE = 20.0
"""Seconds, or twice those of reading the file, after which a task leaves what is left of its file to others."""
Ends = tuple[str, ...]
"""Instances of one object, by what follows the file's path in their keys."""


@dataclass(frozen=True, eq=False)
class Batch(Generic[T]):
    """What became of a file, or of as many of its objects as there was time for."""

    items: list[T | Source | Failure]
    """A source is one of the shape `SourceFile.whole`."""
    objects: int = 1
    """How many there are in the file, instances counted."""
    rest: tuple[Ends, ...] = ()
    """Objects that nobody has worked on."""


@dataclass
class _Group:
    geometry: Geometry | BadInput
    sources: list[Source] = default(default_factory=list)


def each(
    file: SourceFile, do: Callable[[SourceFile, Geometry], T | Failure], limits: Limits, timeout: float
) -> Batch[T]:
    """What `do` makes of the distinct objects of a file, those in `file.done` left out.

    An object that fails fails for each of its instances, and the others go on.
    """
    started, place = time.monotonic(), file.at or file.path
    try:
        found = load_objects(place, limits)
    except BadInput as error:
        return Batch([Failure(file.path, str(error).removeprefix(f"{place}: "), "load")])
    if len(found) == 1 and file.whole:
        return Batch([_source(file, "", found)])
    groups = [group for group in _grouped(file, found) if _wanted(file, group)]
    read = time.monotonic() - started
    patience = min(max(SLICE, 2 * read), timeout / 3)
    items: list[T | Source | Failure] = []
    for number, group in enumerate(groups):
        if number and time.monotonic() - started - read > patience:
            rest = tuple(tuple(s.path.removeprefix(file.path) for s in later.sources) for later in groups[number:])
            return Batch(items, len(found), rest)
        items += _outcomes(file, group, do)
    return Batch(items, len(found))


def _grouped(file: SourceFile, found: list[SceneObject]) -> Iterable[_Group]:
    """The objects by their geometry, in the order of the file."""
    groups: dict[object, _Group] = {}
    same: dict[int, object] = {}  # by the identity of a geometry, which instances may share
    for number, one in enumerate(found, 1):
        end = "" if len(found) == 1 else f"#{number} {one.name or ''}".rstrip()
        if end in file.done:
            continue
        source = _source(file, end, found, number)
        if id(one.geometry) not in same:
            same[id(one.geometry)] = _same(one.geometry)
        groups.setdefault(same[id(one.geometry)], _Group(one.geometry)).sources.append(source)
    return groups.values()


def _source(file: SourceFile, end: str, found: list[SceneObject], number: int = 1) -> Source:
    one = found[number - 1]
    flat = None if one.transform is None else tuple(float(x) for x in one.transform.ravel())
    return Source(file.path + end, file.sha256, file.size, Part(file.path, len(found), one.name, flat))


def _same(geometry: Geometry | BadInput) -> object:
    """What is equal of objects with the same numbers; files often hold an object once for each instance."""
    if not isinstance(geometry, Mesh | Cloud):
        return id(geometry)
    arrays: list[NDArray[Any]] = (
        [geometry.vertices, geometry.faces] if isinstance(geometry, Mesh) else [geometry.points]
    )
    return type(geometry).__name__, *(hashlib.sha256(array.tobytes()).hexdigest() for array in arrays)


def _wanted(file: SourceFile, group: _Group) -> bool:
    ends = {source.path.removeprefix(file.path) for source in group.sources}
    return file.only is None or any(not ends.isdisjoint(some) for some in file.only)


def _outcomes(file: SourceFile, group: _Group, do: Callable[[SourceFile, Geometry], T | Failure]) -> list[T | Failure]:
    first, *further = group.sources
    if isinstance(group.geometry, BadInput):
        return [Failure(source.path, str(group.geometry), "load") for source in group.sources]
    name = first.part.name if first.part and first.path != file.path else None
    chosen = file.again.get(first.path.removeprefix(file.path), file.chosen)
    one = replace(file, path=first.path, name=name or file.name, part=first.part, further=tuple(further), chosen=chosen)
    outcome = do(one, group.geometry)
    if isinstance(outcome, Failure):
        return [replace(outcome, path=source.path) for source in group.sources]
    return [outcome]


def opened(file: SourceFile, limits: Limits) -> Contents | Failure:
    """What is in an archive; those files that are `only` asked for are unpacked into `file.into`."""
    try:
        if file.only is None:
            return contents(Path(file.at or file.path), limits)
        wanted = [name for names in file.only for name in names]
        unpack(Path(file.at or file.path), wanted, Path(file.into), limits)
        return Contents(wanted, {})
    except BadInput as error:
        return Failure(file.path, str(error), "load")
    except Exception as error:  # zipfile raises whatever a damaged archive leads it to
        return Failure(file.path, f"it cannot be unpacked: {describe(error)}", "load")
