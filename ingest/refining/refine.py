"""A second network for shapes that are stored, fitted to their kept samples: no source file is needed."""

from __future__ import annotations

import operator
import os
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, InrstoreError
from inrstore.model import Base
from inrstore.network.siren import Siren
from inrstore.progress import Meter, OnProgress
from inrstore.records import Failure, FloatArray, Inr, Shape
from inrstore.store.references import Ref, Refs, listed
from inrstore.surface.export import surface_inr

from ..engines import Done, Engine, make_engine
from ..engines.batches import run_batches
from ..files.networks import PROFILE
from ..options import Options
from ..run import GPU_BATCH
from ..settings import Target, other_network
from ..writer import BATCH
from .refit import Candidate, Refit, refit
from .refit import run as run_candidates
from .refit import start as start_worker

if TYPE_CHECKING:
    from inrstore.store import Store

NONE_KEPT = "has no kept samples; ingest it with --keep-samples, or ingest its source with --profile {profile}"
IMPORTED = "its network was imported and is the original; there is nothing finer to fit to"
WORSE = "would be worse than the stored network (error {:.3g} against {:.3g}); keep more samples"
TIMEOUT = 3600.0
"""Seconds for one shape; nothing here can hang, but a lost worker must be noticed."""
KEYS = range(-(2**63), 2**63)
SECONDS = 60.0
"""Of work that a crash may cost; a fit takes long, and a commit more often would make a shard for each."""
BLOCK = 16
"""Shapes whose samples are read at once: they lie together."""


@dataclass(frozen=True)
class RefineResult:
    """What a run did; `skipped` had a network of the profile already, a failure's path is the shape's reference."""

    refined: int
    skipped: int
    failed: int
    seconds: float
    failures: list[Failure] = field(default_factory=list)


def refine(
    store: Store,
    shapes: Refs,
    *,
    profile: str | Path = "fidelity",
    jobs: int | None = None,
    device: str = "auto",
    timeout: float = TIMEOUT,
    seed: int = 0,
    engine: str = "local",
    ray_address: str | None = None,
    on_progress: OnProgress | None = None,
) -> RefineResult:
    """Fit a network of a profile to the kept samples of stored shapes, and add it to them.

    Then `export` reads the surface from it, as after an ingest with that profile. The fit takes nine in ten of the
    kept samples, however many the recipe itself would draw. The others measure it, which gives the stored error; a
    network that is worse there than the one from which `export` reads the surface now is not added, but a failure.
    Batches are committed as they come, also on Ctrl-C, and a rerun goes on where the last one ended: shapes that
    have a network of the profile and its base are skipped.

    Parameters
    ----------
    shapes : references as in `Store.shape`. One that is unknown, or has no kept samples, or was imported
        as a network, is a failure.
    profile : see `load_profile`; not the store's own, whose networks are those that are encoded.
    jobs : worker processes; by default one a processor.
    device : auto, cpu or cuda. On cuda this process fits in large batches; with the engine ray, the cluster's GPUs do.
    timeout : seconds that one shape may take in a worker process, or one batch on a GPU of the cluster.
    engine, ray_address : see `ingest.options.Options`.

    Raises
    ------
    BadInput
        If an option is unusable.
    StorageFull
        If the disk is full; what was committed stays.
    """
    started = time.monotonic()
    options = Options(jobs=jobs, device=device, timeout=timeout, seed=seed, engine=engine, ray_address=ray_address)
    if str(profile) == store.profile:
        raise BadInput(f"the networks of profile {profile!r} are encoded; give fidelity, paper or a file")
    refs = listed(shapes)
    run = _Refining(store, *other_network(store, profile), seed, on_progress)
    with make_engine(options, start_worker, (pickle.dumps(run.target), seed), len(refs)) as workers:
        on = workers.processor(device)
        try:
            run.fit(run.candidates(refs), workers, on)
        finally:
            run.flush()
    result = RefineResult(run.refined, run.skipped, len(run.failures), time.monotonic() - started, run.failures)
    counted = {"refined": result.refined, "skipped": result.skipped, "failed": result.failed}
    asked = {"profile": str(profile), "shapes": len(refs), **options.plain()}
    store.record_run("refine", asked, counted | {"seconds": result.seconds})
    return result


