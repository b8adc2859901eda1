"""What the commands that train say: lines while they go on, and identities at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import click

from inrstore.progress import Progress

from .exits import INTERRUPTED, say
from .options import Session
from .output import emit, listing

if TYPE_CHECKING:
    from inrstore.model import Model
    from inrstore.tasks import Trained


work = click.option(
    "--work", metavar="DIR", help="Keep checkpoints there: given the same again, a stopped training goes on."
)
"""Of trainings whose result goes into the store, so that they have no folder of their own."""


def identities(model: Model) -> dict[str, Any]:
    return {"base": model.base.id, "encoder": model.encoder.id if model.encoder else None}


def line(progress: Progress) -> None:
    """A training takes hours, and is read in a log: at most some thirty lines a stage, the last one always."""
    done, total = progress.done, progress.total
    if total is None or done == total or done % -(-total // 30) == 0:
        counted = "" if total is None else f": {done} of {total}"
        left = f", {timedelta(seconds=round(progress.eta))} left" if progress.eta else ""
        click.echo(f"{progress.stage}{counted}{left}{progress.current and ', '}{progress.current}", err=True)


class Unlearned(click.ClickException):
    """Somebody stopped the training of a head before there was anything to keep."""

    exit_code = INTERRUPTED

    def show(self, file: IO[Any] | None = None) -> None:
        say(self.message)


def told(session: Session, train: Callable[[], Trained]) -> None:
    """Train a head, and say what every such training says at the end. Errors: Unlearned."""
    try:
        trained = train()
    except KeyboardInterrupt as error:
        raise Unlearned(
            "Stopped before anything was learned: no head is stored, and the next run begins anew."
        ) from error
    head = trained.head
    result = {"head": head.id, "figures": dict(trained.figures), "seconds": trained.seconds}
    text = f"Trained {head.name} ({head.id[:12]}) in {trained.seconds:.1f} s\n{listing(dict(trained.figures))}"
    if stopped := head.card.get("stopped"):
        result["stopped"] = stopped
        text += f"\nIt was {stopped}, and is used from now on; 'inrstore heads rm {head.id[:12]}' takes it away."
    emit(result, text, session.json)
