"""Labels that are proposed, reviewed, accepted and taken back: what `label --propose` and `tag --vocabulary` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import exits
from .options import Session
from .output import counted, emit, table

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.tasks import Proposal, Worded

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
    lines += _done(sure, written if accept else None, "label")
    value = {"proposals": [one.to_dict() for one in proposals], "sure": sure, "written": written}
    emit(value, "\n".join(lines), session.json)


def by_words(session: Session, where: tuple[str, ...], asked: Mapping[str, Any]) -> None:
    """Print the likeliest word of a vocabulary for each of the shapes without a label; as `propose`."""
    from inrstore import tasks
    from inrstore.tasks.crossmodal.found import query_head

    file = asked["vocabulary"]
    vocabulary = tasks.Vocabulary.of_file(file, getattr(file, "name", "vocabulary"))
    store = session.open()
    head = query_head(store, "text", asked["head"])
    words = tasks.Words.of(store, vocabulary, head=head, label=asked["label"] or "label")
    least = tasks.THRESHOLD if asked["threshold"] is None else asked["threshold"]
    proposals = tasks.zero_shot(store, words, threshold=least, where=where or None)
    if asked["picture"] and proposals:
        _draw(store, proposals, asked["picture"])
    written = tasks.accept(store, words, proposals) if asked["accept"] else 0
    sure, none = sum(one.sure for one in proposals), sum(one.named.unlike for one in proposals)
    lines = [_worded(proposals)] if proposals else []
    counts = f"{sure:,} sure, {len(proposals) - sure - none:,} in doubt, {none:,} none of these"
    lines.append(f"{counted(len(proposals), 'shape')} without a {words.label}: {counts}")
    lines += _done(sure, written if asked["accept"] else None, "tag")
    value = {"proposals": [one.to_dict() for one in proposals], "sure": sure, "none": none, "written": written}
    emit(value, "\n".join(lines), session.json)


def take_back(session: Session, head: str | None, where: tuple[str, ...]) -> None:
    """Take accepted proposals away, all or those of a head, which need not be there any more."""
    from inrstore import tasks

    count = tasks.take_back(session.open(), head, where=where or None)
    emit({"taken_back": count}, f"{counted(count, 'label')} taken back", session.json)


def _done(sure: int, written: int | None, command: str) -> list[str]:
    if written is not None:
        return [f"{counted(written, 'label')} written; 'inrstore {command} --take-back' undoes that"]
    return ["nothing is written yet; --accept writes those that are sure"] if sure else []


def _worded(proposals: list[Worded]) -> str:
    rows = [
        [
            one.shape.id[:12],
            one.label,
            f"{one.probability:.2f}",
            f"{one.none:.2f}",
            ", ".join(f"{label} {share:.2f}" for label, share in one.named.top[1:3]),
            "sure" if one.sure else "none of these" if one.named.unlike else "in doubt",
            next(iter(one.shape.sources), ""),
        ]
        for one in proposals
    ]
    return table(["id", "label", "probability", "none", "or", "", "source"], rows)


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


def _draw(store: Store, proposals: Sequence[Proposal], picture: str) -> None:
    from inrstore.pictures.stored import proposal_sheet

    some = proposals[:SHOWN]
    exits.say(f"drawn in {proposal_sheet(store, some, picture)}")
    if len(some) < len(proposals):
        exits.say(f"the picture shows the first {len(some)} of {len(proposals)}")
