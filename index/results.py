"""What a search gives back, with a display for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import Any

from inrstore.records import Failure, Shape

from .poses import Pose

MEASURED = ("chamfer", "distance")
"""Of a hit, what only some searches measure."""
ID_DIGITS = 12
"""Digits of a shape's id that a table shows; a prefix of four finds a shape again."""


@dataclass(frozen=True)
class Evidence:
    """Why a shape is an answer to a text or a picture."""

    by: str
    """`words`, it is called so; `meaning`, that means the same; `shape`, it looks like it; or a part of a query."""
    rank: int
    """From 1, among all that this evidence found."""
    said: str
    """In words: "chair in the name"."""


@dataclass(frozen=True)
class Hit:
    """A neighbour: `score` is the cosine similarity, 1 for the same embedding; of a text see `index.texts`,
    of a picture `index.looks`."""

    rank: int
    """From 1."""
    id: str
    key: int
    label: str | None
    score: float
    source: str
    """Where it was ingested from, empty if unknown."""
    pose: Pose | None = None
    """How the query was turned to look most like it; None for as it is."""
    chamfer: float | None = None
    """Where it was re-ranked, how far the query's surface is from its own, see `index.rerank`."""
    distance: float | None = None
    """Where the query is a piece, how far it is from this shape's surface, laid into it, see `index.partial`."""
    shape: Shape | None = field(default=None, compare=False, repr=False)
    """All that the catalogue knew of it."""
    why: tuple[Evidence, ...] = ()
    """Where the query is a text, a picture, or composed."""

    @classmethod
    def of(cls, shape: Shape, rank: int, score: float, why: tuple[Evidence, ...]) -> Hit:
        """Of what the catalogue knows."""
        source = next(iter(shape.sources), "")
        return cls(rank, shape.id, shape.key, shape.label, score, source, shape=shape, why=why)

    def to_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("rank", "id", "label", "score", "source")}
        pose = self.pose and {"text": str(self.pose), "mirrored": self.pose.mirrored, "matrix": self.pose.matrix}
        measured = {name: getattr(self, name) for name in MEASURED if getattr(self, name) is not None}
        why = {"why": [asdict(one) for one in self.why]} if self.why else {}
        return {**plain, "pose": pose, **measured, **why}


@dataclass(frozen=True, repr=False)
class Result:
    """The neighbours of one query, best first."""

    query: str
    """What was asked, in the words of whoever asked."""
    hits: list[Hit] = field(hash=False)
    id: str | None = None
    """Of the stored shape that asked, if it was one."""
    file: str | None = None
    """Absolute path of the file that asked, if it is not stored."""

    def to_dict(self) -> dict[str, Any]:
        return {"query": self.query, "hits": [hit.to_dict() for hit in self.hits]}

    def __repr__(self) -> str:
        shown = _shown(self.hits)
        rows = [_header(shown), *(_cells(hit, shown) for hit in self.hits)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(_align(row, widths)).rstrip() for row in rows]
        return "\n".join([f"query {self.query}: {_count(self.hits)}", *(lines if self.hits else [])])

    def _repr_html_(self) -> str:
        shown = _shown(self.hits)
        head = "".join(f"<th>{name}</th>" for name in _header(shown))
        body = "".join(f"<tr>{_html_row(_cells(hit, shown))}</tr>" for hit in self.hits)
        caption = f"<caption>{escape(self.query)}: {_count(self.hits)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True, repr=False)
class Told(Result):
    """A result that has something to say above its hits."""

    def said(self) -> list[str]:
        """In sentences."""
        return [] if self.hits else ["nothing here is like that"]

    def __repr__(self) -> str:
        first, *rest = super().__repr__().split("\n")
        return "\n".join([first, *(f"  {line}" for line in self.said()), *rest])

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.said()) + super()._repr_html_()


def ranked(result: Result, hits: Sequence[Hit]) -> Result:
    """The result with these hits, ranked in their order."""
    return replace(result, hits=[replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)])


class SearchResults(list[Result]):
    """One `Result` for each query, in order; `failures` are the queries that could not be read."""

    def __init__(self, results: Iterable[Result] = (), failures: Iterable[Failure] = ()) -> None:
        super().__init__(results)
        self.failures = list(failures)

    def __repr__(self) -> str:
        failed = [f"failed: {failure.path}: {failure.reason}" for failure in self.failures]
        return "\n\n".join([*map(repr, self), *failed])

    def _repr_html_(self) -> str:
        failed = (escape(f"failed: {failure.path}: {failure.reason}") for failure in self.failures)
        return "".join([*(result._repr_html_() for result in self), *(f"<p>{line}</p>" for line in failed)])


def _shown(hits: Sequence[Hit]) -> list[str]:
    """Columns that only some tables have."""
    return [name for name in (*MEASURED, "pose", "why") if any(getattr(hit, name) not in (None, ()) for hit in hits)]


def _header(shown: Sequence[str]) -> tuple[str, ...]:
    return ("rank", "score", *shown, "label", "id", "source")


def _cells(hit: Hit, shown: Sequence[str]) -> tuple[str, ...]:
    lengths = {name: getattr(hit, name) for name in MEASURED}
    further = {name: "-" if length is None else f"{length:.4f}" for name, length in lengths.items()}
    words = {"pose": str(hit.pose or "-"), "why": "; ".join(one.said for one in hit.why)}
    cells = ({**further, **words}[name] for name in shown)
    return (str(hit.rank), f"{hit.score:.4f}", *cells, hit.label or "-", hit.id[:ID_DIGITS], hit.source)


def _align(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Numbers to the right, words to the left."""
    return [
        cell.rjust(width) if column < 2 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _html_row(cells: Sequence[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _count(hits: Sequence[Hit]) -> str:
    return f"{len(hits)} hit" + ("" if len(hits) == 1 else "s")
