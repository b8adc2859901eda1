"""The search command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrstore.errors import BadInput
from inrstore.queries import NEIGHBOURS

from . import exits
from .options import Session, common, device, pass_session, where
from .search_kinds import by_parts, by_picture, by_shapes, by_text
from .search_options import kind_of, of_composed, of_files, of_pictures, of_texts
from .search_output import draw, show

if TYPE_CHECKING:
    from index import Result
    from inrstore.store import Store


@click.command()
@click.argument("queries", nargs=-1, metavar="[QUERY...]")
@of_texts
@of_pictures
@of_composed
@click.option("-k", type=click.IntRange(min=1), default=NEIGHBOURS, show_default=True, help="Neighbours a query.")
@click.option("--threshold", type=float, metavar="SCORE", help="Only hits of this score or more.")
@where
@click.option("--csv", "as_csv", is_flag=True, help="CSV: query, rank, id, label, score, source, pose.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw queries and neighbours into a picture (PNG, PDF or SVG).",
)
@click.option("--decoded", is_flag=True, help="Below the sources, draw what the networks have.")
@of_files
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")
@device
@common
@pass_session
def search(
    session: Session, /, queries: tuple[str, ...], as_csv: bool, plot: Path | None, decoded: bool, **given: Any
) -> int:
    """Find the stored shapes that are most like each QUERY, a text, a picture, or a sum of these.

    Best first; the score is the cosine similarity, 1 for the same embedding. A query that is a shape is also compared
    turned about the upright axis and in a mirror, which takes up to .08 or .09 off the score and is said as the hit's
    pose.

    A QUERY is a mesh, cloud or voxel file, a folder of them, the id (or its start) or source path of a stored shape,
    or an .npy file with one embedding (d,) or several (n, d). A stored shape is left out of its own hits.

    With --text, words find what shapes are called: their names, labels, tags and paths; and, where there is a head for
    words, what they look like. Stems, beginnings, numbers of parts and slips of the keys are seen through, and plain
    limits become conditions: "under 50 mm", "stl", "added this week". What was made of the text is said above the hits;
    in "quotation marks" it is words.

    With --image, a drawing, a rendering or a photo finds what looks like the object in it. How that was found is said
    above the hits; where what is behind it is busy, --mask or --box says what is meant. It finds far more in a store
    with views ('inrstore encode --views').

    With --like, --not, or --text and --image together, a query is composed: like this shape, with wheels, not round.
    Hits say what they owe to each part.
    """
    if as_csv and session.json:
        raise click.UsageError("--csv and --json exclude each other.")
    kind = kind_of(queries, given)
    store = session.open()
    if kind == "QUERY":
        return _of_shapes(session, store, queries, as_csv, plot, decoded, given)
    pictures = {}
    if kind == "--image":
        found: Result = (seen := by_picture(store, given))
        pictures = {seen.query: seen.picture}
    else:
        found = by_text(store, given) if kind == "--text" else by_parts(store, given)
    draw(store, [found], plot, pictures, decoded)
    show(session, [found], as_csv)
    return exits.DONE


def _of_shapes(
    session: Session,
    store: Store,
    queries: tuple[str, ...],
    as_csv: bool,
    plot: Path | None,
    decoded: bool,
    given: dict[str, Any],
) -> int:
    results = by_shapes(store, queries, given)
    for failure in results.failures:
        exits.say(f"failed: {failure.path}: {failure.reason}")
    if not results:
        raise BadInput("no query could be read")
    if plot is not None:
        from .pictures import pictures

        draw(store, results, plot, pictures(results, given["up"], given["align"]), decoded)
    show(session, results, as_csv)
    return exits.SOME_FAILED if results.failures else exits.DONE
