"""Commands that train heads from words and pictures into the space of embeddings: train text, train image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .ingest import jobs
from .options import SEED, Session, common, pass_session, where
from .train_output import line, told, work

if TYPE_CHECKING:
    from inrstore.tasks import Trained


def _learned_from(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands are given: the stores, which shapes, and the seed."""
    for option in (
        where,
        click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn."),
        click.option("--also", multiple=True, metavar="STORE",
                     help="Learn from this store's shapes, too; it needs embeddings of the same encoder. Repeatable."),
        click.option("--name", metavar="NAME", help="What the head is called; by default like the command."),
        click.argument("folder", required=False, metavar="[STORE]"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.option("--tower", metavar="NAME|DIR", default="minilm", show_default=True, help="What reads the words.")
@_learned_from
@common
@pass_session
def text(
    session: Session,
    folder: str | None,
    name: str | None,
    tower: str,
    also: tuple[str, ...],
    seed: int,
    where: tuple[str, ...],
) -> None:
    """Train what finds shapes by words that are written nowhere, on the names of STORE, by default --store's.

    It learns from names, labels, tags, and further captions in the tag `captions`, a JSON list or some with | between
    them. The head is kept in the store; `inrstore search --text` asks it from then on, instead of the one that comes
    with inrstore. It is measured in five folds by names that it has not learned.
    """
    from inrstore.store import open_store
    from inrstore.tasks import TextRecipe, train_text

    store = open_store(folder) if folder else session.open()
    others, which = [open_store(one) for one in also], where or None

    def train() -> Trained:
        recipe = TextRecipe(seed=seed)
        return train_text(store, recipe, also=others, where=which, tower=tower, name=name, on_progress=line)

    told(session, train)


@click.command()
@click.option(
    "--tower", metavar="NAME", default="efficientnet-lite0", show_default=True, help="What sees the pictures."
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Learn from these pictures, too; each is called like its shape's source file, or by the shape's id.",
)
@click.option("--views", type=click.IntRange(min=1), default=8, show_default=True, metavar="N", help="Of each shape.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps of the training; by default 1,000.")
@work
@jobs
@_learned_from
@common
@pass_session
def image(
    session: Session,
    folder: str | None,
    name: str | None,
    tower: str,
    pictures: Path | None,
    views: int,
    steps: int | None,
    work: str | None,
    jobs: int | None,
    also: tuple[str, ...],
    seed: int,
    where: tuple[str, ...],
) -> None:
    """Train what finds shapes by a picture, on the networks of STORE, by default --store's.

    Random views of what the networks have are drawn, under random lights, in random colours and as line drawings. The
    source files are not read. The head is kept in the store; `inrstore search --image` asks it from then on, instead
    of the one that comes with inrstore. It is measured on a fifth of the shapes, before it learns from all.
    """
    from dataclasses import replace

    from ingest.engines import cpu_count
    from inrstore.store import open_store
    from inrstore.tasks import ImageRecipe, train_image

    store = open_store(folder) if folder else session.open()
    others, which = [open_store(one) for one in also], where or None
    recipe = ImageRecipe(views=views, seed=seed)
    if steps is not None:
        recipe = replace(recipe, contrast=replace(recipe.contrast, steps=steps))

    def train() -> Trained:
        return train_image(
            store,
            recipe,
            also=others,
            pictures=pictures,
            where=which,
            tower=tower,
            name=name,
            work=work,
            jobs=jobs or cpu_count(),
            on_progress=line,
        )

    told(session, train)
