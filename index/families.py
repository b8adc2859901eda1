"""What a look for duplicates gives back, with a display for terminals and notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.records import Failure

from .evidence import Evidence

if TYPE_CHECKING:
    from .surfaces import Surfaces

COLUMNS = ("group", "source", "id", "label", "relation", "evidence", "score", "chamfer_l1", "far", "ratio", "decision")


@dataclass(frozen=True)
class Member:
    """One place where a group's shape was found; a shape that has several is a member for each."""

    source: str
    id: str | None
    """None for a file that is not stored."""
    key: int | None
    """Below zero for a file that is not stored, of which None are its bytes or its content known."""
    label: str | None
    evidence: Evidence | None
    """What it is to the group's first; None for that itself."""

    def to_dict(self) -> dict[str, Any]:
        evidence = self.evidence and self.evidence.to_dict()
        return {"source": self.source, "id": self.id, "label": self.label, "evidence": evidence}


@dataclass(frozen=True, eq=False)
class Drawn:
    """A member for a picture: its decoded surface, and how the group's first was laid upon it."""

    mesh: tuple[NDArray[np.float64], NDArray[np.int64]]
    transform: Sequence[float] | None
    title: str
    note: str


@dataclass(frozen=True)
class Group:
    """The first and what was compared with it."""

    members: list[Member]

    def to_dict(self) -> dict[str, Any]:
        return {"members": [member.to_dict() for member in self.members]}

    def shapes(self) -> list[Member]:
        """One member for each shape or file."""
        return list({member.key: member for member in reversed(self.members)}.values())[::-1]


class Duplicates(list[Group]):
    """Groups; `failures` are shapes that have no surface, and files that could not be read."""

    def __init__(self, groups: Iterable[Group], surfaces: Surfaces, failures: Iterable[Failure] = ()) -> None:
        super().__init__(groups)
        self.surfaces = surfaces
        self.failures = [*failures, *surfaces.failures]

    def rows(self) -> list[tuple[object, ...]]:
        """One for each member, under `COLUMNS`."""
        found: list[tuple[object, ...]] = []
        for number, group in enumerate(self, 1):
            for member in group.members:
                e = member.evidence
                figures = (e.score, e.chamfer_l1, e.far, e.ratio, e.decision) if e else [None] * 5
                known = (e.relation, e.words, *figures) if e else ("", "", *figures)
                found.append((number, member.source, member.id, member.label, *known))
        return found

    def drawn(self) -> list[list[Drawn]]:
        """For `inrstore.pictures.overlay`: the groups of two shapes or more, each shape once."""
        rows = []
        for group in self:
            shapes = [member for member in group.shapes() if member.key in self.surfaces.shapes]
            if len(shapes) > 1:
                rows.append([self._drawn(member) for member in shapes])
        return rows

    def _drawn(self, member: Member) -> Drawn:
        assert member.key is not None
        surface, evidence = self.surfaces[member.key], member.evidence
        note = "" if evidence is None or evidence.chamfer_l1 is None else f"{evidence.chamfer_l1:.4f}"
        title = os.path.splitext(os.path.basename(member.source))[0]
        return Drawn((surface.vertices, surface.faces), evidence.transform if evidence else None, title, note)

    def __repr__(self) -> str:
        lines = []
        for number, group in enumerate(self, 1):
            lines.append(f"group {number}: {len(group.members)}")
            lines += [
                f"  {member.source}  {member.evidence.told if member.evidence else ''}".rstrip()
                for member in group.members
            ]
        return "\n".join(lines) or "no duplicates"
