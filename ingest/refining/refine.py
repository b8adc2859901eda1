"""A second network for shapes that are stored, fitted to their kept samples: no source file is needed."""

from __future__ import annotations

import operator
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.errors import BadInput, InrstoreError
from inrstore.model import Model
from inrstore.network.siren import Siren
from inrstore.records import Failure, FloatArray, Inr, Shape
from inrstore.surface.export import surface_inr

from ..engines import Done, LocalEngine, cpu_count
from ..files.networks import PROFILE
from ..options import Options
from ..run import GPU_BATCH, Progress
from ..settings import OWN, second_target
from ..worker import Target
from ..writer import BATCH
from .refit import Refit, Task, refit
from .refit import run as run_task
from .refit import start as start_worker

if TYPE_CHECKING:
    from inrstore.store import Store

Refs = Sequence[int | str] | NDArray[np.int64]
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
    on_progress: Callable[[Progress], None] | None = None,
) -> RefineResult:
    """Fit a network of a profile to the kept samples of stored shapes, and add it to them.

    Then `export` reads the surface from it, as after an ingest with that profile. The fit takes nine in ten of the
    kept samples, however many the recipe itself would draw. The others measure it, which gives the stored error; a
    network that is worse there than the one from which `export` reads the surface now is not added, but a failure.
    Batches are committed as they come, also on Ctrl-C, and a rerun goes on where the last one ended: shapes that
    have a network of the profile and its model are skipped.

    Parameters
    ----------
    shapes : keys, or references as in `Store.shape`. One that is unknown, or has no kept samples, or was imported
        as a network, is a failure.
    profile : see `load_profile`; not default, whose networks are those that are encoded.
    jobs : worker processes; by default one a processor.
    device : auto, cpu or cuda. On cuda this process fits in large batches.
    timeout : seconds that one shape may take in a worker process.

    Raises
    ------
    BadInput
        If an option is unusable.
    StorageFull
        If the disk is full; what was committed stays.
    """
    started = time.monotonic()
    options = Options(jobs=jobs, device=device, timeout=timeout, seed=seed)
    if str(profile) == OWN:
        raise BadInput(f"the networks of profile {OWN!r} are those that are encoded; give fidelity, paper or a file")
    gpu = _on_gpu(device)
    run = _Run(store, *second_target(store, profile), seed, on_progress)
    tasks = run.tasks(shapes)
    try:
        if gpu:
            run.fit_in_batches(tasks)
        else:
            run.fit_in_workers(tasks, min(options.jobs or cpu_count(), max(1, len(shapes))), timeout)
    finally:
        run.flush()
    result = RefineResult(run.refined, run.skipped, len(run.failures), time.monotonic() - started, run.failures)
    counted = {"refined": result.refined, "skipped": result.skipped, "failed": result.failed}
    asked = {"profile": str(profile), "shapes": len(shapes), **asdict(options)}
    store.record_run("refine", asked, counted | {"seconds": result.seconds})
    return result


def _on_gpu(device: str) -> bool:
    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput("device is 'cuda', but torch sees no GPU here; give cpu or auto")
    return device != "cpu" and torch.cuda.is_available()


class _Run:
    """Takes shapes to networks; commits every `BATCH` of them or every `SECONDS`."""

    def __init__(
        self, store: Store, model: Model, target: Target, seed: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self.store, self.model, self.target, self.seed, self.on_progress = store, model, target, seed, on_progress
        self.refined = self.skipped = 0
        self.failures: list[Failure] = []
        self._waiting: dict[int, list[Inr]] = {}
        self._ids: dict[int, str] = {}
        self._since = self._started = time.monotonic()
        self._total = self._done = 0

    def tasks(self, refs: Refs) -> Iterator[Task]:
        """The shapes to fit; those that cannot be, or need not be, are settled on the way."""
        complete = set(self.store.keys_with_profile(self.target.profile, self.target.model_id).tolist())
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
            self.store.add_model(self.model)
        todo.sort(key=lambda shape: (shape.field, shape.key))  # a batch is of one field
        for start in range(0, len(todo), BLOCK):
            yield from self._read(todo[start : start + BLOCK])

    def _shapes(self, refs: Refs, complete: set[int]) -> Iterator[Shape]:
        """The shapes of the references, each once, less those that are complete."""
        self._total = len(refs)
        keys = [(ref, self._key(ref)) for ref in refs]
        fresh = {key for _, key in keys if key is not None} - complete
        by_key = self.store.shapes_by_key(sorted(fresh))
        seen: set[int] = set()
        for ref, key in keys:
            if key is None:
                continue
            if key in seen:
                self._total -= 1
            elif key in complete:
                self.skipped += 1
                self._report(str(ref))
            elif key in by_key:
                yield by_key[key]
            else:
                self._fail(str(ref), f"no shape has the key {ref}", "find")
            seen.add(key)

    def _key(self, ref: object) -> int | None:
        """The key that a reference names; None, and a failure, if it cannot be one."""
        try:
            key = self.store.shape(ref).key if isinstance(ref, str) else operator.index(ref)  # type: ignore[arg-type]
        except InrstoreError as error:
            self._fail(str(ref), str(error), "find")
        except TypeError:
            self._fail(str(ref), f"{ref!r} is neither a key nor a reference", "find")
        else:
            if key in KEYS:
                return key
            self._fail(str(ref), f"no shape has the key {ref}", "find")
        return None

    def _read(self, shapes: list[Shape]) -> Iterator[Task]:
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
                yield Task(shape, kept, *present[shape.key])

    def _present(self, shapes: list[Shape]) -> dict[int, tuple[Siren, FloatArray]]:
        """By key, the network from which each shape's surface is read now."""
        rows = {shape.key: surface_inr(shape, self.store.inrs(shape.key), None) for shape in shapes}
        found = {}
        for model, profile in sorted({(row.model, row.profile) for row in rows.values()}):
            mine = [key for key, row in rows.items() if (row.model, row.profile) == (model, profile)]
            siren = self.store.load_model(model).siren
            for key, weights in zip(mine, self.store.weights(mine, model=model, profile=profile), strict=True):
                found[key] = siren, weights
        return found

    def fit_in_workers(self, tasks: Iterator[Task], jobs: int, timeout: float) -> None:
        settings = (pickle.dumps(self.target), self.seed)
        with LocalEngine(jobs, timeout, start_worker, settings) as engine:
            for done in engine.run(run_task, tasks):
                if done:
                    self._settle(done)
                self._tick()

    def fit_in_batches(self, tasks: Iterator[Task]) -> None:
        ready: list[Task] = []
        for task in tasks:
            if len(ready) >= GPU_BATCH or (ready and task.samples.field != ready[0].samples.field):
                self._fit(ready)
                ready = []
            ready.append(task)
        self._fit(ready)

    def _fit(self, ready: list[Task]) -> None:
        for task, outcome in zip(ready, refit(ready, self.target, self.seed, "cuda"), strict=True):
            self._settle(Done(task, outcome))
        self._tick()

    def _settle(self, done: Done[Task, Refit | str]) -> None:
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
        self._done += 1
        if self.on_progress is None:
            return
        rate = self._done / max(time.monotonic() - self._started, 1e-9)
        refined, failed = self.refined + len(self._waiting), len(self.failures)
        eta = (self._total - self._done) / rate
        self.on_progress(Progress(self._done, self._total, refined, self.skipped, failed, rate, eta, current))
