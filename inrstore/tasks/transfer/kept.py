"""Arrays that take long to make, kept in a directory so that an interrupted training goes on with them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inrstore.files import atomic_path
from inrstore.records import FloatArray

Arrays = tuple[FloatArray, ...]


@dataclass(frozen=True)
class Kept:
    """A directory of files, one for each thing that arrays were made of; or none, and nothing is kept."""

    directory: Path | None

    @classmethod
    def of(cls, work: Path | None, made_by: Sequence[str]) -> Kept:
        """Below `work`, in a directory of its own for all that they were `made_by`: others are never mixed up."""
        if work is None:
            return cls(None)
        directory = work / hashlib.sha256("\0".join(made_by).encode()).hexdigest()[:16]
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory)

    def take(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """What is kept under a name, and where nothing is, or it is damaged, what `make` gives. Errors: StorageFull."""
        if self.directory is None:
            return make()
        path = self.directory / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                return tuple(file[f"arr_{place}"] for place in range(len(file.files)))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            made = make()
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, *made)
        return made
