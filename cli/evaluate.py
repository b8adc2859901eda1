"""Commands that measure a store."""

from __future__ import annotations

import click

from .options import Session, common, pass_session, where
from .output import emit, listing


@click.group("eval")
@common
def evaluate() -> None:
    """Measure a store's retrieval and its index."""


@evaluate.command()
@click.option(
    "--label",
    default="label",
    show_default=True,
    metavar="NAME",
    help="The label, or the tag that names the class.",
)
@where
@common
@pass_session
def retrieval(session: Session, label: str, where: tuple[str, ...]) -> None:
    """Print hit@1/5/10 and mean average precision, as fractions.

    Every labelled shape asks for the others of its label, by exact cosine similarity, without an index.
    """
    import index

    value = index.retrieval(session.open(), label=label, where=where or None)
    emit(value, listing(dict(value)), session.json)


@evaluate.command()
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Neighbours a query.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Stored shapes that ask.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample.")
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")
@common
@pass_session
def recall(session: Session, k: int, sample: int, seed: int, name: str) -> None:
    """Print which share of the exact neighbours the index finds."""
    import index

    value = index.recall(session.open(), k=k, sample=sample, seed=seed, name=name).to_dict()
    emit(value, listing(value), session.json)
