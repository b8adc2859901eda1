"""How much is done at once, and how often one address may ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .problems import Problem

ADDRESSES = 10_000
"""Of which is remembered how often they asked."""


class Gate:
    """Lets few in at once, some wait, and sends the others away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.room = threading.Semaphore(at_once)
        """Who has come in waits here."""
        self._guard = threading.Lock()
        self._most, self._inside = at_once + waiting, 0

    @contextmanager
    def entered(self, patient: bool = False) -> Iterator[None]:
        """Who is patient waits however many do. Errors: Problem 429."""
        self.come(patient)
        try:
            with self.room:
                yield
        finally:
            self.go()

    def come(self, patient: bool = False) -> None:
        """Before `room`, and at the end `go`, where both cannot be done in one place. Errors: as `entered`."""
        with self._guard:
            if self._inside >= self._most and not patient:
                raise Problem(429, "busy", "too much is being computed; ask again in a second", {"Retry-After": "1"})
            self._inside += 1

    def go(self) -> None:
        with self._guard:
            self._inside -= 1


class Rate:
    """So many requests a second from one address, and twice as many at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str) -> bool:
        now = self._clock()
        left, since = self._left.pop(address, (2 * self.rate, now))
        left = min(2 * self.rate, left + (now - since) * self.rate)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now)
        while len(self._left) > ADDRESSES:
            self._left.popitem(last=False)
        return allowed
