"""The commands that look for what is in a store twice, or nearly."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import exits
from .ingest import jobs
from .options import Session, common, device, engine, pass_session, where
from .output import counted, emit, table

if TYPE_CHECKING:
    from index import Duplicates
    from index.surfaces import Decode
    from inrstore.store import Store


def _printing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that both commands have."""
    for option in (
        click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store."),
        click.option("--no-mirror", is_flag=True, help="Mirror images do not count."),
        click.option(
            "--plot",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Draw each group's first, and it laid upon the others, in two colours (PNG, PDF or SVG).",
        ),
        click.option(
            "--all",
            "all_pairs",
            is_flag=True,
            help="Also pairs that were told apart with `inrstore decide`, each as a group of its own.",
        ),
        click.option("--csv", "as_csv", is_flag=True, help="CSV, one line a member."),
        where,
        engine,
        jobs,
    ):
        command = option(command)
    return command


@click.command()
@click.option(
    "--level",
    type=click.Choice(["exact", "same", "variant"]),
    default="same",
    show_default=True,
    help="Only the same content; also what lies upon each other; also what nearly does.",
)
@click.option(
    "--threshold",
    type=float,
    metavar="DISTANCE",
    help="Chamfer distance of the decoded surfaces, in radii, up to which shapes are of this level.",
)
@click.option("--against", metavar="FOLDER", help="Which files of a folder are in the store already.")
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of these files.")
@_printing
@device
@common
@pass_session
def duplicates(
    session: Session,
    /,
    level: str,
    threshold: float | None,
    against: str | None,
    up: str,
    device: str,
    where: tuple[str, ...],
    as_csv: bool,
    all_pairs: bool,
    plot: Path | None,
    no_mirror: bool,
    name: str,
    **work: Any,
) -> int:
    """Find shapes that are in the store more than once, in groups; nothing is deleted.

    Besides files of the same bytes and content, which are one stored shape, these are shapes that are the same however
    they are turned, moved, scaled, mirrored, remeshed or decimated: the surfaces that their networks have are laid upon
    each other and measured. Each member of a group says what it is to the group's first.

    What was decided (`inrstore decide`, or in the gallery) goes before what is measured: two shapes that are different
    are not shown as copies of each other, and what is the same or a variant by decision is shown as that.

    With --against nothing is stored either: each file of the folder is told that is in the store already.
    """
    if against is not None and (where or all_pairs):
        raise click.UsageError("--against asks the whole store about files: leave out --where and --all.")
    import index

    from .progress import Bar

    store = session.open()
    options: dict[str, Any] = {"level": level, "threshold": threshold, "mirror": not no_mirror, "index": name}
    options["decode"] = _decode(store, work)
    with Bar("comparing", "shape") as bar:
        if against is None:
            found = index.duplicates(store, where=where or None, all=all_pairs, on_progress=bar.update, **options)
        else:
            reading = {"up": up, "device": device, **work}
            found = index.stored_already(store, against, on_progress=bar.update, **reading, **options)
    return _shown(session, found, as_csv, plot, "group" if against is None else "file that is stored already")


@click.command()
@click.option(
    "--threshold",
    type=float,
    metavar="DISTANCE",
    help="Chamfer distance of the decoded surfaces, in radii, up to which shapes are of one family.",
)
@_printing
@common
@pass_session
def variants(
    session: Session,
    /,
    threshold: float | None,
    where: tuple[str, ...],
    as_csv: bool,
    all_pairs: bool,
    plot: Path | None,
    no_mirror: bool,
    name: str,
    **work: Any,
) -> int:
    """Find families: shapes that nearly lie upon each other, such as one part in several versions.

    They are shown in groups and stay what they are.
    """
    import index

    from .progress import Bar

    store = session.open()
    with Bar("comparing", "shape") as bar:
        found = index.variants(
            store,
            threshold=threshold,
            where=where or None,
            mirror=not no_mirror,
            index=name,
            all=all_pairs,
            decode=_decode(store, work),
            on_progress=bar.update,
        )
    return _shown(session, found, as_csv, plot, "family")


def _decode(store: Store, work: dict[str, Any]) -> Decode:
    from ingest.decoding import decode_surfaces

    return partial(decode_surfaces, store, **work)


def _shown(session: Session, found: Duplicates, as_csv: bool, plot: Path | None, noun: str) -> int:
    if as_csv and session.json:
        raise click.UsageError("--csv and --json exclude each other.")
    from index.families import COLUMNS

    for failure in found.failures:
        exits.say(f"failed: {failure.path}: {failure.reason}")
    if plot is not None:
        _plot(found, plot)
    if as_csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([COLUMNS, *found.rows()])
        click.echo(text.getvalue(), nl=False)
    else:
        failures = [{"path": failure.path, "reason": failure.reason} for failure in found.failures]
        value = {"groups": [group.to_dict() for group in found], "failures": failures}
        emit(value, _text(found, noun), session.json)
    return exits.SOME_FAILED if found.failures else exits.DONE


def _text(found: Duplicates, noun: str) -> str:
    if not found:
        return f"no {noun}"
    headers = ("", "source", "id", "is to the first", "distance", "score", "decided")
    rows = []
    last = None
    for number, source, id, _, _, words, score, chamfer, _, _, decision in found.rows():
        figures = _figure(chamfer), _figure(score), decision or ""
        rows.append((number if number != last else "", source, str(id or "")[:12], words, *figures))
        last = number
    plural = noun[:-1] + "ies" if noun.endswith("y") and len(found) > 1 and " " not in noun else None
    title = f"{len(found):,} {plural}" if plural else counted(len(found), noun)
    return f"{table(headers, rows)}\n\n{title}"


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else ""


def _plot(found: Duplicates, plot: Path) -> None:
    rows = found.drawn()
    if not rows:
        exits.say("no picture: nothing that is a shape of its own is in a group with another")
        return
    from inrstore.pictures.overlay import overlay_sheet

    overlay_sheet(rows, plot)
    exits.say(f"wrote {plot}")
