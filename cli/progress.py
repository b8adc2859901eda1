"""Progress on standard error: a bar with rate, time left and failures, only where a terminal shows it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


class Counts(Protocol):
    """What a library's progress callback brings."""

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int | None: ...


class Bar:
    """``with Bar("fitting", "shape") as bar: run(on_progress=bar.update)``."""

    def __init__(self, title: str, noun: str) -> None:
        console = Console(stderr=True)
        self._noun = noun
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(title, total=None, note="")

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, counts: Any) -> None:
        """Show what a callback brought: done, total, and where it has them rate, eta and failed."""
        notes = []
        rate, eta, failed = (getattr(counts, name, None) for name in ("rate", "eta", "failed"))
        if rate:
            notes.append(f"{rate:.1f} {self._noun}s/s")
        if eta is not None:
            notes.append(f"{_clock(eta)} left")
        if failed:
            notes.append(f"{failed} failed")
        self._progress.update(self._task, completed=counts.done, total=counts.total, note=", ".join(notes))

    def step(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
