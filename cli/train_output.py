"""What the commands that train say: lines while they go on, and identities at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from inrstore.progress import Progress

from .options import Session
from .output import emit, listing

if TYPE_CHECKING:
    from inrstore.model import Model
    from inrstore.tasks import Trained


def identities(model: Model) -> dict[str, Any]:
    return {"base": model.base.id, "encoder": model.encoder.id if model.encoder else None}


def line(progress: Progress) -> None:
    """A training takes hours, and is read in a log: at most some thirty lines a stage, the last one always."""
    done, total = progress.done, progress.total
    if total is None or done == total or done % -(-total // 30) == 0:
        counted = "" if total is None else f": {done} of {total}"
        left = f", {timedelta(seconds=round(progress.eta))} left" if progress.eta else ""
        click.echo(f"{progress.stage}{counted}{left}{progress.current and ', '}{progress.current}", err=True)


def told(session: Session, trained: Trained) -> None:
    """What every training of a head says at the end."""
    head = trained.head
    text = f"Trained {head.name} ({head.id[:12]}) in {trained.seconds:.1f} s\n{listing(dict(trained.figures))}"
    emit({"head": head.id, "figures": dict(trained.figures), "seconds": trained.seconds}, text, session.json)
