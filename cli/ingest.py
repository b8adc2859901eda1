"""Commands that bring files in: ingest, failures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from . import exits
from .options import SEED, Command, Session, align, common, device, engine, pairs, pass_session
from .output import counted, emit, table

if TYPE_CHECKING:
    from ingest import IngestResult

LABELS_FROM = ["parent", "grandparent", "csv", "shard"]


labels_from = click.option(
    "--labels-from",
    type=click.Choice(LABELS_FROM),
    help="Label by the folder's name, the one above it, --labels-csv, or what a tar shard says.",
)
labels_csv = click.option(
    "--labels-csv",
    type=click.Path(exists=True, dir_okay=False),
    help="CSV with the columns path and label; implies --labels-from csv.",
)
jobs = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    metavar="N",
    help="Worker processes; by default one a core.",
)
limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N files found.")
timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="A file that takes longer to read and sample is stopped and recorded as failed.",
)
seed = click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the samples.")


def _keepable(context: click.Context, parameter: click.Parameter, value: int) -> int:
    if value:
        from ingest.options import LEAST, MOST

        if not LEAST <= value <= MOST:
            raise click.BadParameter(f"{value} is not 0, or from {LEAST} to {MOST}.")
    return value


keep_samples = click.option(
    "--keep-samples",
    type=int,
    callback=_keepable,
    default=0,
    show_default=True,
    metavar="N",
    help="Store N samples of each shape's field, 20000 to 1000000, for `refine` without the file; 60000 serve nearly "
    "as well as the file.",
)


parts = click.option(
    "--parts",
    is_flag=True,
    help="Keep which part of a shape is which, for `inrstore train segmenter`: said by a file beside it (.parts.npz, "
    ".seg), the names of its groups or objects, the colours of its faces, or a cloud's seventh column.",
)
thumbnails = click.option(
    "--thumbnails/--no-thumbnails",
    default=None,
    help="Keep a small picture of each source, or none; by default of new shapes. --thumbnails also draws those that "
    "stored shapes lack.",
)


def labels(command: Command) -> Command:
    return labels_from(labels_csv(command))


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@labels
@pairs("--tag", "Tag every shape of this run. Repeatable.")
@click.option(
    "--field",
    type=click.Choice(["auto", "sdf", "udf", "occ"]),
    default="auto",
    show_default=True,
    help="What the network represents; auto chooses by the kind of file.",
)
@click.option(
    "--profile",
    metavar="NAME|FILE",
    help="Fit by this recipe instead of the store's own: fast, fidelity, paper, or a JSON file.",
)
@click.option(
    "--scenes",
    type=click.Choice(["whole", "parts"]),
    default="whole",
    show_default=True,
    help="Store a scene as one shape, or each object in it as its own.",
)
@click.option("--units", metavar="UNIT", help="Unit of the coordinates (mm, m, inch, …), kept as a tag.")
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The source's up axis.")
@align
@jobs
@limit
@timeout
@click.option("--max-faces", type=click.IntRange(min=1), metavar="N", help="Refuse meshes with more faces.")
@click.option("--max-bytes", type=click.IntRange(min=1), metavar="N", help="Refuse larger files.")
@seed
@keep_samples
@parts
@thumbnails
@click.option("--retry-failed", is_flag=True, help="Only files that failed before; without PATH, all of them.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@device
@engine
@common
@pass_session
def ingest(session: Session, /, paths: tuple[str, ...], **options: Any) -> int:
    """Fit and store the shapes in files and folders.

    A PATH is one of these, or a URI: s3://bucket/prefix, gs://bucket/prefix, file:///path; credentials come from the
    environment. Every mesh, point cloud and voxel grid under each PATH becomes a network and its embedding. What is
    stored already is skipped (or gets the network of --profile, the samples of --keep-samples, what a file beside it
    says of its --parts, or the picture of --thumbnails, if it lacks those), a bad file is recorded and never stops the
    run, and an interrupted run goes on where it stopped when the same command is given again.

    Labels and tags that are asked for here (--labels-from, --labels-csv, --tag, --units) also go to shapes that are
    stored already: the label replaces, a tag joins, or replaces the one of its name; a file without any leaves what is
    there. A file that moved keeps its shape with label and tags; one whose content changed makes a new shape, which
    inherits those of the one before it. Arrays (NPY, NPZ) in a folder that are no shapes are ignored; name one to have
    it read.

    With --scenes parts each object in a scene, assembly or print plate (glTF, 3MF, OBJ with o, DAE, STEP, IGES, USD)
    becomes a shape of its own, with its name and transform; copies of one object are one shape with several sources,
    FILE#NUMBER NAME. Each model in an archive (.zip) is read as a file of its own, ARCHIVE#NAME; with --scenes whole an
    archive that is named is one shape, and one in a folder is passed over.

    Tar shards (.tar, as webdataset and img2dataset write them) are read as a stream: each model in one is a shape,
    SHARD#NAME, with the label that its sample's .cls or .json gives, the other fields of that as tags, and its .txt as
    the tag caption.
    """
    from ingest.engines import start_server

    if not paths and not options["retry_failed"]:
        raise click.UsageError("Give a PATH to ingest, or --retry-failed.")
    if not options["dry_run"] and options["engine"] == "local":
        start_server()  # first: its imports take as long as those of the next lines
    from ingest import ingest as run

    from .progress import Bar

    store = session.open()
    options["tags"] = options.pop("tag")
    _check_labels(options)
    with Bar("fitting", "shape") as bar:
        result = run(store, paths, on_progress=bar.update, **options)
    _report(session, result, options["dry_run"])
    return exits.SOME_FAILED if result.failed else exits.DONE


@click.command("import-inrs")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--field",
    type=click.Choice(["sdf", "udf", "occ"]),
    help="What the networks represent, where a file does not tell.",
)
@click.option("--omega", type=float, default=30.0, show_default=True, help="The factor in each sine.")
@click.option(
    "--inside",
    type=click.Choice(["positive", "negative"]),
    help="Sign of the raw output inside, for sdf; by default negative in HDF5, as the official code has it.",
)
@labels
@pairs("--tag", "Tag every shape of this run. Repeatable.")
@jobs
@limit
@timeout
@seed
@keep_samples
@thumbnails
@engine
@common
@pass_session
def import_inrs(session: Session, /, paths: tuple[str, ...], **options: Any) -> int:
    """Store networks that somebody else fitted.

    A PATH is a file or folder of HDF5 in the official inr2vec layout, of safetensors that `inrstore export -f inr`
    wrote, or of safetensors of linear layers. Each becomes a shape with a network and embedding of the store's
    own, so that it is found like any other; the foreign network is kept beside it and is what export reads.
    """
    from ingest.engines import start_server

    if options["engine"] == "local":
        start_server()  # first: its imports take as long as those of the next lines
    from ingest import import_inrs as run

    from .progress import Bar

    store = session.open()
    options["tags"] = options.pop("tag")
    _check_labels(options)
    with Bar("importing", "network") as bar:
        result = run(store, paths, on_progress=bar.update, **options)
    _report(session, result, dry_run=False)
    return exits.SOME_FAILED if result.failed else exits.DONE


def _check_labels(options: dict[str, Any]) -> None:
    if options["labels_csv"] and not options["labels_from"]:
        options["labels_from"] = "csv"
    if options["labels_from"] == "csv" and not options["labels_csv"]:
        raise click.UsageError("--labels-from csv needs --labels-csv FILE.")


def _report(session: Session, result: IngestResult, dry_run: bool) -> None:
    failures = [{"path": failure.path, "reason": failure.reason} for failure in result.failures]
    value: dict[str, Any] = {name: getattr(result, name) for name in ("stored", "skipped", "failed", "seconds")}
    value["failures"] = failures
    for failure in failures:
        exits.say(f"failed: {failure['path']}: {failure['reason']}")
    value["ignored"] = len(result.ignored)
    if result.ignored:
        what = counted(len(result.ignored), "file")
        exits.say(f"ignored: {what} that hold no shapes, such as {result.ignored[0]}; name one to have it read")
    value["refused"] = len(result.refused)
    for line in _refused(result.refused):
        exits.say(line)
    value["notes"] = result.notes
    for note in result.notes:
        exits.say(note)
    rest = f"{result.skipped:,} skipped, {result.failed:,} failed"
    if dry_run:
        value["planned"] = result.planned
        lines = [
            *result.planned,
            f"{counted(len(result.planned), 'file')} would be read, {rest}; nothing was stored",
        ]
        return emit(value, "\n".join(lines), session.json)
    rate = f" ({result.stored / result.seconds:.1f} shapes/s)" if result.stored else ""
    text = f"{counted(result.stored, 'shape')} stored, {rest} in {result.seconds:.1f} s{rate}"
    return emit(value, text, session.json)


def _refused(paths: list[str]) -> list[str]:
    """One line for each kind of file that is not read."""
    from ingest.files import FOREIGN

    kinds: dict[str, list[str]] = {}
    for path in paths:
        kinds.setdefault(os.path.splitext(path)[1].lower(), []).append(path)
    return [
        f"passed over: {counted(len(some), f'{kind} file')}, such as {some[0]}: {FOREIGN[kind]}"
        for kind, some in kinds.items()
    ]


@click.command()
@common
@pass_session
def failures(session: Session) -> None:
    """List the files that could not be stored, and why.

    `ingest --retry-failed` tries them again.
    """
    value = [
        {
            "path": f.path,
            "reason": f.reason,
            "stage": f.stage,
            "time": f.time.isoformat(timespec="seconds") if f.time else None,
        }
        for f in session.open().failures()
    ]
    rows = [(v["path"], v["stage"], v["reason"]) for v in value]
    emit(value, table(["path", "stage", "reason"], rows) if rows else "No failure.", session.json)
