"""Archives whose models are files of their own, unpacked into a folder that goes with the run."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from .discover import Facts, SourceFile
from .files import is_scene
from .files.bundle import Contents


class Archives:
    """From archives to the files in them. What is unpacked of one is deleted when the last of its files is done."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._waiting: dict[str, list[SourceFile]] = {}  # by archive: models that are being unpacked
        self._left: dict[str, int] = {}  # by folder: files that are not done

    def models(self, archive: SourceFile, found: Contents) -> list[SourceFile]:
        """The models in an archive, by names ``archive#path/in/it``; nothing is unpacked for that."""
        return [self._model(archive, name) for name in found.models]

    def _model(self, archive: SourceFile, name: str) -> SourceFile:
        label, tags = self._facts.inside(archive.path, name)
        sha256 = hashlib.sha256(f"{archive.sha256}#{name}".encode("utf-8", "backslashreplace")).hexdigest()
        path = f"{archive.path}#{name}"
        return SourceFile(
            path, PurePosixPath(name).stem, label, tags, sha256=sha256, size=archive.size, scene=is_scene(name)
        )

    def unpacking(self, archive: SourceFile, models: Sequence[SourceFile]) -> SourceFile:
        """The task of unpacking some of an archive's models."""
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="inrstore-")
        self._waiting[archive.path] = list(models)
        names = tuple(model.path.removeprefix(f"{archive.path}#") for model in models)
        return replace(archive, at=tempfile.mkdtemp(dir=self._folder.name), only=(names,))

    def unpacked(self, archive: SourceFile) -> list[SourceFile]:
        """Those models, now that they lie in the archive's folder."""
        models = self._waiting.pop(archive.path)
        self._left[archive.at] = len(models)
        names = [model.path.removeprefix(f"{archive.path}#") for model in models]
        return [replace(m, at=str(Path(archive.at, name))) for m, name in zip(models, names, strict=True)]

    def lost(self, archive: SourceFile) -> list[SourceFile]:
        """Those models, which could not be unpacked."""
        shutil.rmtree(archive.at, ignore_errors=True)
        return self._waiting.pop(archive.path)

    def done(self, file: SourceFile) -> None:
        """A file that nobody reads any more."""
        folder = next((folder for folder in self._left if file.at.startswith(f"{folder}{os.sep}")), None)
        if folder is not None:
            self._left[folder] -= 1
            if not self._left[folder]:
                del self._left[folder]
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
