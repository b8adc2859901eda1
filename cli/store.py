"""Commands about a store as a whole."""

from __future__ import annotations

import click

from . import exits
from .options import Session, common, pass_session
from .output import counted, emit, listing, size

jobs = click.option(
    "--jobs",
    type=click.IntRange(1, 15),
    metavar="N",
    help="Shards at once, each in memory; by default as many as there are cores, 4 at most, and 8 of a remote store.",
)


@click.command()
@click.argument("path", required=False)
@click.option(
    "--model", default="default", show_default=True, metavar="NAME", help="Packaged model or model directory."
)
@click.option(
    "--profile", metavar="NAME|FILE", help="How all its networks are fitted, if not as the model says: fast, fidelity."
)
@click.option("--catalog", metavar="URL", help="SQLAlchemy URL of the catalogue; by default SQLite inside the store.")
@common
@pass_session
def init(session: Session, path: str | None, model: str, profile: str | None, catalog: str | None) -> None:
    """Make an empty store at PATH (or at --store)."""
    from inrstore.model import load_model
    from inrstore.store import init_store

    chosen = load_model(model)
    if profile is not None:
        chosen = chosen.fitted_as(profile)
    store = init_store(path or session.place(), chosen, catalog_url=catalog)
    value = {
        "store": str(store.url),
        "id": store.id,
        "model": {"name": store.model.name, "base": store.base_id, "encoder": store.encoder_id},
    }
    text = f"Made {store.url} with model {store.model.name} (base {store.base_id[:12]}).\n"
    emit(value, f"{text}Next: inrstore --store {store.url} ingest FOLDER", session.json)


@click.command()
@common
@pass_session
def stats(session: Session) -> None:
    """Print how much is stored.

    Shapes, bytes, labels, fields, bases, encoders, shapes with kept samples and pictures, failures.
    """
    value = session.open().stats()
    shown = {name: size(item) if name.startswith("bytes") else item for name, item in value.items()}
    for parts, things, noun in (("bases", "inrs", "network"), ("encoders", "embeddings", "embedding")):
        shown[parts] = [f"{part['name']} {part['id'][:12]} ({counted(part[things], noun)})" for part in value[parts]]
    emit(value, listing(shown), session.json)


@click.command()
@click.option("--incremental", is_flag=True, help="Leave out shards that such a check, on this machine, found sound.")
@jobs
@common
@pass_session
def verify(session: Session, incremental: bool, jobs: int | None) -> int:
    """Check every checksum and look for stray files.

    Changes nothing. Exit code 1 if there is a problem; files that the catalogue does not know are none.

    With --incremental shards that were sound are not read again: only that they are there, in their size, is looked at.
    That is quick, but finds no bits that rotted since; check all of them from time to time.
    """
    from .progress import Bar

    with Bar("checking", "shard") as bar:
        report = session.open().verify(bar.update, jobs=jobs, incremental=incremental)
    value = {
        "ok": not report.problems,
        "shards_checked": report.shards_checked,
        "shards_skipped": report.shards_skipped,
        "problems": list(report.problems),
        "orphans": list(report.orphans),
    }
    lines = [f"problem: {problem}" for problem in report.problems]
    lines += [
        f"orphan: {orphan} (no row refers to it, harmless; `inrstore compact` removes it)" for orphan in report.orphans
    ]
    verdict = counted(len(report.problems), "problem") if report.problems else "all good"
    before = f", {report.shards_skipped} sound before" if report.shards_skipped else ""
    lines.append(f"{counted(report.shards_checked, 'shard')} checked{before}: {verdict}")
    emit(value, "\n".join(lines), session.json)
    return exits.FAILED if report.problems else exits.DONE


@click.command()
@click.option("--force", is_flag=True, help="Delete young orphans too; only when nobody else writes to the store.")
@jobs
@common
@pass_session
def compact(session: Session, force: bool, jobs: int | None) -> None:
    """Fold small shards and free the space of removed shapes.

    Files that no row refers to (orphans) are deleted if they are older than an hour.
    """
    from .progress import Bar

    with Bar("folding", "shard") as bar:
        value = session.open().compact(force, jobs=jobs, on_progress=bar.update)
    emit(value, listing(dict(value)), session.json)
