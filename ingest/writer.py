"""The one place where a run writes to the store: batches of shapes, further sources, failures."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.records import Failure, NewShape

if TYPE_CHECKING:
    from inrstore.store import Store

    from .worker import Task

BATCH = 64
SECONDS = 5.0


class Writer:
    """Counts what happens to each file, and commits shapes every `BATCH` of them or every `SECONDS`.

    `second` is profile and model of the networks that the run fits beside the store's own.
    """

    def __init__(
        self,
        store: Store,
        recorded: Iterable[str],
        *,
        second: tuple[str, str] | None = None,
        keep_samples: bool = False,
        dry_run: bool = False,
    ) -> None:
        self.store, self.second, self.keep_samples, self.dry_run = store, second, keep_samples, dry_run
        self.stored = self.skipped = 0
        self.failures: list[Failure] = []
        self._recorded = set(recorded)
        self._known = store.known_source_hashes()
        self._complete = self._having()
        self._waiting: list[NewShape] = []
        self._since = time.monotonic()

    def _having(self) -> set[int] | None:
        """Keys of the shapes that have all that this run is to add to stored ones; None if that is nothing."""
        asked: list[set[int]] = []
        if self.second:
            asked.append(set(self.store.keys_with_profile(*self.second).tolist()))
        if self.keep_samples:
            asked.append(set(self.store.sample_counts()))
        return set.intersection(*asked) if asked else None

    @property
    def waiting(self) -> int:
        """Shapes that are fitted and not committed yet."""
        return len(self._waiting)

    def add(self, shape: NewShape) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(shape)
        self.tick()

    def tick(self) -> None:
        """Commit if it is time to."""
        if self.waiting >= BATCH or (self._waiting and time.monotonic() - self._since > SECONDS):
            self.flush()

    def flush(self) -> None:
        """Commit what waits. On an error other than a shape's own it goes on waiting."""
        batch = self._waiting
        if not batch:
            return
        try:
            self._commit(batch)
        except BadInput:  # one of them; the others must not suffer
            for shape in batch:
                try:
                    self._commit([shape])
                except BadInput as error:
                    self.fail(Failure(shape.source, str(error), "commit"))
        self._waiting = []

    def _commit(self, shapes: list[NewShape]) -> None:
        attached = self._attach(shapes)  # first: all is still as it was if it refuses
        committed = self.store.commit(shapes)
        self.stored += len(committed.stored) + attached
        self.skipped += len(committed.duplicates) - attached
        for shape in shapes:
            self.settled(shape.source)

    def _attach(self, shapes: list[NewShape]) -> int:
        """Gives shapes that are stored already the profile and samples that they lack; how many."""
        if self._complete is None:
            return 0
        by_id = {shape.sha256: shape for shape in shapes}
        there = {s.key: by_id[s.id] for s in self.store.shapes(ids=list(by_id)) if s.field == by_id[s.id].field}
        networks = {
            key: [inr for inr in shape.inrs if (inr.profile, inr.model) == self.second]
            for key, shape in there.items()
            if self.second and all((inr.profile, inr.model) != self.second for inr in self.store.inrs(key))
        }
        having = self.store.sample_counts(list(there))
        kept = {key: s.samples for key, s in there.items() if s.samples is not None and key not in having}
        self.store.add_inrs(networks)
        self.store.add_samples(kept)
        return len(self.store.shapes_by_key([*networks, *kept]))

    def pending(self, task: Task) -> Task | None:
        """What is to be done for a file; None if it is stored, so that it only becomes a further source.

        One that is stored without the profile, or the samples, of this run is fitted once more, as it was then.
        """
        key = self._known.get(task.sha256)
        if key is None:
            return task
        if self._complete is None or key in self._complete:
            return None if self._add_source(task, key) else task
        shape = self.store.shapes_by_key([key]).get(key)
        return task if shape is None else replace(task, field=shape.field, up="z" if shape.rotation else "y")

    def copy(self, task: Task, first: str) -> None:
        """A file with the bytes of another one of this run, which is stored by now."""
        if self.dry_run:
            self.skipped += 1
            return
        try:
            key = self.store.shape(first).key
        except ShapeNotFound:
            key = None
        if key is None or not self._add_source(task, key):
            reason = f"a copy of {first}, which is no longer stored; run the same command again"
            self.fail(Failure(task.path, reason, "commit"))

    def _add_source(self, task: Task, key: int) -> bool:
        if not self.dry_run:
            try:
                self.store.add_source(key, task.path, task.sha256, task.size)
            except ShapeNotFound:  # removed since the run began
                return False
            self.settled(task.path)
        self.skipped += 1
        return True

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        if not self.dry_run:
            self.store.record_failure(failure.path, failure.reason, failure.stage)

    def settled(self, path: str) -> None:
        """What failed there before does so no more."""
        if path in self._recorded and not self.dry_run:
            self._recorded.discard(path)
            self.store.clear_failure(path)
