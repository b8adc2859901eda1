"""What the catalogue said: known until somebody changes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Known:
    """Answers by what was asked, of one version of a catalogue, the latest ones."""

    def __init__(self, version: Callable[[], str], most: int) -> None:
        self._version, self._now, self._most, self._guard = version, "", most, threading.Lock()
        self._of: OrderedDict[object, Any] = OrderedDict()

    def get(self, asked: K, make: Callable[[], T]) -> T:
        """The answer, made now if the catalogue has changed since it was made."""
        found: Mapping[K, T] = self.all([asked], lambda _: {asked: make()})
        return found[asked]

    def all(self, asked: Iterable[K], make: Callable[[list[K]], Mapping[K, T]]) -> dict[K, T]:
        """The answers; those that are not known yet are made together, of which some may not be there.

        What is made while the catalogue changes belongs to the version before, and is not known.
        """
        version, wanted = self.version(), list(dict.fromkeys(asked))
        with self._guard:
            found = {one: self._of[one] for one in wanted if one in self._of}
            for one in found:
                self._of.move_to_end(one)
        if len(found) == len(wanted):
            return found
        made = make([one for one in wanted if one not in found])
        self.learn(version, made)
        return {one: found[one] if one in found else made[one] for one in wanted if one in found or one in made}

    def version(self) -> str:
        """Of the catalogue as it is now; what is known of another one is forgotten."""
        version = self._version()
        with self._guard:
            if version != self._now:
                self._of.clear()
                self._now = version
        return version

    def learn(self, version: str, made: Mapping[Any, Any]) -> None:
        """What was read after the catalogue had this version."""
        with self._guard:
            if version == self._now:
                self._of.update(made)
            while len(self._of) > self._most:
                self._of.popitem(last=False)
