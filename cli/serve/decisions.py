"""What people decided: what two shapes are to each other, and which proposed labels are wrong. Nothing is deleted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from inrstore.files import write_atomically

Words = tuple[str, ...]
"""What a decision is about: the ids of two shapes, or that of one and a label."""


class Decisions:
    """By what they are about, in one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._guard = path, threading.Lock()
        kept = json.loads(path.read_bytes()) if path.exists() else []
        self._of: dict[Words, str] = {tuple(about): decision for about, decision in kept}

    def get(self, about: Words) -> str | None:
        return self._of.get(about)

    def decide(self, about: Iterable[Words], decision: str | None) -> int:
        """None takes a decision back. Returns how many changed. Errors: StorageFull."""
        with self._guard:
            new, changed = dict(self._of), 0
            for one in about:
                changed += new.get(one) != decision
                if decision is None:
                    new.pop(one, None)
                else:
                    new[one] = decision
            if changed:
                write_atomically(self._path, json.dumps(list(new.items())).encode())
            self._of = new
        return changed


def pair(a: str, b: str) -> Words:
    """Of two shapes by their ids, in either order."""
    return tuple(sorted((a, b)))
