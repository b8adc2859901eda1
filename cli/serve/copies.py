"""What the last jobs that looked for duplicates found, written down and read again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from inrstore.files import write_atomically

if TYPE_CHECKING:
    from index import Group

Level = Literal["exact", "same", "variant"]
LEVELS: tuple[Level, ...] = get_args(Level)


class Copy(NamedTuple):
    """A shape of a group, and what it is to the group's first: nothing, for that itself."""

    key: int
    relation: str | None = None
    words: str | None = None
    chamfer: float | None = None
    back: str | None = None
    """In words, what the first is to it."""


@dataclass(frozen=True)
class Compared:
    """What one shape is to another by its key."""

    to: int
    copy: Copy


class Read:
    """What one job found, and the groups of each shape."""

    def __init__(self, stamp: tuple[int, int, int], groups: list[list[Copy]]) -> None:
        self.stamp, self.groups = stamp, groups
        self.of: dict[int, list[int]] = defaultdict(list)
        for place, group in enumerate(groups):
            for copy in group:
                self.of[copy.key].append(place)


class Copies:
    """By level; of ten thousand groups the file has megabytes, so it is read only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Level, Read] = {}

    def keep(self, level: Level, found: Iterable[Group]) -> int:
        """Writes groups down; returns how many there are of two shapes or more. Errors: StorageFull."""
        groups = [group for group in map(_copies, found) if len(group) > 1]
        write_atomically(self._path(level), json.dumps(groups).encode())
        return len(groups)

    def groups(self, level: Level) -> Sequence[Sequence[Copy]] | None:
        """None if nobody has looked yet."""
        found = self._now(level)
        return None if found is None else found.groups

    def of(self, key: int) -> tuple[Level | None, list[Compared]]:
        """The widest level that anybody has looked for, and what any level has of a shape and others, each once.

        What was compared with the shape comes first, then what was compared with the first of its group. The latest
        look goes before earlier ones.
        """
        looks = {level: found for level in LEVELS if (found := self._now(level)) is not None}
        direct: dict[int, Compared] = {}
        beside: dict[int, Compared] = {}
        for found in sorted(looks.values(), key=lambda one: one.stamp, reverse=True):
            for first, *others in (found.groups[place] for place in found.of.get(key, ())):
                own = next((copy for copy in others if copy.key == key), None)
                if own is not None:
                    back = Copy(first.key, own.relation, own.back, own.chamfer, own.words)
                    direct.setdefault(first.key, Compared(key, back))
                for copy in others:
                    if copy.key != key:
                        (beside if own else direct).setdefault(copy.key, Compared(first.key, copy))
        further = [one for other, one in beside.items() if other not in direct]
        return next(reversed(looks), None), [*direct.values(), *further]

    def _now(self, level: Level) -> Read | None:
        path = self._path(level)
        try:
            facts = path.stat()
        except FileNotFoundError:
            return None
        stamp = facts.st_mtime_ns, facts.st_size, facts.st_ino
        known = self._read.get(level)
        if known is None or known.stamp != stamp:
            # Whoever asks meanwhile reads it, too; the last to end stays.
            known = Read(stamp, [[Copy(*copy) for copy in group] for group in json.loads(path.read_bytes())])
            self._read[level] = known
        return known

    def _path(self, level: Level) -> Path:
        return self._folder / f"copies-{level}.json"


def _copies(group: Group) -> list[Copy]:
    """The stored shapes of a group."""
    found = []
    for member in group.shapes():
        evidence = member.evidence
        if member.key is not None and evidence is None:
            found.append(Copy(member.key))
        elif member.key is not None and evidence is not None:
            back = evidence.reversed().words
            found.append(Copy(member.key, evidence.relation, evidence.words, evidence.chamfer_l1, back))
    return found
