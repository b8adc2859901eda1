"""Commands about the search index, which is derived from the store and can always be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .options import Session, common, pass_session
from .output import counted, emit, listing, size

if TYPE_CHECKING:
    from index import Status

Command = TypeVar("Command", bound=Callable[..., Any])

name = click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")


def _known(context: click.Context, parameter: click.Parameter, value: str) -> str:
    import index as library

    if value not in library.backends():
        raise click.BadParameter(f"{value!r} is none of {', '.join(library.backends())}.")
    return value


@click.group()
@common
def index() -> None:
    """Build, update and look at the search index.

    `search` does what is needed by itself.
    """


@index.command()
@click.option(
    "--backend",
    metavar="NAME",
    callback=_known,
    default="auto",
    show_default=True,
    help="flat, which is exact, hnsw, ivf, or one that a package adds; auto chooses by number, memory and latency.",
)
@name
@common
@pass_session
def build(session: Session, backend: str, name: str) -> None:
    """Build the index anew."""
    import index as library

    from .progress import Bar

    with Bar("indexing", "row") as bar:
        done = library.build(session.open(), backend=backend, name=name, on_progress=bar.update)
    _show(session, done)


@index.command()
@name
@common
@pass_session
def add(session: Session, name: str) -> None:
    """Bring the index up to date: add what is new, drop what was removed."""
    import index as library

    from .progress import Bar

    with Bar("indexing", "row") as bar:
        done = library.add(session.open(), name=name, on_progress=bar.update)
    _show(session, done)


@index.command()
@name
@common
@pass_session
def status(session: Session, name: str) -> None:
    """Say whether the index is current, stale, missing, damaged, or of another store."""
    import index as library

    value = library.status(session.open(), name=name).to_dict()
    shown = {key: size(item) if key == "bytes" else item for key, item in value.items()}
    emit(value, listing(shown), session.json)


def _show(session: Session, done: Status) -> None:
    changes = f", {done.added:,} added, {done.removed:,} removed" if done.action == "updated" else ""
    rows = f"{done.backend}, {counted(done.count or 0, 'row')} of {done.dim}{changes}"
    text = f"index {done.name} {done.action}: {rows}, {size(done.bytes or 0)}, {done.seconds or 0:.2f} s. {done.reason}"
    emit(done.to_dict(), text, session.json)
