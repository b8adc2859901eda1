"""The samples of a shard in webdataset's layout: neighbours in a tar whose names differ only after the first dot."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as default
from pathlib import Path, PurePosixPath
from typing import IO, Any

from inrstore.errors import BadInput
from inrstore.files import room
from inrstore.store.where import RESERVED

from ..files import FOREIGN, suffixes
from ..files.geometry import Limits
from .retry import Unreachable
from .tar import Member, members

SHAPES = suffixes()
SIDECAR = 2**20
"""Bytes of a sample's label, text or JSON."""
LONGEST = 1000
"""Characters of a tag."""
MOST_TAGS = 64
_SAMPLE = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]+)", re.DOTALL)
"""Name up to the first dot of its last part, and the rest."""
SAYS = ("cls", "txt", "json")
PARTS = "parts.npz"
"""What says which part of a shape is which, and is none itself."""


@dataclass
class Sample:
    """What a shard holds under one name."""

    name: str
    models: list[Model] = default(default_factory=list)
    refused: dict[str, str] = default(default_factory=dict)
    """Reasons by the names of members."""
    foreign: list[str] = default(default_factory=list)
    """Members of kinds that nobody reads, see `files.FOREIGN`."""
    said: dict[str, bytes] = default(default_factory=dict)
    """By the ending: cls, txt or json."""
    folder: str = ""
    """Where its files lie, if there are any."""
    size: int = 0
    """Bytes of those."""

    def facts(self) -> tuple[str | None, dict[str, str]]:
        """Label and tags: `cls`, or else the JSON's label or class; its other fields with one value; the text.

        What is called like another fact is left out. Errors: BadInput if the JSON is none.
        """
        try:
            fields = json.loads(self.said.get("json", b"{}"))
        except (ValueError, RecursionError) as error:
            raise BadInput(f"it is no JSON, so its sample has no tags of it: {str(error)[:200]}") from error
        plain: dict[str, str] = {} if not isinstance(fields, dict) else {k: _word(v) for k, v in fields.items()}
        label = _line(self.said.get("cls", b"")) or plain.pop("label", "") or plain.pop("class", "")
        tags = {name: word for name, word in plain.items() if word and 0 < len(name) <= 64 and name not in RESERVED}
        if caption := _line(self.said.get("txt", b"")):
            tags["caption"] = caption
        return label or None, dict(list(tags.items())[:MOST_TAGS])


@dataclass(frozen=True)
class Model:
    """A member that may be a shape, unpacked."""

    name: str
    at: str
    sha256: str
    size: int


def samples(stream: IO[bytes], new_folder: Callable[[], str], limits: Limits) -> Iterator[Sample]:
    """The samples in the order of the shard, each unpacked into a folder of its own when it is asked for.

    Errors: BadInput where the shard is damaged, Unreachable; what was whole of the last sample has been given before.
    """
    current, names = Sample(""), set[str]()
    broken: Exception | None = None
    try:
        for member in members(stream):
            found = _SAMPLE.fullmatch(member.name)
            name = found[1] if found else member.name
            if name != current.name:
                if current.name:
                    yield current
                current = Sample(name)
            problem = member.problem or ("a member before it has the same name" if member.name in names else None)
            names.add(member.name)
            if problem:
                current.refused[_printable(member.name)] = problem
            elif found and not any(part.startswith(".") or part == "__MACOSX" for part in member.name.split("/")):
                _take(current, member, found[2].lower(), new_folder, limits)
    except (BadInput, Unreachable) as error:
        broken = error
    if current.name:
        yield current
    if broken is not None:
        raise broken


def _take(sample: Sample, member: Member, ending: str, new_folder: Callable[[], str], limits: Limits) -> None:
    """What a member says, or its bytes into the folder of its sample."""
    suffix = f".{ending.rpartition('.')[2]}"
    shape = suffix in SHAPES and ending != PARTS
    if ending in SAYS:
        if member.size > SIDECAR:
            sample.refused[member.name] = f"{member.size:,} bytes, over the limit of {SIDECAR:,} of what says something"
        else:
            sample.said[ending] = b"".join(member.blocks())
    elif suffix in FOREIGN:
        sample.foreign.append(member.name)
    elif refusal := limits.too_large(member.size) or limits.too_large(sample.size + member.size, " with its sample"):
        if shape:
            sample.refused[member.name] = refusal
    else:
        sample.folder = sample.folder or new_folder()
        target = Path(sample.folder, PurePosixPath(member.name).name)
        sha256 = _written(member, target)
        sample.size += member.size
        if shape and sha256:
            sample.models.append(Model(member.name, str(target), sha256, member.size))
        elif shape:
            sample.refused[member.name] = "its name is too long"


def _written(member: Member, target: Path) -> str | None:
    """SHA-256 of a member's bytes, which are in the file now; None if no file can be called so."""
    digest = hashlib.sha256()
    with room(f"{target.parent}, where shards are unpacked (TMPDIR)"):
        try:
            file = target.open("xb")
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise
        with file:
            for block in member.blocks():
                digest.update(block)
                file.write(block)
    return digest.hexdigest()


def _line(text: bytes) -> str:
    return _word(text.decode("utf-8", "replace"))


def _word(value: Any) -> str:
    """A text, number or truth on one line, as tags have it; nothing for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        return ""
    plain = str(value).replace("\0", "").encode("utf-8", "replace").decode()
    return " ".join(plain.split())[:LONGEST]


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
