"""The refine command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from . import exits
from .ingest import jobs
from .options import Session, common, device, engine, pass_session, where
from .output import counted, emit

if TYPE_CHECKING:
    from ingest import RefineResult


@click.command()
@click.argument("shapes", nargs=-1, metavar="[SHAPE...]")
@where
@click.option("--all", "every", is_flag=True, help="All shapes of the store.")
@click.option(
    "--profile",
    default="fidelity",
    show_default=True,
    metavar="NAME|FILE",
    help="Fitting recipe: fidelity, paper, or a JSON file.",
)
@jobs
@device
@engine
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    metavar="SECONDS",
    help="A shape whose fit takes longer in a worker process is stopped and fails.",
)
@common
@pass_session
def refine(session: Session, /, shapes: tuple[str, ...], where: tuple[str, ...], every: bool, **options: Any) -> int:
    """Fit finer networks to kept samples.

    Without the source files, of shapes that were ingested with --keep-samples. `export` then reads the surface from
    the new network, as after `ingest --profile`. A tenth of the samples measures it instead of being fitted; a network
    that is worse there than the stored one is not added, and the shape fails. So does one that was imported as a
    network. Shapes that have a network of the profile are skipped, and an interrupted run goes on where it stopped
    when the same command is given again. A SHAPE is an id, the start of one (4 digits or more), or a source path.
    """
    from ingest.engines import start_server

    if bool(shapes) + bool(where) + every != 1:
        raise click.UsageError("Give either SHAPEs, or --where, or --all.")
    store = session.open()
    if options["engine"] == "local":
        start_server()  # first: its imports take as long as those of the next line
    from ingest import refine as run

    from .progress import Bar

    with Bar("refining", "shape") as bar:
        result = run(store, shapes or store.keys(where), on_progress=bar.update, **options)
    _report(session, result)
    return exits.SOME_FAILED if result.failed else exits.DONE


def _report(session: Session, result: RefineResult) -> None:
    failures = [{"shape": failure.path, "reason": failure.reason} for failure in result.failures]
    for failure in failures:
        exits.say(f"failed: {failure['shape']}: {failure['reason']}")
    value: dict[str, Any] = {name: getattr(result, name) for name in ("refined", "skipped", "failed", "seconds")}
    rate = f" ({result.seconds / result.refined:.1f} s a shape)" if result.refined else ""
    text = f"{counted(result.refined, 'shape')} refined, {result.skipped:,} skipped, {result.failed:,} failed"
    emit(value | {"failures": failures}, f"{text} in {result.seconds:.1f} s{rate}", session.json)
