"""Commands that measure what a store makes of scans: eval completion, eval reconstruction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .options import SEED, Session, common, pass_session
from .output import emit, listing, table

WHO = {
    "transfer": "this head",
    "code": "its code alone, decoded",
    "decoder": "the scan's own code, decoded",
    "nearest": "the nearest shape that was learned from",
    "input": "the scan as it came",
}


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--picture", metavar="FILE", help="Draw the first scans, what was made of each, what is there."),
        click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the shapes and the scans."),
        click.option("--count", "-n", type=click.IntRange(min=1), default=50, show_default=True, metavar="N",
                     help="Scans, each of another shape."),
        click.option("--split", metavar="TAG", help="Ask shapes in which this tag is test."),
        click.option("--head", metavar="HEAD", help="Which transfer; by default the one that was trained last for it."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_options
@common
@pass_session
def completion(session: Session, /, **options: Any) -> None:
    """Print how well parts of shapes are completed that were not learned from.

    Of the surface of each shape a part is taken as a plane or a depth camera leaves it, its network is fitted, and what
    is made of that compared with the whole: Chamfer distance (L1, in units of the normalised radius) and F-scores.
    Beside it stand answers that need no training.
    """
    _measured(session, "completion", **options)


@click.command()
@_options
@common
@pass_session
def reconstruction(session: Session, /, **options: Any) -> None:
    """Print how well solids are made of clouds of shapes that were not learned from.

    Clouds of the surfaces are fitted, and what is made of each compared with its solid: Chamfer distance (L1, in units
    of the normalised radius) and F-scores, and how many meshes are closed. Beside it stand answers that need no
    training.
    """
    _measured(session, "reconstruction", **options)


def _measured(
    session: Session, task: str, head: str | None, split: str | None, count: int, seed: int, picture: str | None
) -> None:
    from ingest.transferred import measure
    from inrstore.pictures.answers import answers_sheet
    from inrstore.tasks import Codes, Transfer

    from .train_output import line

    codes = Codes.of(session.open())
    transfer = Transfer.of(codes, task, head)
    found = measure(codes, transfer, split=split, count=count, seed=seed, on_progress=line)
    names = list(found.rows["transfer"])
    rows = [[what, *(f"{found.rows[who][name]:.4f}" for name in names)] for who, what in WHO.items()]
    rest: dict[str, object] = {"closed": found.closed, "scans": found.scans}
    text = f"{table(['made by', *names], rows)}\n\n{listing(rest)}"
    if picture:
        text += f"\n\ndrawn in {answers_sheet(found.examples, picture)}"
    emit({"head": transfer.head.id, **found.to_dict()}, text, session.json)
