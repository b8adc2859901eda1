"""The search command."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from inrstore.errors import BadInput
from inrstore.limits import UNITS
from inrstore.queries import NEIGHBOURS

from . import exits
from .options import Session, align, common, device, pass_session, where
from .output import emit

if TYPE_CHECKING:
    from index import Result
    from inrstore.store import Store

OF_WORDS = ("unit", "plain")
OF_SHAPES = ("include_self", "field", "up", "align", "pose", "no_mirror", "rerank", "partial", "name", "device")
"""Options that only queries of one kind take."""


@click.command()
@click.argument("queries", nargs=-1, metavar="[QUERY...]")
@click.option("--text", metavar="TEXT", help="Words in place of a QUERY: what shapes are called.")
@click.option(
    "--unit",
    type=click.Choice(list(UNITS)),
    default="mm",
    show_default=True,
    help="Of lengths in the store's files, for limits in a text.",
)
@click.option("--plain", is_flag=True, help="Nothing in a text is a limit.")
@click.option("-k", type=click.IntRange(min=1), default=NEIGHBOURS, show_default=True, help="Neighbours a query.")
@click.option("--threshold", type=float, metavar="SCORE", help="Only hits of this cosine similarity or more.")
@where
@click.option("--include-self", is_flag=True, help="Keep a stored shape among its own hits.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV: query, rank, id, label, score, source, pose.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw queries and neighbours into a picture (PNG, PDF or SVG).",
)
@click.option("--decoded", is_flag=True, help="Below the sources, draw what the networks have.")
@click.option(
    "--field",
    type=click.Choice(["auto", "sdf", "udf", "occ"]),
    default="auto",
    show_default=True,
    help="What the network of a query file represents.",
)
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of query files.")
@align
@click.option(
    "--pose",
    type=click.Choice(["none", "up", "free"]),
    help="How a query may be turned to look like a shape: not, about up, or any way, also bent; by default up.",
)
@click.option("--no-mirror", is_flag=True, help="Mirror images do not count.")
@click.option(
    "--rerank",
    type=click.IntRange(min=0),
    metavar="N",
    help="Of the N best, put first what has the query's own surface; 10 by default with --pose free, else 0.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="The query is a piece of what is looked for, in the same units; as it lies unless --pose says more.",
)
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")
@device
@common
@pass_session
def search(
    session: Session,
    queries: tuple[str, ...],
    text: str | None,
    unit: str,
    plain: bool,
    k: int,
    threshold: float | None,
    where: tuple[str, ...],
    include_self: bool,
    as_csv: bool,
    plot: Path | None,
    decoded: bool,
    field: str,
    up: str,
    align: str,
    pose: str | None,
    no_mirror: bool,
    rerank: int | None,
    partial: bool,
    name: str,
    device: str,
) -> int:
    """Find the stored shapes that are most like each QUERY.

    Best first; the score is the cosine similarity, 1 for the same embedding. A query that is a shape is also compared
    turned about the upright axis and in a mirror, which takes up to .08 or .09 off the score and is said as the hit's
    pose.

    A QUERY is a mesh, cloud or voxel file, a folder of them, the id (or its start) or source path of a stored shape,
    or an .npy file with one embedding (d,) or several (n, d). A stored shape is left out of its own hits.

    With --text, words find what shapes are called: their names, labels, tags and paths. Stems, beginnings, numbers of
    parts and slips of the keys are seen through, and plain limits become conditions: "under 50 mm", "stl", "added this
    week". What was made of the text is said above the hits; in "quotation marks" it is words.
    """
    if as_csv and session.json:
        raise click.UsageError("--csv and --json exclude each other.")
    if (text is None) == (not queries):
        raise click.UsageError("Give QUERY or --text, one of the two.")
    _check_together(text is not None)
    import index

    if text is not None:
        store = session.open()
        found = index.search_text(store, text, k=k, where=where or None, threshold=threshold, unit=unit, plain=plain)
        _draw(store, [found], plot, {}, decoded)
        _print(session, [found], as_csv)
        return exits.DONE

    from .progress import Bar

    store = session.open()
    with Bar("fitting queries", "file") as bar:
        results = index.search(
            store,
            queries,
            k=k,
            threshold=threshold,
            where=where or None,
            exclude_self=not include_self,
            index=name,
            field=field,
            up=up,
            align=align,
            pose=pose,
            mirror=not no_mirror,
            rerank=rerank,
            partial=partial,
            device=device,
            skip_failed=True,
            on_progress=bar.update,
        )
    for failure in results.failures:
        exits.say(f"failed: {failure.path}: {failure.reason}")
    if not results:
        raise BadInput("no query could be read")
    if plot is not None:
        from .pictures import pictures

        _draw(store, results, plot, pictures(results, up, align), decoded)
    _print(session, results, as_csv)
    return exits.SOME_FAILED if results.failures else exits.DONE


def _check_together(words: bool) -> None:
    """Errors: UsageError for an option that means nothing to words, or to queries that are none."""
    context = click.get_current_context()
    given = [
        option.opts[0]
        for option in context.command.params
        if option.name in (OF_SHAPES if words else OF_WORDS)
        and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{', '.join(given)}: goes with {'a QUERY' if words else '--text'} only.")


def _draw(store: Store, results: Sequence[Result], plot: Path | None, own: Mapping[str, Any], decoded: bool) -> None:
    if plot is None:
        return
    from inrstore.pictures.stored import search_sheet

    search_sheet(store, results, plot, own, decoded=decoded)
    exits.say(f"wrote {plot}")


def _print(session: Session, results: Sequence[Result], as_csv: bool) -> None:
    if as_csv:
        click.echo(_csv(results), nl=False)
    else:
        emit([result.to_dict() for result in results], "\n\n".join(map(repr, results)), session.json)


def _csv(results: Sequence[Result]) -> str:
    from index.results import MEASURED

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    hits = [hit for result in results for hit in result.hits]
    further = [name for name in MEASURED if any(getattr(hit, name) is not None for hit in hits)]
    writer.writerow(["query", "rank", "id", "label", "score", "source", "pose", *further])
    for result in results:
        for hit in result.hits:
            row = [result.query, hit.rank, hit.id, hit.label, hit.score, hit.source, hit.pose or ""]
            writer.writerow([*row, *(getattr(hit, name) for name in further)])
    return text.getvalue()
