"""What people decided of pairs of shapes: the same, a variant, or different. Written down, and nothing is deleted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from inrstore.files import write_atomically

DECISIONS = ("same", "variant", "different")
Pair = tuple[str, str]
"""Ids of two shapes, in any order."""


class Decisions:
    """By pairs of ids, in one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._guard = path, threading.Lock()
        self._of: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}

    def get(self, pair: Pair) -> str | None:
        return self._of.get(_key(pair))

    def decide(self, pairs: Iterable[Pair], decision: str | None) -> int:
        """None takes a decision back. Returns how many changed. Errors: StorageFull."""
        with self._guard:
            new, changed = dict(self._of), 0
            for key in map(_key, pairs):
                changed += new.get(key) != decision
                if decision is None:
                    new.pop(key, None)
                else:
                    new[key] = decision
            write_atomically(self._path, json.dumps(new, indent=0).encode())
            self._of = new
        return changed


def _key(pair: Pair) -> str:
    return " ".join(sorted(pair))
