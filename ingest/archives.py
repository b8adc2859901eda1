"""Archives whose models are files of their own, unpacked into folders of the run's scratch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from inrstore.errors import BadInput
from inrstore.records import Failure

from .discover import SourceFile
from .facts import Facts
from .files import is_scene
from .files.bundle import Contents
from .files.geometry import Limits
from .objects import Batch, opened
from .scratch import Scratch
from .sources.reading import placed
from .sources.retry import Unreachable


class Archives:
    """From archives to the files in them. What is unpacked of one is deleted when the last of its files is done."""

    def __init__(self, facts: Facts, scratch: Scratch) -> None:
        self._facts, self._scratch = facts, scratch
        self._waiting: dict[str, list[SourceFile]] = {}  # by archive: models that are being unpacked

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
        self._waiting[archive.path] = list(models)
        names = tuple(model.path.removeprefix(f"{archive.path}#") for model in models)
        return replace(archive, into=self._scratch.new(), only=(names,))

    def unpacked(self, archive: SourceFile) -> list[SourceFile]:
        """Those models, now that they lie in the archive's folder."""
        models = self._waiting.pop(archive.path)
        self._scratch.hold(archive.into, len(models))
        self._scratch.done(archive.at)
        names = [model.path.removeprefix(f"{archive.path}#") for model in models]
        return [replace(m, at=str(Path(archive.into, name))) for m, name in zip(models, names, strict=True)]

    def lost(self, archive: SourceFile) -> list[SourceFile]:
        """Those models, which could not be unpacked."""
        self._scratch.drop(archive.into)
        self._scratch.done(archive.at)
        return self._waiting.pop(archive.path)


def unpacked(archive: SourceFile, limits: Limits) -> Batch[Any] | Contents:
    """What a worker makes of an archive, here: see `objects.opened`."""
    try:
        with placed(archive, limits) as here:
            found = opened(here, limits)
    except (BadInput, Unreachable) as error:
        found = Failure(archive.path, str(error), "read")
    return Batch([found]) if isinstance(found, Failure) else found
