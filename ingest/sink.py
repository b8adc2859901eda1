"""Where the outcomes of a run go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from inrstore.records import Failure, NewShape, Source

from .discover import SourceFile


class Sink(Protocol):
    """`writer.Writer`, or a dictionary when nothing is to be stored."""

    stored: int
    skipped: int
    failures: list[Failure]

    def pending(self, files: Sequence[SourceFile]) -> list[SourceFile | None]: ...
    def add(self, shape: NewShape) -> None: ...
    def copy(self, file: SourceFile, first: str) -> int: ...
    def place(self, file: SourceFile, source: Source) -> None: ...
    def finished(self, path: str, alive: Sequence[str] = ()) -> None: ...
    def fail(self, failure: Failure) -> None: ...
    def tick(self) -> None: ...
    def flush(self) -> None: ...
