"""What a worker process tells of its task while it is at it, in memory that it shares with the process that waits.

Of every task that is one number of eight bytes, written at once: a queue or a lock would hang everybody once a worker
is ended while it holds it.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from inrstore.progress import Progress

T = TypeVar("T")
R = TypeVar("R")

STAGES = ("", "reading", "normalising", "sampling", "drawing", "fitting", "encoding")
PLACES = 64
"""Tasks that can be told of at once; of more nothing is heard but their end."""
UNTOLD = -1
_BITS = 28
_MOST = (1 << _BITS) - 1


class Board:
    """Places of tasks; the process that waits has it, and gives `cells` to the workers it starts."""

    def __init__(self, context: Any) -> None:
        self.cells: Any = context.RawArray(ctypes.c_uint64, PLACES)
        self._free, self._guard = list(range(PLACES)), threading.Lock()

    def take(self) -> int:
        """A place where nothing stands, or `UNTOLD` if all are taken."""
        with self._guard:
            if not self._free:
                return UNTOLD
            place = self._free.pop()
        self.cells[place] = 0
        return place

    def give_back(self, place: int) -> None:
        if place != UNTOLD:
            with self._guard:
                self._free.append(place)

    def read(self, place: int) -> Progress | None:
        """What was told last, if anything was."""
        number = 0 if place == UNTOLD else int(self.cells[place])
        stage, done, total = number >> 2 * _BITS, number >> _BITS & _MOST, number & _MOST
        return Progress(done, total or None, stage=STAGES[stage]) if stage else None


_cells: Any = None
_place = UNTOLD


def listen(cells: Any) -> None:
    """Once in every worker process: where to tell."""
    global _cells
    _cells = cells


def told(function: Callable[[T], R], task: T, place: int) -> R:
    """In a worker: do a task, and tell at this place how far it is."""
    global _place
    _place = place
    try:
        return function(task)
    finally:
        _place = UNTOLD


def heard(progress: Progress) -> None:
    """In a worker: tell the process that waits, but of stages that are in no list; in any other process nothing."""
    if _cells is not None and _place != UNTOLD and progress.stage in STAGES:
        done, total = min(progress.done, _MOST), min(progress.total or 0, _MOST)
        _cells[_place] = STAGES.index(progress.stage) << 2 * _BITS | done << _BITS | total