class _Refining:
    """Takes shapes to networks; commits every `BATCH` of them or every `SECONDS`."""

    def __init__(self, store: Store, base: Base, target: Target, seed: int, on_progress: OnProgress | None) -> None:
        self.store, self.base, self.target, self.seed = store, base, target, seed
        self.refined = self.skipped = 0
        self.failures: list[Failure] = []
        self._waiting: dict[int, list[Inr]] = {}
        self._ids: dict[int, str] = {}
        self._since = time.monotonic()
        self._meter = Meter(on_progress)

    def candidates(self, refs: Sequence[Ref] | NDArray[np.integer[Any]]) -> Iterator[Candidate]:
        """The shapes to fit; those that cannot be, or need not be, are settled on the way."""
        complete = set(self.store.keys_with_profile(self.target.profile, self.target.base_id).tolist())
        found = {shape.key: shape for shape in self._shapes(refs, complete)}
        having, imported = self.store.sample_counts(list(found)), set(self.store.keys_with_profile(PROFILE).tolist())
        todo: list[Shape] = []
        for key, shape in found.items():
            if key in imported:
                self._fail(shape.id, IMPORTED, "samples")
            elif key not in having:
                self._fail(shape.id, NONE_KEPT.format(profile=self.target.profile), "samples")
            else:
                todo.append(shape)
        if todo:
            self.store.add_base(self.base)
        todo.sort(key=lambda shape: (shape.field, shape.key))  # a batch is of one field
        for start in range(0, len(todo), BLOCK):
            yield from self._read(todo[start : start + BLOCK])

    def _shapes(self, refs: Sequence[Ref] | NDArray[np.integer[Any]], complete: set[int]) -> Iterator[Shape]:
        """The shapes of the references, each once, less those that are complete."""
        self._meter.total = total = len(refs)
        keys = [(ref, self._key(ref)) for ref in refs]
        fresh = {key for _, key in keys if key is not None} - complete
        by_key = self.store.shapes_by_key(sorted(fresh))
        seen: set[int] = set()
        for ref, key in keys:
            if key is None:
                continue
            if key in seen:
                self._meter.total = total = total - 1
            elif key in complete:
                self.skipped += 1
                self._report(str(ref))
            elif key in by_key:
                yield by_key[key]
            else:
                self._fail(str(ref), f"no shape has the key {ref}", "find")
            seen.add(key)

    def _key(self, ref: Ref | np.integer[Any]) -> int | None:
        """The key that a reference names; None, and a failure, if it cannot be one."""
        try:
            named = isinstance(ref, (str, os.PathLike, Shape))
            key = self.store.shape(ref).key if named else operator.index(ref)  # type: ignore[arg-type]
        except InrstoreError as error:
            self._fail(str(ref), str(error), "find")
        except TypeError:
            self._fail(str(ref), f"{ref!r} is neither a key nor a reference", "find")
        else:
            if key in KEYS:
                return key
            self._fail(str(ref), f"no shape has the key {ref}", "find")
        return None

    def _read(self, shapes: list[Shape]) -> Iterator[Candidate]:
        """Tasks with their samples; where a shard is damaged, only the shapes in it fail."""
        try:
            samples = self.store.samples([shape.key for shape in shapes])
            present = self._present(shapes)
        except InrstoreError as error:
            if len(shapes) == 1:
                return self._fail(shapes[0].id, str(error), "samples")
            for shape in shapes:
                yield from self._read([shape])
        else:
            for shape, kept in zip(shapes, samples, strict=True):
                yield Candidate(shape, kept, *present[shape.key])

    def _present(self, shapes: list[Shape]) -> dict[int, tuple[Siren, FloatArray]]:
        """By key, the network from which each shape's surface is read now."""
        rows = {shape.key: surface_inr(shape, self.store.inrs(shape.key), None) for shape in shapes}
        found = {}
        for base, profile in sorted({(row.base, row.profile) for row in rows.values()}):
            mine = [key for key, row in rows.items() if (row.base, row.profile) == (base, profile)]
            siren = self.store.base(base).siren
            for key, weights in zip(mine, self.store.weights(mine, base=base, profile=profile), strict=True):
                found[key] = siren, weights
        return found

    def fit(self, candidates: Iterator[Candidate], engine: Engine, device: str) -> None:
        """One at a time in a worker, or many on a GPU, the engine's or this process's own."""
        batches = _batches(candidates, 1 if device == "cpu" else GPU_BATCH)
        workers = engine if device == "cpu" else engine.gpus
        if workers is None:
            for batch in batches:
                for candidate, outcome in zip(batch, refit(batch, self.target, self.seed, device), strict=True):
                    self._settle(Done(candidate, outcome))
                self._tick()
            return
        for done in run_batches(workers, partial(run_candidates, device=device), batches):
            if done and done.result is None:
                self._settle(Done(done.task[0], None, done.problem, done.stage))
            elif done and done.result is not None:
                for candidate, outcome in zip(done.task, done.result, strict=True):
                    self._settle(Done(candidate, outcome))
            self._tick()

    def _settle(self, done: Done[Candidate, Refit | str]) -> None:
        shape, found = done.task.shape, done.result
        if isinstance(found, Refit) and found.inr.error <= found.present:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting[shape.key], self._ids[shape.key] = [found.inr], shape.id
            self._report(shape.id)
            return
        reason = WORSE.format(found.inr.error, found.present) if isinstance(found, Refit) else found or done.problem
        self._fail(shape.id, reason or "", done.stage or "fit")

    def _tick(self) -> None:
        if len(self._waiting) >= BATCH or (self._waiting and time.monotonic() - self._since > SECONDS):
            self.flush()

    def flush(self) -> None:
        """Commit what waits, by key, so that equal batches make equal shards; on another error it goes on waiting."""
        batch = dict(sorted(self._waiting.items()))
        try:
            self.refined += self.store.add_inrs(batch)
        except BadInput:  # one of them; the others must not suffer
            for key, inrs in batch.items():
                try:
                    self.refined += self.store.add_inrs({key: inrs})
                except BadInput as error:
                    self.failures.append(Failure(self._ids[key], str(error), "commit"))
        self._waiting = {}

    def _fail(self, ref: str, reason: str, stage: str) -> None:
        self.failures.append(Failure(ref, reason, stage))
        self._report(ref)

    def _report(self, current: str) -> None:
        done = {"stored": self.refined + len(self._waiting), "skipped": self.skipped, "failed": len(self.failures)}
        self._meter.step(current, **done)


def _batches(candidates: Iterator[Candidate], most: int) -> Iterator[list[Candidate]]:
    """So many at once, all of one field."""
    batch: list[Candidate] = []
    for candidate in candidates:
        if len(batch) >= most or (batch and candidate.samples.field != batch[0].samples.field):
            yield batch
            batch = []
        batch.append(candidate)
    if batch:
        yield batch
