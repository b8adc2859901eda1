"""Commands that train on a store's codes: train completer, train reconstructor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from .ingest import jobs
from .options import SEED, Session, common, device, pass_session, where
from .train_output import line, told

if TYPE_CHECKING:
    from inrstore.tasks import Trained


def _transfer_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        device,
        jobs,
        where,
        click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn."),
        click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps; by default 1,200."),
        click.option("--shapes", type=click.IntRange(min=8), metavar="N",
                     help="Learn from at most so many, drawn by the seed; by default 1,000."),
        click.option("--split", metavar="TAG",
                     help="Learn from shapes in which this tag is train, measure on those in which it is test."),
        click.option("--work", metavar="DIR",
                     help="Keep views and checkpoints there: given the same again, a stopped training goes on."),
        click.option("--same", metavar="TAG",
                     help="Shapes with one value of this tag are one object: of its solid, its stored cloud is seen."),
        click.option("--name", metavar="NAME", help="What the head is called; by default like the task."),
        click.argument("folder", required=False, metavar="[STORE]"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_transfer_options
@common
@pass_session
def completer(session: Session, /, **options: Any) -> None:
    """Train what completes scans, on the networks of STORE, by default --store's.

    Of the surface that each network has, parts are taken as a plane or a depth camera leaves them; from the code of
    such a part the code of the whole is learned. The source files are not read. The head is kept in the store;
    `inrstore complete` asks it. Shapes that have no code yet get one first.
    """
    _train(session, "completion", **options)


@click.command()
@_transfer_options
@common
@pass_session
def reconstructor(session: Session, /, **options: Any) -> None:
    """Train what makes solids of clouds, on the solids of STORE, by default --store's.

    From the code of a cloud of each surface the code of the solid is learned. The source files are not read. The head
    is kept in the store; `inrstore reconstruct` asks it. Shapes that have no code yet get one first.
    """
    _train(session, "reconstruction", **options)


def _train(session: Session, task: str, folder: str | None, jobs: int | None, device: str, **options: Any) -> None:
    from dataclasses import replace

    from ingest import encode
    from inrstore.network.device import processor
    from inrstore.store import open_store
    from inrstore.tasks import Codes, TransferRecipe, train_transfer
    from inrstore.tasks.transfer.train import sides

    store = open_store(folder) if folder else session.open()
    chosen = {key: options[key] for key in ("shapes", "steps", "seed") if options[key] is not None}
    which = {"where": options["where"] or None, "split": options["split"], "same": options["same"]}
    recipe, codes = replace(TransferRecipe(), **chosen), Codes.of(store)
    sides(codes, task, recipe, **which)  # what cannot be learned is said before anything is encoded

    def train() -> Trained:
        encode(store, missing=True, beside=codes.model, jobs=jobs, device=device, on_progress=line)
        kept = {"name": options["name"], "work": options["work"]}
        return train_transfer(codes, task, recipe, **which, **kept, device=processor(device), on_progress=line)

    told(session, train)
