"""Labels that are proposed, reviewed, accepted and taken back: what `label --propose` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import exits
from .options import Session
from .output import counted, emit, table

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.tasks import Proposal

SHOWN = 24
"""Shapes on a picture, at most."""


def propose(
    session: Session,
    head: str | None,
    threshold: float | None,
    where: tuple[str, ...],
    accept: bool,
    picture: str | None,
) -> None:
    """Print proposals for the shapes without a label; with `accept` also write the sure ones."""
    from inrstore import tasks

    store = session.open()
    classifier = tasks.Classifier(store.head(head, kind="classifier"))
    least = tasks.THRESHOLD if threshold is None else threshold
    proposals = tasks.propose(store, classifier, threshold=least, where=where or None)
    if picture and proposals:
        _draw(store, proposals, picture)
    written = tasks.accept(store, classifier, proposals) if accept else 0
    sure = sum(one.sure for one in proposals)
    lines = [_table(proposals)] if proposals else []
    doubt = f", {len(proposals) - sure:,} in doubt" if len(proposals) > sure else ""
    lines.append(f"{counted(len(proposals), 'shape')} without a {classifier.label}: {sure:,} sure{doubt}")
    if accept:
        lines.append(f"{counted(written, 'label')} written; 'inrstore label --take-back' undoes that")
    elif sure:
        lines.append("nothing is written yet; --accept writes those that are sure")
    value = {"proposals": [one.to_dict() for one in proposals], "sure": sure, "written": written}
    emit(value, "\n".join(lines), session.json)


def take_back(session: Session, head: str | None, where: tuple[str, ...]) -> None:
    """Take accepted proposals away, all or those of a head, which need not be there any more."""
    from inrstore import tasks

    count = tasks.take_back(session.open(), head, where=where or None)
    emit({"taken_back": count}, f"{counted(count, 'label')} taken back", session.json)


def _table(proposals: list[Proposal]) -> str:
    rows = [
        [
            one.shape.id[:12],
            one.label,
            f"{one.named.probability:.2f}",
            f"{one.votes:.1f}",
            "{0.label} {0.shape.id:.8} {0.score:.3f}".format(one.neighbours[0]),
            "sure" if one.sure else "unlike all" if one.named.unlike else "in doubt",
            next(iter(one.shape.sources), ""),
        ]
        for one in proposals
    ]
    return table(["id", "label", "probability", "votes", "nearest", "", "source"], rows)


def _draw(store: Store, proposals: list[Proposal], picture: str) -> None:
    from inrstore.pictures.stored import proposal_sheet

    some = proposals[:SHOWN]
    exits.say(f"drawn in {proposal_sheet(store, some, picture)}")
    if len(some) < len(proposals):
        exits.say(f"the picture shows the first {len(some)} of {len(proposals)}")
