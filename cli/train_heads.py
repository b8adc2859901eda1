"""Commands that train heads from a store alone: train classifier, train segmenter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from .options import SEED, Session, common, pass_session, where
from .train_output import line, told, work

if TYPE_CHECKING:
    from inrstore.tasks import Trained


def _learned_from(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands are given: the store, the classes, which shapes, and the seed."""
    for option in (
        where,
        click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn."),
        click.option("--split", metavar="TAG",
                     help="Learn from shapes in which this tag is train, measure on those in which it is test."),
        click.option("--label", default="label", show_default=True, metavar="NAME",
                     help="The label, or the tag that names the class."),
        click.argument("folder", required=False, metavar="[STORE]"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.option("--name", metavar="NAME", help="What the head is called; by default like the label.")
@click.option(
    "--network", type=click.Choice(["linear", "mlp"]), default="linear", show_default=True,
    help="One linear layer, or the three layers that inr2vec published.",
)  # fmt: skip
@_learned_from
@common
@pass_session
def classifier(
    session: Session,
    folder: str | None,
    label: str,
    name: str | None,
    network: str,
    split: str | None,
    seed: int,
    where: tuple[str, ...],
) -> None:
    """Train a classifier on the embeddings and labels of STORE, by default --store's.

    It is kept in the store as a head; `inrstore classify` asks it. The source files are not read. Without --split it is
    measured on shapes that were not learned from, in five folds, or of 2,000 shapes and more on a tenth of them; then
    all are learned from.
    """
    from inrstore.store import open_store
    from inrstore.tasks import ClassifierRecipe, train_classifier

    store = open_store(folder) if folder else session.open()
    recipe = ClassifierRecipe(network=network, seed=seed)
    which = where or None

    def train() -> Trained:
        return train_classifier(store, label, recipe, where=which, split=split, name=name, on_progress=line)

    told(session, train)


@click.command()
@click.option("--name", default="parts", show_default=True, metavar="NAME", help="What the head is called.")
@click.option("--blind", is_flag=True, help="It sees embedding, class and point alone, as published.")
@click.option("--steps", type=click.IntRange(min=1), default=2_000, show_default=True, metavar="N", help="Steps.")
@work
@_learned_from
@common
@pass_session
def segmenter(
    session: Session,
    folder: str | None,
    label: str,
    name: str,
    blind: bool,
    steps: int,
    work: str | None,
    split: str | None,
    seed: int,
    where: tuple[str, ...],
) -> None:
    """Train a part segmentation on the part labels of STORE, by default --store's.

    They are what `inrstore ingest --parts` kept; the source files are not read. The head is kept in the store;
    `inrstore segment` asks it. It gives each point a part, from the shape's embedding and class and, unless --blind,
    what the shape's network says around the point. It is measured on shapes that it did not learn from.
    """
    from inrstore.store import open_store
    from inrstore.tasks import SegmenterRecipe, train_segmenter

    store = open_store(folder) if folder else session.open()
    recipe = SegmenterRecipe(sees=not blind, steps=steps, seed=seed, copies=1 if blind else SegmenterRecipe.copies)
    which = where or None

    def train() -> Trained:
        return train_segmenter(store, label, recipe, where=which, split=split, name=name, work=work, on_progress=line)

    told(session, train)
