"""The files of a run with the hashes of their bytes, in order: objects are fetched ahead, shards are taken apart."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath

from inrstore.errors import BadInput, StorageFull
from inrstore.files import sha256
from inrstore.records import Failure

from .discover import Found, SourceFile, unreadable
from .facts import SHARD
from .files import is_scene, is_shard, may_be_shape
from .files.geometry import Limits
from .scratch import Scratch
from .sources.bucket import Bucket
from .sources.reading import local_name, opened
from .sources.retry import Unreachable
from .sources.samples import Model, Sample, samples

STAGE = "read"
AT_ONCE = 8
AHEAD, AHEAD_BYTES = 32, 256 * 2**20
"""Objects that are fetched before they are asked for: so many at most, and of so many bytes."""
GUESS = 16 * 2**20
LOST = 8
"""Objects in a row that do not come, after which a run is ended: so it is the bucket, or the network."""


@dataclass(frozen=True)
class Ended:
    """A shard of which everything has been given."""

    path: str
    members: list[str]
    """Sources of the models in it."""


@dataclass(frozen=True)
class _Begun:
    """A file, and if it is an object where and by whom it is fetched."""

    file: SourceFile
    folder: str = ""
    fetched: Future[SourceFile | Failure | Unreachable] | None = None

    @property
    def size(self) -> int:
        """Bytes; a guess for an object that no listing has told of."""
        return (self.file.size or GUESS) if self.fetched else 0


Hashed = SourceFile | Failure | Ended
Each = Callable[[Callable[[SourceFile], SourceFile | Failure], Iterable[SourceFile]], Iterable[SourceFile | Failure]]


class Hashing:
    """Iterates over what a run finds. What it fetches or unpacks is in the scratch until that is told it is done.

    grow : is told of every file of a shard but the first, as nobody knew of it

    Errors: Unreachable.
    """

    def __init__(self, found: Found, limits: Limits, scratch: Scratch, grow: Callable[[int], None]) -> None:
        self.found, self.limits, self.scratch, self._grow = found, limits, scratch, grow
        self.each: Callable[[Callable[[SourceFile], SourceFile | Failure], Iterable[SourceFile]], Iterable[Hashed]] = (
            map
        )
        """What hashes plain files, in order; an engine may do that elsewhere."""
        self._pool: ThreadPoolExecutor | None = None
        self._lost = 0

    def __iter__(self) -> Iterator[Hashed]:
        for plain, files in groupby(self.found.sources, lambda file: not file.via and not is_shard(file.path)):
            if plain:
                yield from self.each(partial(hashed, self.limits), files)
            else:
                yield from self._others(files)

    def _others(self, files: Iterable[SourceFile]) -> Iterator[Hashed]:
        """Objects and shards."""
        for begun in self._ahead(files):
            if begun.fetched is None:
                yield from self._shard(begun.file)
            elif (found := self._object(begun.file, begun.fetched.result(), begun.folder)) is not None:
                yield found

    def close(self) -> None:
        """Wait for what is being fetched, fetch no more, and delete what is in the scratch."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self.scratch.close()

    def _ahead(self, files: Iterable[SourceFile]) -> Iterator[_Begun]:
        """The files in order; of objects so many, or so many bytes, are being fetched before they are given."""
        waiting: deque[_Begun] = deque()
        for file in files:
            size = sum(begun.size for begun in waiting)
            while waiting and (len(waiting) >= AHEAD or size + file.size > AHEAD_BYTES):
                size -= waiting[0].size
                yield waiting.popleft()
            waiting.append(self._begin(file))
            if not any(begun.fetched for begun in waiting):  # there is nothing to wait for
                yield waiting.popleft()
        yield from waiting

    def _begin(self, file: SourceFile) -> _Begun:
        if is_shard(file.path):
            return _Begun(file)
        self._pool = self._pool or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
        folder = self.scratch.new()
        return _Begun(file, folder, self._pool.submit(fetched, file, self.limits, folder))

    def _object(self, file: SourceFile, found: SourceFile | Failure | Unreachable, folder: str) -> Hashed | None:
        """What became of an object; None for one that was met and holds no shape."""
        if isinstance(found, SourceFile) and not (file.met and not may_be_shape(found.at)):
            self._lost = 0
            return found
        self.scratch.drop(folder)
        if isinstance(found, SourceFile):
            self.found.ignored.append(file.path)
            self._grow(-1)
            return None
        if isinstance(found, Failure):
            return found
        self._lost += 1
        if self._lost >= LOST:
            where = file.via.partition("?")[0]
            raise Unreachable(f"{where}: {self._lost} objects in a row did not come; of the last, {found}") from found
        return Failure(file.path, str(found), STAGE)

    def _shard(self, shard: SourceFile) -> Iterator[Hashed]:
        """The models in a shard, of which a sample at a time is unpacked, and then its end."""
        names: list[str] = []
        count = 0
        for found in self._through(shard):
            if count:
                self._grow(1)
            count += 1
            if isinstance(found, SourceFile):
                names.append(found.path)
            yield found
        if not count:
            if shard.met:
                self.found.ignored.append(shard.path)
                self._grow(-1)
            else:
                yield Failure(shard.path, "no member of it is a model that can be read", STAGE)
        yield Ended(shard.path, names)

    def _through(self, shard: SourceFile) -> Iterator[SourceFile | Failure]:
        try:
            with opened(shard.path, shard.via) as stream:
                for sample in samples(stream, self.scratch.new, self.limits):
                    yield from self._of_sample(shard, sample)
        except StorageFull:
            raise
        except (BadInput, Unreachable) as error:
            yield Failure(shard.path, str(error), STAGE)
        except OSError as error:
            yield Failure(shard.path, unreadable(error), STAGE)

    def _of_sample(self, shard: SourceFile, sample: Sample) -> Iterator[SourceFile | Failure]:
        self.found.refused.extend(f"{shard.path}#{name}" for name in sample.foreign)
        models = [model for model in sample.models if may_be_shape(model.at)]
        self.found.ignored.extend(f"{shard.path}#{model.name}" for model in sample.models if model not in models)
        refused = dict(sample.refused)
        if models:
            self.scratch.hold(sample.folder, len(models))
            try:
                label, tags = sample.facts()
            except BadInput as error:
                (label, tags), refused[f"{sample.name}.json"] = (None, {}), str(error)
            for model in models:
                yield self._model(shard, model, label, tags)
        elif sample.folder:
            self.scratch.drop(sample.folder)
        for name, reason in refused.items():
            yield Failure(f"{shard.path}#{name}", reason, STAGE)

    def _model(self, shard: SourceFile, model: Model, label: str | None, tags: Mapping[str, str]) -> SourceFile:
        """A model with what its sample says, over which goes what was asked for."""
        facts, path = self.found.facts, f"{shard.path}#{model.name}"
        placed, own = facts.inside(shard.path, model.name)
        if facts.labels_from is None or facts.labels_from == SHARD:
            placed = label or placed
        name, scene = PurePosixPath(model.name).stem, shard.scene and is_scene(model.name)
        return SourceFile(path, name, placed, {**tags, **own}, model.sha256, model.size, scene=scene, at=model.at)


def hashed(limits: Limits, file: SourceFile) -> SourceFile | Failure:
    """A local file with the hash of its bytes."""
    try:
        size = os.path.getsize(file.path)
        if refusal := limits.too_large(size):
            return Failure(file.path, refusal, STAGE)
        return replace(file, sha256=sha256(file.path), size=size)
    except OSError as error:
        return Failure(file.path, unreadable(error), STAGE)


def fetched(file: SourceFile, limits: Limits, folder: str) -> SourceFile | Failure | Unreachable:
    """An object with the hash of its bytes, which lie in a folder now. Errors: StorageFull."""
    if refusal := limits.too_large(file.size):
        return Failure(file.path, refusal, STAGE)
    at = Path(folder, local_name(file.path))
    try:
        digest, size = Bucket(file.via).fetch(file.path, at, limits.max_bytes)
    except BadInput as error:
        return Failure(file.path, str(error), STAGE)
    except Unreachable as error:
        return error
    return replace(file, sha256=digest, size=size, at=str(at))
