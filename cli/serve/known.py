"""What the catalogue said of many shapes at once, which takes it long: known until somebody changes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

MOST = 1_000
"""Answers that are known, the latest ones."""
T = TypeVar("T")


class Known:
    """Answers by what was asked, of one version of a catalogue."""

    def __init__(self, version: Callable[[], str]) -> None:
        self._version, self._now, self._guard = version, "", threading.Lock()
        self._of: OrderedDict[object, Any] = OrderedDict()

    def get(self, asked: object, make: Callable[[], T]) -> T:
        """The answer, made now if the catalogue has changed since it was made.

        One that is made while the catalogue changes belongs to the version before, so that it is made again.
        """
        version = self._version()
        with self._guard:
            if version != self._now:
                self._of.clear()
                self._now = version
            elif asked in self._of:
                self._of.move_to_end(asked)
                return self._of[asked]  # type: ignore[no-any-return]
        made = make()
        with self._guard:
            if version == self._now:
                self._of[asked] = made
                while len(self._of) > MOST:
                    self._of.popitem(last=False)
        return made
