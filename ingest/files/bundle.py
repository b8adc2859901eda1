"""Archives of any files: which models are in one, and its files unpacked into a folder that holds nothing else."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field as default
from pathlib import Path, PurePosixPath

from inrstore.errors import BadInput

from . import FOREIGN, TEXTS, is_bundle, suffixes
from .geometry import Limits
from .load import check_archive

MODELS = (suffixes(named=True) - TEXTS) | set(FOREIGN)
"""Kinds of files that may be one; a text in an archive tells something to people."""
MAX_ENTRIES = 50_000
"""Files of all kinds in one archive."""


@dataclass(frozen=True)
class Contents:
    """Names of the models in an archive, sorted, and of what is there but cannot be read, with the reason."""

    models: list[str]
    refused: dict[str, str]
    foreign: list[str] = default(default_factory=list)
    """Those of kinds that nobody reads, see `files.FOREIGN`."""

    def nothing(self) -> str:
        """Why an archive without models is refused."""
        kinds = dict.fromkeys(PurePosixPath(name).suffix.lower() for name in self.foreign)
        return "; ".join(["no file in it is a model that can be read", *(FOREIGN[kind] for kind in kinds)])


def contents(path: Path, limits: Limits) -> Contents:
    """What is in an archive, by its directory alone; hidden files are passed over.

    Raises
    ------
    BadInput
        If it is damaged, unpacks to too much, or holds too many files or models.
    """
    models: list[str] = []
    foreign: list[str] = []
    refused: dict[str, str] = {}
    for entry in _entries(path, limits):
        suffix = PurePosixPath(entry.filename).suffix.lower()
        if _hidden(entry.filename) or suffix not in MODELS:
            continue
        nested = "an archive in an archive; unpack the outer one" if is_bundle(entry.filename) else None
        if suffix in FOREIGN:
            foreign.append(entry.filename)
        elif reason := _problem(entry) or nested:
            refused[entry.filename] = reason
        else:
            models.append(entry.filename)
    if refusal := limits.too_many_objects(len(models)):
        raise BadInput(refusal)
    return Contents(sorted(models), refused, foreign)


def unpack(path: Path, wanted: Collection[str], folder: Path, limits: Limits) -> None:
    """These models, and all files that are none (a model may refer to those), into an empty folder.

    Nothing is written elsewhere, no link is made, and no more is written than `limits` allow. Errors: BadInput.
    """
    known = MODELS
    entries = _entries(path, limits)
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            beside = PurePosixPath(entry.filename).suffix.lower() not in known and not _hidden(entry.filename)
            if not (entry.filename in wanted or beside) or _problem(entry):
                continue
            target = folder / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as packed, target.open("xb") as file:  # reading stops at the size that is stated
                shutil.copyfileobj(packed, file)


def _entries(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files in an archive that may be unpacked, each name once. Errors: BadInput."""
    try:
        check_archive(path, limits)
        with zipfile.ZipFile(path) as archive:
            found = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadInput(f"damaged, cut short or not a .zip file: {error}") from error
    if len(found) > MAX_ENTRIES:
        raise BadInput(f"{len(found):,} files in it, over the limit of {MAX_ENTRIES:,}; unpack it first")
    return list(found.values())


def _hidden(name: str) -> bool:
    return any(part.startswith(".") and part != ".." or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _problem(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not unpacked, or None."""
    place = PurePosixPath(entry.filename)
    if place.is_absolute() or ".." in place.parts or "\\" in entry.filename or ":" in place.parts[0]:
        return "its name leads out of the archive; it was not unpacked"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link; it was not unpacked"
    if entry.flag_bits & 1:
        return "it is encrypted; unpack the archive with its password"
    return None
