"""The classify command."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import click

from . import exits
from .options import Session, align, common, device, pass_session
from .output import emit, table

if TYPE_CHECKING:
    from inrstore.tasks import Named

Answer = tuple[str, "Named"]


@click.command()
@click.argument("queries", nargs=-1, required=True, metavar="QUERY...")
@click.option("--head", metavar="HEAD", help="Which classifier; by default the one that was trained last.")
@click.option(
    "--top", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="So many of the likeliest."
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV: query, label, probability, unlike.")
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of query files.")
@align
@device
@common
@pass_session
def classify(
    session: Session,
    queries: tuple[str, ...],
    head: str | None,
    top: int,
    as_csv: bool,
    up: str,
    align: str,
    device: str,
) -> int:
    """Say what each QUERY is, in the words of the labels that a classifier learned.

    A QUERY is a mesh, cloud or voxel file, a folder of them, the id (or its start) or source path of a stored shape, or
    an .npy file of embeddings. Probabilities are calibrated: of what is said with .8, about four in five are right;
    `inrstore eval classification` says how far off that is. A query that is less like the classes than nearly all that
    was learned from is marked "unlike", and its label means little. `inrstore train classifier` makes a classifier.
    """
    if as_csv and session.json:
        raise click.UsageError("--csv and --json exclude each other.")
    import numpy as np

    import index
    from inrstore.errors import BadInput
    from inrstore.tasks import Classifier

    from .progress import Bar

    store = session.open()
    classifier = Classifier(store.head(head, kind="classifier"))
    with Bar("fitting queries", "file") as bar:
        about = {"up": up, "align": align, "device": device}
        asked, failures = index.embeddings(store, queries, skip_failed=True, on_progress=bar.update, **about)  # type: ignore[arg-type]
    for failure in failures:
        exits.say(f"failed: {failure.path}: {failure.reason}")
    if not asked:
        raise BadInput("no query could be read")
    named = classifier.classify(np.stack([one.rows[0] for one in asked]), top)
    answers = [(one.query, found) for one, found in zip(asked, named, strict=True)]
    if as_csv:
        click.echo(_csv(answers), nl=False)
    else:
        value = [{"query": query, **found.to_dict()} for query, found in answers]
        emit(value, _table(answers), session.json)
    return exits.SOME_FAILED if failures else exits.DONE


def _table(answers: list[Answer]) -> str:
    rows = [
        [
            query,
            found.label,
            f"{found.probability:.2f}",
            "unlike all classes" if found.unlike else "",
            ", ".join(f"{label} {probability:.2f}" for label, probability in found.top[1:] if probability >= 0.005),
        ]
        for query, found in answers
    ]
    return table(["query", "label", "probability", "", "or else"], rows)


def _csv(answers: list[Answer]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["query", "label", "probability", "unlike"])
    writer.writerows([query, found.label, found.probability, found.unlike] for query, found in answers)
    return text.getvalue()
