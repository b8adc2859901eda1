"""What the search command prints and draws."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import exits
from .options import Session
from .output import emit

if TYPE_CHECKING:
    from index import Result
    from inrstore.store import Store


def draw(store: Store, results: Sequence[Result], plot: Path | None, own: Mapping[str, Any], decoded: bool) -> None:
    if plot is None:
        return
    from inrstore.pictures.stored import search_sheet

    search_sheet(store, results, plot, own, decoded=decoded)
    exits.say(f"wrote {plot}")


def show(session: Session, results: Sequence[Result], as_csv: bool) -> None:
    if as_csv:
        click.echo(_csv(results), nl=False)
    else:
        emit([result.to_dict() for result in results], "\n\n".join(map(repr, results)), session.json)


def _csv(results: Sequence[Result]) -> str:
    from index.results import MEASURED

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    hits = [hit for result in results for hit in result.hits]
    further = [name for name in MEASURED if any(getattr(hit, name) is not None for hit in hits)]
    writer.writerow(["query", "rank", "id", "label", "score", "source", "pose", *further])
    for result in results:
        for hit in result.hits:
            row = [result.query, hit.rank, hit.id, hit.label, hit.score, hit.source, hit.pose or ""]
            writer.writerow([*row, *(getattr(hit, name) for name in further)])
    return text.getvalue()
