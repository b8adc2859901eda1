"""Progress on standard error: a bar with rate, time left and failures, only where a terminal shows it."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display
from rich.table import Column

from inrstore.progress import Progress


class Bar:
    """``with Bar("fitting", "shape") as bar: run(on_progress=bar.update)``."""

    def __init__(self, title: str, noun: str) -> None:
        console = Console(stderr=True)
        self._title, self._noun = title, noun
        self._display = Display(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),  # gives way to the text in a narrow terminal
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
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
        notes = []
        if progress.rate:
            notes.append(f"{progress.rate:.1f} {self._noun}s/s")
        if progress.eta is not None:
            notes.append(f"{timedelta(seconds=round(progress.eta))} left")
        if progress.failed:
            notes.append(f"{progress.failed} failed")
        title, note = escape(progress.stage or self._title), ", ".join(notes)
        self._display.update(self._task, completed=progress.done, total=progress.total, description=title, note=note)
