"""From paths to committed shapes: discover, skip what is known, run workers, commit in batches."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrstore.progress import OnProgress
from inrstore.records import Failure

from . import worker
from .discover import Found, discover, file_of
from .engines import make_engine
from .files import TEXTS, is_shard, part_labels, suffixes
from .files.networks import NETWORK_SUFFIXES
from .options import ImportOptions, IngestOptions, Options, chosen
from .run import Run
from .settings import Settings, foreign_settings, other_network, reading_of, settings_for
from .sources.address import above
from .viewing import keep_views
from .writer import Writer

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True)
class IngestResult:
    """What a run did. `planned` lists the files that a dry run would read."""

    stored: int
    skipped: int
    failed: int
    seconds: float
    failures: list[Failure]
    planned: list[str] = default(default_factory=list)
    ignored: list[str] = default(default_factory=list)
    """What was met in a folder and holds no shape, such as arrays of labels; it counts nowhere."""
    refused: list[str] = default(default_factory=list)
    """What was met in a folder and is of a kind that is not read, see `ingest.files.FOREIGN`; it counts nowhere."""
    notes: list[str] = default(default_factory=list)
    """What could not be made of the shapes that are stored, and why."""


def ingest(
    store: Store,
    paths: Sequence[str | Path] = (),
    options: IngestOptions | None = None,
    *,
    on_progress: OnProgress | None = None,
    **overrides: Any,
) -> IngestResult:
    """Fit and store the shapes in files and folders, and below URIs; a rerun goes on where the last one ended.

    Every option of `IngestOptions` can be given by its name: ``ingest(store, [folder], labels_from="parent")``.

    A file whose bytes are stored is skipped before it is read, whatever `field` and `up` say now (remove the shape to
    have it again), and where it lies as it did, nothing is written. Only if the shape has no network of `profile` yet
    (nor of its base, which is another for another architecture of the same name), that is fitted, in the shape's own
    field and orientation, and added; this counts as stored. So do kept samples and, with `thumbnails=True`, pictures.
    A file whose normalised content is stored becomes a further source of that shape. A file that fails is recorded
    with its reason, the run goes on, and a later run that meets the file tries it again. Batches are committed as they
    come, also on Ctrl-C.

    Labels and tags that are asked for (`labels_from`, `labels_csv`, `tags`, `units`) also go to shapes that are
    stored already: the label replaces, a tag joins, or replaces the one of its name, and a file of which nothing is
    said leaves what is there. A file that has moved keeps its shape, with label and tags. A file whose content has
    changed makes a new shape, which inherits label and tags of the one before it where this run says nothing else.

    Raises
    ------
    BadInput
        If an option is unusable. Unusable files never raise.
    StorageFull
        If the disk is full; what was committed stays.
    """
    return _ingest(store, "ingest", paths, chosen(options or IngestOptions(), overrides), on_progress)


def import_inrs(
    store: Store,
    paths: Sequence[str | Path],
    options: ImportOptions | None = None,
    *,
    on_progress: OnProgress | None = None,
    **overrides: Any,
) -> IngestResult:
    """Store networks that somebody else fitted, searchable like any shape; everything else is as in `ingest`.

    Files are HDF5 in the official inr2vec layout (`params`, a flat SIREN 3-h×4-1), safetensors that
    `inrstore export -f inr` wrote, and safetensors of any stack of linear layers with sines between. The store's own
    network is fitted to what the foreign one says; the foreign one is kept beside it, as profile `imported`, and export
    reads the surface from it. A class id in the file is the label where nothing else gives one. Every option of
    `ImportOptions` can be given by its name.

    Raises
    ------
    BadInput
        If an option is unusable, or the first file that can be read is none of these. Files of another
        architecture than the first are failures.
    """
    return _ingest(store, "import-inrs", paths, chosen(options or ImportOptions(), overrides), on_progress)


def _ingest(
    store: Store, command: str, paths: Sequence[str | Path], options: IngestOptions, on_progress: OnProgress | None
) -> IngestResult:
    started, before = time.monotonic(), store.count()
    recorded = {failure.path for failure in store.failures()}
    asked = sorted({file_of(path) for path in recorded}) if options.retry_failed and not paths else paths
    found = _found(asked, options, recorded)
    own = options.profile is None or str(options.profile) == store.profile
    other = None if own or options.profile is None else other_network(store, options.profile)
    writer = Writer(store, recorded, options, other and (other[1].profile, other[1].base_id))
    run = Run(writer, found, options.limits, on_progress)
    for path in (*found.folders, *found.ignored):
        writer.settled(path)
    planned: list[str] = []
    if options.dry_run:
        planned = run.plan()
    elif isinstance(options, ImportOptions):
        _work(run, foreign_settings(store, found, options), options)
    else:
        _work(run, settings_for(store, options, other), options)
    seconds = time.monotonic() - started
    failures = sorted(writer.failures, key=lambda failure: failure.path)
    result = IngestResult(
        writer.stored, writer.skipped, len(failures), seconds, failures, planned, found.ignored, found.refused
    )
    if not options.dry_run:
        counted = {"stored": result.stored, "skipped": result.skipped, "failed": result.failed, "seconds": seconds}
        store.record_run(command, {"paths": [str(p) for p in asked], **options.plain()}, counted)
        result = replace(result, notes=keep_views(store, before, options, on_progress))
    return result


def _found(paths: Sequence[str | Path], options: IngestOptions, recorded: set[str]) -> Found:
    """The first `limit` files, of those that are, or lie below, a recorded failure if only these are to be tried."""
    kinds: dict[str, Any] = {}
    if isinstance(options, ImportOptions):
        reading_of(options)  # before anything else is done
        kinds = {"walked": NETWORK_SUFFIXES, "named": NETWORK_SUFFIXES}
    elif options.parts:
        kinds = {"walked": suffixes() | TEXTS}
    given: dict[str, Any] = {"labels_from": options.labels_from, "labels_csv": options.labels_csv, "tags": options.tags}
    shards = not isinstance(options, ImportOptions)
    found = discover(paths, parts=options.scenes == "parts", shards=shards, **given, **kinds)
    if options.parts:  # what says which part is which is read, too
        beside = {str(part_labels.beside(source.path)) for source in found.sources}
        found = replace(found, ignored=[path for path in found.ignored if path not in beside])
    if options.retry_failed:
        recorded = recorded | {file_of(path) for path in recorded}
        sources = [s for s in found.sources if not recorded.isdisjoint((s.path, *above(s.path)))]
        found = replace(found, sources=sources, failures=[f for f in found.failures if f.path in recorded])
    return replace(found, sources=found.sources[: options.limit])


def _work(run: Run, settings: Settings, options: Options) -> None:
    several = any(source.scene or is_shard(source.path) for source in run.found.sources)  # else one file is one task
    most = None if several else len(run.found.sources)
    with make_engine(options, worker.start, (pickle.dumps(settings),), most) as engine:
        run.work(engine, settings, engine.processor(options.device))
