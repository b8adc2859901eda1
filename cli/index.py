"""Commands about the search index, which is derived from the store and can always be rebuilt."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import exits
from .options import Session, common, pass_session
from .output import counted, emit, listing, size

if TYPE_CHECKING:
    from index import IndexInfo

Command = TypeVar("Command", bound=Callable[..., Any])

name = click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")


@click.group()
@common
def index() -> None:
    """Build, update and look at the search index.

    `search` does what is needed by itself.
    """


@index.command()
@click.option(
    "--backend",
    type=click.Choice(["auto", "flat", "hnsw", "ivf"]),
    default="auto",
    show_default=True,
    help="flat is exact; auto chooses by number, memory and latency.",
)
@name
@common
@pass_session
def build(session: Session, backend: str, name: str) -> None:
    """Build the index anew."""
    import index as library

    _show(session, library.build(session.open(), backend=backend, name=name, on_progress=_tell))


@index.command()
@name
@common
@pass_session
def add(session: Session, name: str) -> None:
    """Bring the index up to date: add what is new, drop what was removed."""
    import index as library

    _show(session, library.add(session.open(), name=name, on_progress=_tell))


@index.command()
@name
@common
@pass_session
def status(session: Session, name: str) -> None:
    """Say whether the index is current, stale, missing, damaged, or of another model."""
    import index as library

    value = library.status(session.open(), name=name).to_dict()
    shown = {key: size(item) if key == "bytes" else item for key, item in value.items()}
    emit(value, listing(shown), session.json)


def _show(session: Session, info: IndexInfo) -> None:
    changes = f", {info.added:,} added, {info.removed:,} removed" if info.action == "updated" else ""
    rows = f"{info.backend}, {counted(info.count, 'row')} of {info.dim}{changes}"
    text = f"index {info.name} {info.action}: {rows}, {size(info.bytes)}, {info.seconds:.2f} s. {info.reason}"
    emit(info.to_dict(), text, session.json)


def _tell(message: str) -> None:
    if sys.stderr.isatty():
        exits.say(message)
