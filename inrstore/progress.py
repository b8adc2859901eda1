"""How far a long call is: the one record that every library function reports with, and the meter that makes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a call is; what it does not count is left as it is here."""

    done: int
    total: int | None = None
    rate: float | None = None
    """Things a second, since the call began."""
    eta: float | None = None
    """Seconds that are left at that rate."""
    stored: int = 0
    skipped: int = 0
    failed: int = 0
    stage: str = ""
    """What the call is at, where it does several things one after the other; each counts from 0."""
    current: str = ""
    """The thing that was just done: a file, a shape; in a training, its losses."""


OnProgress = Callable[[Progress], None]


class Meter:
    """Counts for a callback, which may be None: ``meter.step(path)`` after each of `total` things."""

    def __init__(
        self,
        on_progress: OnProgress | None,
        total: int | None = None,
        *,
        stage: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.done, self.total, self.stage, self._before = 0, total, stage, 0
        self._on_progress, self._clock, self._started = on_progress, clock, clock()

    def resume(self, done: int) -> None:
        """So many were done by an earlier call: they count, but say nothing of the rate."""
        self.done = self._before = done

    def grow(self, count: int) -> None:
        """There are so many more things to do."""
        if self.total is not None:
            self.total += count

    def step(self, current: str = "", count: int = 1, *, stored: int = 0, skipped: int = 0, failed: int = 0) -> None:
        """Say that `count` more are done; the numbers are those of all that were done so far."""
        self.done += count
        if self._on_progress is None:
            return
        rate = (self.done - self._before) / max(self._clock() - self._started, 1e-9)
        eta = None if self.total is None or not rate else (self.total - self.done) / rate
        found = Progress(self.done, self.total, rate, eta, stored, skipped, failed, self.stage, current)
        self._on_progress(found)


def tell(on_progress: OnProgress | None, stage: str) -> None:
    """Say that a stage begins of which nobody knows how long it takes."""
    if on_progress is not None:
        on_progress(Progress(0, stage=stage))
