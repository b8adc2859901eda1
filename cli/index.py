"""Commands about the search index, which is derived from the store and can always be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .amounts import COUNT, MEMORY, TIME
from .options import Session, common, pairs, pass_session
from .output import counted, emit, listing, size

if TYPE_CHECKING:
    from index import Plan, Status

Command = TypeVar("Command", bound=Callable[..., Any])

name = click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")


DIM = 384
"""Numbers of an embedding of the packaged encoder."""
_memory = click.option("--memory", type=MEMORY, metavar="SIZE", help="What the index may take, such as 64G.")
_latency = click.option("--latency", type=TIME, metavar="TIME", help="What a query may take, such as 20ms.")


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
    help="flat, which is exact, hnsw, ivf, rabitq for very many, pgvector in the catalogue's PostgreSQL, or one that a "
    "package adds; auto chooses among the first four by number, memory and latency.",
)
@_memory
@_latency
@pairs("--set", "A parameter of the backend, such as ef_search=300 for hnsw, or method=ivf for pgvector.")
@name
@common
@pass_session
def build(
    session: Session, backend: str, memory: int | None, latency: float | None, set: dict[str, str], name: str
) -> None:
    """Build the index anew."""
    import index as library

    from .progress import Bar

    if backend != "auto" and (memory or latency):
        raise click.UsageError("--memory and --latency are what auto goes by: leave out --backend, or them.")
    budget = {} if latency is None else {"latency": latency}
    own = {key: int(value) if value.isdigit() else value for key, value in set.items()}
    with Bar("indexing", "row") as bar:
        done = library.build(
            session.open(),
            backend=backend,
            name=name,
            parameters=own,
            memory=memory,
            on_progress=bar.update,
            **budget,
        )
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


@index.command()
@name
@common
@pass_session
def drop(session: Session, name: str) -> None:
    """Take the index away, with its files or its table.

    A search builds it anew.
    """
    import index as library

    there = library.drop(session.open(), name=name)
    emit({"name": name, "dropped": there}, f"index {name} {'dropped' if there else 'was not there'}.", session.json)


@index.command()
@click.option("--shapes", type=COUNT, metavar="N", help="How many shapes there are to be; else those of the store.")
@click.option("--dim", type=click.IntRange(min=1), help=f"Numbers of an embedding; else the store's, or {DIM}.")
@click.option("--backend", metavar="NAME", default="auto", show_default=True, help="Plan with this one.")
@_memory
@_latency
@common
@pass_session
def advise(
    session: Session, shapes: int | None, dim: int | None, backend: str, memory: int | None, latency: float | None
) -> None:
    """Say which index so many shapes would have, and what it would cost.

    Needs no store. Nothing is built.
    """
    import index as library

    if shapes is None or (dim is None and session.store):
        keys = session.open().embedding_keys()
        shapes = len(keys) if shapes is None else shapes
        if dim is None and len(keys):
            dim = session.open().embeddings(keys[:1])[1].shape[1]
    budget = {} if latency is None else {"latency": latency}
    plan = library.advise(shapes, dim or DIM, memory=memory, backend=backend, **budget)
    emit(plan.to_dict(), _plan(plan), session.json)


def _plan(plan: Plan) -> str:
    how = ", ".join(f"{key} {value}" for key, value in plan.parameters.items())
    told = {
        "backend": f"{plan.backend}{f' ({how})' if how else ''}: {plan.reason}",
        "shapes": f"{plan.shapes:,} of {plan.dim} numbers",
        "memory": f"{size(plan.memory)}, {plan.memory / plan.shapes:.0f} bytes a shape ({plan.known['memory']})",
        "disk": f"{size(plan.disk)} ({plan.known['disk']})",
        "build": f"{plan.core_hours:.2g} core-hours ({plan.known['core_hours']})",
        "latency": f"{1000 * plan.latency:.3g} ms in all poses, {1000 * plan.latency / plan.poses:.2g} ms as it lies "
        f"({plan.known['latency']})",
        "recall@10": f"{'unknown' if plan.recall is None else plan.recall} ({plan.known['recall']})",
        "as asked": "yes" if plan.met else "no: give it more memory or time, or search with --pose none",
        "build it": plan.command,
    }
    return listing(dict(told))


def _show(session: Session, done: Status) -> None:
    changes = f", {done.added:,} added, {done.removed:,} removed" if done.action == "updated" else ""
    rows = f"{done.backend}, {counted(done.count or 0, 'row')} of {done.dim}{changes}"
    text = f"index {done.name} {done.action}: {rows}, {size(done.bytes or 0)}, {done.seconds or 0:.2f} s. {done.reason}"
    emit(done.to_dict(), text, session.json)
