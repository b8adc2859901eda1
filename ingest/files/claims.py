"""Text files whose headers promise more lines than there are, of which readers give back what is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from inrstore.errors import BadInput

MOST = 1 << 62


def check_promised(path: Path) -> None:
    """Refuse an OFF or a PLY of text that was cut short at the end of a line. A header that is none is not judged.

    Errors: BadInput.
    """
    try:
        with path.open("rb") as file:
            promised = {".off": _off, ".ply": _ply}[path.suffix.lower()](file)
            wanted = min(sum(promised.values()), MOST)
            missing = wanted - sum(1 for _, _ in zip(range(wanted), _lines(file), strict=False))
    except (LookupError, ValueError, StopIteration):  # its reader says what is wrong
        return
    if missing > 0:
        parts = " and ".join(f"{count:,} {name}" for name, count in promised.items())
        raise BadInput(f"cut short: its header promises {parts}; {missing:,} lines of them are missing")


def _off(file: IO[bytes]) -> dict[str, int]:
    lines = _lines(file)
    _, name, counts = next(lines).partition(b"OFF")
    if not name:
        raise ValueError("no OFF")
    vertices, faces = (counts.split() or next(lines).split())[:2]
    return {"vertices": int(vertices), "faces": int(faces)}


def _ply(file: IO[bytes]) -> dict[str, int]:
    """Of one that is not text nothing is promised in lines."""
    found: dict[str, int] = {}
    for line in file:
        word, *rest = line.split() or [b""]
        if word == b"end_header":
            return found
        if word == b"format" and rest[0] != b"ascii":
            return {}
        if word == b"element":
            found[rest[0].decode("ascii", "replace")] = int(rest[1])
    raise ValueError("no end of the header")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Those that say something."""
    return (text for line in file if (text := line.partition(b"#")[0].strip()))
