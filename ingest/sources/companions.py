"""What a file in a bucket refers to: buffers, materials and images beside it, fetched from its own folder alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inrstore.errors import BadInput

from ..files.geometry import Limits
from .bucket import Bucket

MOST = 200
"""Files that one may refer to."""
HEADER = 2**16
"""Bytes at the beginning of a PLY in which its texture is named."""
_MATERIALS = re.compile(rb"(?m)^[ \t]*mtllib[ \t]+(.+?)[ \t\r]*$")
_MAPS = re.compile(rb"(?mi)^[ \t]*(?:map_\w+|bump|disp|decal|refl|norm)[ \t]+(.+?)[ \t\r]*$")
_COLLADA = re.compile(rb"<init_from[^>]*>\s*(?:<ref>)?\s*([^<]+?)\s*<")
_TEXTURE = re.compile(rb"(?m)^comment TextureFile[ \t]+(.+?)[ \t\r]*$")


@dataclass(frozen=True)
class Wanted:
    """A name, and in what other ways it may be meant; the first that is there is fetched."""

    names: tuple[str, ...]
    more: bool = False
    """Whether it may refer to others itself."""


def fetch_beside(bucket: Bucket, source: str, at: Path, limits: Limits, parts: bool = False) -> None:
    """Everything that a fetched file names and that lies in its folder of the bucket, or below, goes beside it.

    What is not there is left to the file's reader, which knows whether it matters. With `parts` also what says which
    part of the shape is which. Errors: BadInput if they are too many or too large; Unreachable.
    """
    folder, left, count = source.rpartition("/")[0], limits.max_bytes, 0
    pending = [*_named(at, limits.appearance), *(_of_parts(at) if parts else ())]
    while pending:
        wanted = pending.pop(0)
        for name in dict.fromkeys(filter(None, map(_inside, wanted.names))):
            target = at.parent / name
            count += 1
            if count > MOST:
                raise BadInput(f"it refers to more than {MOST} files; they were not fetched")
            if not target.exists():
                try:
                    left -= bucket.fetch(f"{folder}/{name}", target, left)[1]
                except BadInput:  # not there, or not for us; its reader says so if that matters
                    continue
            if wanted.more:
                pending += _named(target, limits.appearance)
            break


def _named(at: Path, appearance: bool) -> Iterator[Wanted]:
    """What a file names; images and materials only where the appearance is asked for."""
    suffix = at.suffix.lower()
    if suffix == ".gltf":
        yield from _of_gltf(at, appearance)
    elif appearance and suffix == ".obj":
        yield from (Wanted((name,), more=True) for name in _found(_MATERIALS, at.read_bytes()))
    elif appearance and suffix == ".mtl":
        yield from map(_image, _found(_MAPS, at.read_bytes()))
    elif appearance and suffix == ".dae":
        yield from map(_image, _found(_COLLADA, at.read_bytes()))
    elif appearance and suffix == ".ply":
        with at.open("rb") as file:
            yield from map(_image, _found(_TEXTURE, file.read(HEADER).partition(b"end_header")[0]))


def _of_gltf(at: Path, appearance: bool) -> Iterator[Wanted]:
    try:
        described = json.loads(at.read_bytes())
        entries = [*described.get("buffers", ()), *(described.get("images", ()) if appearance else ())]
        names = [entry["uri"] for entry in entries if isinstance(entry.get("uri"), str)]
    except (ValueError, AttributeError, TypeError, RecursionError):  # its reader says what is wrong
        return
    yield from (_image(name) for name in names if not name.startswith("data:"))


def _of_parts(at: Path) -> Iterator[Wanted]:
    yield Wanted((f"{at.stem}.parts.npz", f"{at.stem}.seg"))


def _found(pattern: re.Pattern[bytes], text: bytes) -> list[str]:
    return list(dict.fromkeys(name.decode("utf-8", "replace") for name in pattern.findall(text)))


def _image(name: str) -> Wanted:
    """As `files.meshes` looks for one."""
    plain = PurePosixPath(name.replace("\\", "/"))
    return Wanted((name, str(plain), plain.name, (plain.name.split() or [""])[-1]))


def _inside(name: str) -> str | None:
    """A name without detours, if it leads nowhere else."""
    parts = [part for part in name.strip().split("/") if part not in ("", ".")]
    outside = name.startswith("/") or "://" in name or ".." in parts or "\0" in name
    return None if outside or not parts or len(name) > 1000 else "/".join(parts)
