"""From paths to committed shapes: discover, skip what is known, run workers, commit in batches."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.records import Failure

from . import worker
from .discover import Found, discover
from .engines import LocalEngine, cpu_count
from .files.geometry import MAX_BYTES, MAX_FACES
from .files.networks import NETWORK_SUFFIXES, Reading
from .options import TIMEOUT, Options
from .run import Progress, Run
from .settings import foreign_settings, second_network, settings_for
from .writer import Writer

if TYPE_CHECKING:
    from inrstore.store import Store

    from .worker import Settings

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class IngestResult:
    """What a run did. `planned` lists the files that a dry run would read."""

    stored: int
    skipped: int
    failed: int
    seconds: float
    failures: list[Failure]
    planned: list[str] = dataclass_field(default_factory=list)


def ingest(
    store: Store,
    paths: Sequence[str | Path] = (),
    *,
    labels_from: str | None = None,
    labels_csv: str | Path | None = None,
    tags: Mapping[str, str] | None = None,
    field: str = "auto",
    profile: str | Path = "default",
    units: str | None = None,
    up: str = "y",
    jobs: int | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    retry_failed: bool = False,
    device: str = "auto",
    timeout: float = TIMEOUT,
    max_faces: int = MAX_FACES,
    max_bytes: int = MAX_BYTES,
    seed: int = 0,
    keep_samples: int = 0,
    on_progress: OnProgress | None = None,
) -> IngestResult:
    """Fit and store the shapes in files and folders; a rerun goes on where the last one ended.

    A file whose bytes are stored is skipped before it is read, whatever `field` and `up` say now (remove the shape to
    have it again). Only if the shape has no network of `profile` yet (nor of its model, which is another for another
    architecture of the same name), that is fitted, in the shape's own field and orientation, and added; this counts
    as stored. A file whose normalised content is stored becomes a further source of that shape. A file that fails is
    recorded with its reason, the run goes on, and a later run that meets the file tries it again. Batches are
    committed as they come, also on Ctrl-C.

    Parameters
    ----------
    labels_from, labels_csv, tags : see `ingest.discover.discover`.
    field : auto, sdf, udf or occ; auto is sdf for meshes, or udf where they are too open, udf for clouds,
        occ for voxels.
    profile : other than default: fit a second network of this profile for each shape, see `load_profile`.
    units : a word for the sources' unit of length, kept as a tag; by default what the file declares.
    up : y or z, the sources' upward axis.
    jobs : worker processes; by default one a processor.
    limit : only the first so many files found.
    dry_run : find and hash only; nothing is read as a shape and nothing is written.
    retry_failed : only files that are recorded as failed; without `paths`, all of them.
    device : auto, cpu or cuda. On cuda workers read and sample, and this process fits in large batches.
    timeout : seconds that one file may take before its process is killed.
    max_faces, max_bytes : what a file may ask for.
    keep_samples : how many samples of each shape's true field to store, for `ingest.refine`; 0 is none. A shape that
        is stored without any gets them as it would get a profile.

    Raises
    ------
    BadInput
        If an option is unusable. Unusable files never raise.
    StorageFull
        If the disk is full; what was committed stays.
    """
    started = time.monotonic()
    options = Options(field, up, units, jobs, device, timeout, max_faces, max_bytes, seed, keep_samples)
    recorded = {failure.path for failure in store.failures()}
    chosen = sorted(recorded) if retry_failed and not paths else paths
    found = discover(chosen, labels_from=labels_from, labels_csv=labels_csv, tags=tags)
    found = _narrow(found, recorded if retry_failed else None, limit)
    kept = keep_samples > 0
    writer = Writer(store, recorded, second=second_network(store, profile), keep_samples=kept, dry_run=dry_run)
    settings = None if dry_run else settings_for(store, profile, options)
    asked = {"paths": [str(p) for p in chosen], "profile": str(profile), **asdict(options)}
    return _run("ingest", writer, found, settings, options, asked, started, on_progress)


def import_inrs(
    store: Store,
    paths: Sequence[str | Path],
    *,
    field: str | None = None,
    omega: float = 30.0,
    inside: str | None = None,
    labels_from: str | None = None,
    labels_csv: str | Path | None = None,
    tags: Mapping[str, str] | None = None,
    jobs: int | None = None,
    limit: int | None = None,
    timeout: float = TIMEOUT,
    seed: int = 0,
    keep_samples: int = 0,
    on_progress: OnProgress | None = None,
) -> IngestResult:
    """Store networks that somebody else fitted, searchable like any shape; everything else is as in `ingest`.

    Files are HDF5 in the official inr2vec layout (`params`, a flat SIREN 3-h×4-1), safetensors that
    `inrstore export -f inr` wrote, and safetensors of any stack of linear layers with sines between. The store's own
    network is fitted to what the foreign one says; the foreign one is kept beside it, as profile `imported`, and export
    reads the surface from it. A class id in the file is the label where nothing else gives one.

    Parameters
    ----------
    field, omega, inside : what files do not say, see `ingest.files.networks.Reading`.
    keep_samples : as in `ingest`; of what the foreign network says.

    Raises
    ------
    BadInput
        If an option is unusable, or the first file that can be read is none of these. Files of another
        architecture than the first are failures.
    """
    started = time.monotonic()
    options = Options(jobs=jobs, timeout=timeout, seed=seed, device="cpu", keep_samples=keep_samples)
    reading = Reading(field, omega, inside)
    kinds = {"walked": NETWORK_SUFFIXES, "named": NETWORK_SUFFIXES}
    found = _narrow(discover(paths, labels_from=labels_from, labels_csv=labels_csv, tags=tags, **kinds), None, limit)
    writer = Writer(store, {failure.path for failure in store.failures()}, keep_samples=keep_samples > 0)
    settings = foreign_settings(store, found, reading, options)
    asked = {"paths": [str(p) for p in paths], **asdict(reading), **asdict(options)}
    return _run("import-inrs", writer, found, settings, options, asked, started, on_progress)


def _run(
    kind: str,
    writer: Writer,
    found: Found,
    settings: Settings | None,
    options: Options,
    asked: Mapping[str, object],
    started: float,
    on_progress: OnProgress | None,
) -> IngestResult:
    """Bring what was found into the writer's store, and note the run; without settings only say what would be."""
    run = Run(writer, found, options.limits, on_progress)
    for folder in found.folders:
        writer.settled(folder)
    planned = run.plan() if settings is None else _work(run, settings, options)
    seconds = time.monotonic() - started
    failures = sorted(writer.failures, key=lambda failure: failure.path)
    result = IngestResult(writer.stored, writer.skipped, len(failures), seconds, failures, planned)
    if settings is not None:
        counted = {"stored": result.stored, "skipped": result.skipped, "failed": result.failed}
        writer.store.record_run(kind, asked, counted | {"seconds": seconds})
    return result


def _narrow(found: Found, only: set[str] | None, limit: int | None) -> Found:
    """The first `limit` files, and only those that are, or lie below, one of `only`, if it is given."""
    if limit is not None and limit < 1:
        raise BadInput(f"limit is {limit}; give a number above zero")
    if only is not None:
        sources = [s for s in found.sources if not only.isdisjoint((s.path, *map(str, Path(s.path).parents)))]
        found = Found(sources, [f for f in found.failures if f.path in only], found.folders)
    return replace(found, sources=found.sources[:limit])


def _work(run: Run, settings: Settings, options: Options) -> list[str]:
    jobs = min(options.jobs or cpu_count(), max(1, len(run.found.sources)))
    device = options.processor()
    with LocalEngine(jobs, options.timeout, worker.start, (pickle.dumps(settings),)) as engine:
        run.work(engine, settings, device)
    return []
