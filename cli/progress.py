"""Progress on standard error: a bar with rate, time left and failures, only where a terminal shows it."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Display

from inrstore.progress import Progress


class Bar:
    """``with Bar("fitting", "shape") as bar: run(on_progress=bar.update)``."""

    def __init__(self, title: str, noun: str) -> None:
        console = Console(stderr=True)
        self._title, self._noun = title, noun
        self._display = Display(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            "left",
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._display.add_task(title, total=None, note="")

    def __enter__(self) -> Bar:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def update(self, progress: Progress) -> None:
        """Show what a callback brought."""
        rate = f"{progress.rate:.1f} {self._noun}s/s" if progress.rate else ""
        failed = f"{progress.failed} failed" if progress.failed else ""
        note = ", ".join(filter(None, (rate, failed)))
        title = escape(progress.stage or self._title)
        self._display.update(self._task, completed=progress.done, total=progress.total, description=title, note=note)
