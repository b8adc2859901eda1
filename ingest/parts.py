"""What a store knows of the objects of files: which are there, and whether that is all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inrstore.records import Source

if TYPE_CHECKING:
    from inrstore.store import Store

    from .discover import SourceFile

Found = dict[str, tuple[int, Source]]
"""Key of the shape and source of each stored object, by what follows its file's path in its key."""


@dataclass(frozen=True)
class Stored:
    """The stored objects of one file, as they are called there."""

    objects: Found
    complete: bool
    """Whether these are all that the file has."""


def stored_objects(store: Store, files: Sequence[SourceFile]) -> list[Stored]:
    """For every file the objects of files with its bytes that are stored, be it at another path."""
    by_file: dict[str, dict[str, Found]] = defaultdict(lambda: defaultdict(dict))
    for key, source in store.sources_by_hash([file.sha256 for file in files]):
        if source.part is not None:
            end = source.path.removeprefix(source.part.file)
            by_file[source.sha256][source.part.file][end] = (key, source)
    return [_stored(file, by_file.get(file.sha256, {})) for file in files]


def _stored(file: SourceFile, by_file: dict[str, Found]) -> Stored:
    best = max(by_file.items(), key=lambda item: (len(item[1]), item[0] == file.path), default=("", Found()))[1]
    count = next((source.part.parts for _, source in best.values() if source.part), 0)
    renamed = {end: (key, _at(source, file, end)) for end, (key, source) in best.items()}
    return Stored(renamed, 0 < count <= len(best))


def _at(source: Source, file: SourceFile, end: str) -> Source:
    part = source.part and replace(source.part, file=file.path)
    return Source(file.path + end, file.sha256, file.size, part)
