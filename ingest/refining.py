"""A second network for shapes that are stored, fitted to their kept samples: no source file is needed."""

from __future__ import annotations

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
from inrstore.fields import FieldSamples
from inrstore.fitting import fit
from inrstore.rows import Failure, Inr, Shape

from .engines import Done, LocalEngine, cpu_count
from .options import Options
from .run import GPU_BATCH, Progress
from .targets import OWN, second_target
from .worker import Target
from .writer import BATCH

if TYPE_CHECKING:
    from inrstore.store import Store

Refs = Sequence[int | str] | NDArray[np.int64]
NONE_KEPT = "has no kept samples; ingest it with --keep-samples, or ingest its source with --profile {profile}"
TIMEOUT = 3600.0
"""Seconds for one shape; nothing here can hang, but a lost worker must be noticed."""
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


@dataclass(frozen=True)
class _Task:
    shape: Shape
    samples: FieldSamples


def refine(
    store: Store,
    shapes: Refs,
    *,
    profile: str | Path = "fidelity",
    jobs: int | None = None,
    device: str = "auto",
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> RefineResult:
    """Fit a network of a profile to the kept samples of stored shapes, and add it to them.

    Then `export` reads the surface from it, as after an ingest with that profile. The fit takes all kept samples,
    however many the recipe itself would draw. Batches are committed as they come, also on Ctrl-C, and a rerun goes
    on where the last one ended: shapes that have a network of the profile are skipped.

    Parameters
    ----------
    shapes : keys, or references as in `Store.shape`. One that is unknown, or has no kept samples, is a failure.
    profile : see `load_profile`; not default, whose networks are those that are encoded.
    jobs : worker processes; by default one a processor.
    device : auto, cpu or cuda. On cuda this process fits in large batches.

    Raises
    ------
    BadInput
        If an option is unusable.
    StorageFull
        If the disk is full; what was committed stays.
    """
    started = time.monotonic()
    options = Options(jobs=jobs, device=device, seed=seed)
    if str(profile) == OWN:
        raise BadInput(f"the networks of profile {OWN!r} are those that are encoded; give fidelity, paper or a file")
    run = _Run(store, second_target(store, profile), seed, on_progress)
    tasks = run.tasks(shapes)
    try:
        if _on_gpu(device):
            run.fit_in_batches(tasks)
        else:
            run.fit_in_workers(tasks, min(options.jobs or cpu_count(), max(1, len(shapes))))
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
        self, store: Store, target: Target, seed: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self.store, self.target, self.seed, self.on_progress = store, target, seed, on_progress
        self.refined = self.skipped = 0
        self.failures: list[Failure] = []
        self._waiting: dict[int, list[Inr]] = {}
        self._ids: dict[int, str] = {}
        self._since = self._started = time.monotonic()
        self._total = self._done = 0

    def tasks(self, refs: Refs) -> Iterator[_Task]:
        """The shapes to fit; those that cannot be, or need not be, are settled on the way."""
        found = {shape.key: shape for shape in self._shapes(refs)}
        complete = set(self.store.keys_with_profile(self.target.profile).tolist())
        having = self.store.sample_counts(list(found))
        todo: list[Shape] = []
        for key, shape in found.items():
            if key in complete:
                self.skipped += 1
                self._report(shape.id)
            elif key not in having:
                self._fail(shape.id, NONE_KEPT.format(profile=self.target.profile), "samples")
            else:
                todo.append(shape)
        todo.sort(key=lambda shape: (shape.field, shape.key))  # a batch is of one field
        for start in range(0, len(todo), BLOCK):
            yield from self._read(todo[start : start + BLOCK])

    def _shapes(self, refs: Refs) -> Iterator[Shape]:
        self._total = len(refs)
        by_key = self.store.shapes_by_key([int(ref) for ref in refs if not isinstance(ref, str)])
        seen: set[int] = set()
        for ref in refs:
            try:
                shape = self.store.shape(ref) if isinstance(ref, str) else by_key.get(int(ref))
            except InrstoreError as error:
                self._fail(str(ref), str(error), "find")
                continue
            if shape is None:
                self._fail(str(ref), f"no shape has the key {ref}", "find")
            elif shape.key in seen:
                self._total -= 1
            else:
                seen.add(shape.key)
                yield shape

    def _read(self, shapes: list[Shape]) -> Iterator[_Task]:
        """Tasks with their samples; where a shard is damaged, only the shapes in it fail."""
        try:
            yield from map(_Task, shapes, self.store.samples([shape.key for shape in shapes]))
        except InrstoreError as error:
            if len(shapes) == 1:
                return self._fail(shapes[0].id, str(error), "samples")
            for shape in shapes:
                yield from self._read([shape])

    def fit_in_workers(self, tasks: Iterator[_Task], jobs: int) -> None:
        settings = (pickle.dumps(self.target), self.seed)
        with LocalEngine(jobs, TIMEOUT, _start, settings) as engine:
            for done in engine.run(_fit_task, tasks):
                if done:
                    self._settle(done)
                self._tick()

    def fit_in_batches(self, tasks: Iterator[_Task]) -> None:
        ready: list[_Task] = []
        for task in tasks:
            if len(ready) >= GPU_BATCH or (ready and task.samples.field != ready[0].samples.field):
                self._fit(ready)
                ready = []
            ready.append(task)
        self._fit(ready)

    def _fit(self, ready: list[_Task]) -> None:
        try:
            outcomes: Sequence[Inr | str] = _fitted(ready, self.target, self.seed, "cuda") if ready else []
        except BadInput as error:
            if len(ready) > 1:  # one of them; the others must not suffer
                for task in ready:
                    self._fit([task])
                return
            outcomes = [str(error)]
        for task, outcome in zip(ready, outcomes, strict=True):
            self._settle(Done(task, outcome))
        self._tick()

    def _settle(self, done: Done[_Task, Inr | str]) -> None:
        shape = done.task.shape
        if isinstance(done.result, Inr):
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting[shape.key], self._ids[shape.key] = [done.result], shape.id
            self._report(shape.id)
        else:
            self._fail(shape.id, done.result or done.problem or "", done.stage or "fit")

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


def _fitted(tasks: Sequence[_Task], target: Target, seed: int, device: str) -> list[Inr]:
    """A network for each task, all of one field. Errors: BadInput."""
    name = tasks[0].samples.field
    base = torch.from_numpy(target.bases[name])
    found = fit([task.samples for task in tasks], base, target.recipe, device=device, seed=seed)
    rows = zip(found.weights, found.error.tolist(), found.steps.tolist(), strict=True)
    return [Inr(target.model_id, target.profile, name, weights, error, steps) for weights, error, steps in rows]


_target: tuple[Target, int] | None = None


def _start(pickled: bytes, seed: int) -> None:
    """Once in every worker process."""
    global _target
    _target = pickle.loads(pickled), seed
    torch.set_num_threads(1)


def _fit_task(task: _Task) -> Inr | str:
    """A network, or why there is none."""
    assert _target is not None
    try:
        return _fitted([task], *_target, "cpu")[0]
    except BadInput as error:
        return str(error)
