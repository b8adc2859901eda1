"""The command that says what shapes are to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from .options import Session, common, pass_session
from .output import counted, emit

if TYPE_CHECKING:
    from inrstore.records import Decision


@click.command()
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE SHAPE...")
@click.argument("decision", type=click.Choice(["same", "variant", "different", "undecided"]))
@common
@pass_session
def decide(session: Session, shapes: tuple[str, ...], decision: str) -> None:
    """Decide what shapes are to the first one: the same, a variant of it, or different; or take that back.

    SHAPEs are ids, starts of one (4 digits or more), or source paths. `inrstore duplicates` heeds it, the gallery shows
    it, and nothing else changes: no shape and no file is touched.
    """
    if len(shapes) < 2:
        raise click.UsageError("Give two SHAPEs or more, then what the others are to the first.")
    first, *others = shapes
    decided = None if decision == "undecided" else cast("Decision", decision)
    changed = session.open().decide([(first, other) for other in others], decided)
    unchanged = len(set(others)) - changed
    text = f"{counted(changed, 'pair')} changed, {unchanged:,} as before"
    emit({"changed": changed, "unchanged": unchanged}, text, session.json)
