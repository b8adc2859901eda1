"""The one place where a run writes to the store: batches of shapes, further sources, labels, failures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.records import Failure, NewShape, Shape, Source
from inrstore.store.insert import sources_of

from .additions import Additions
from .discover import Chosen
from .labelling import Labelling
from .options import ALIGNS, IngestOptions
from .parts import Stored, stored_objects

if TYPE_CHECKING:
    from inrstore.store import Store

    from .discover import SourceFile

BATCH = 64
SETTLED = 4096
"""Files of stored shapes whose further sources, labels and tags are written together."""
SECONDS = 5.0
GONE = "its shape was removed while this ran; run the same command again"


class Writer:
    """Counts what happens to each file, and commits shapes every `BATCH` of them or every `SECONDS`.

    `other` is profile and base of the networks that the run fits instead of the store's own. A file that is stored as
    it is (the same path, bytes and shape) writes nothing.
    """

    def __init__(
        self, store: Store, recorded: Iterable[str], options: IngestOptions, other: tuple[str, str] | None = None
    ) -> None:
        self.store, self.dry_run, self.up = store, options.dry_run, options.up
        self._additions = Additions(store, other, options)
        self.stored = self.skipped = 0
        self.failures: list[Failure] = []
        self._failed: set[str] = set()  # their paths
        self._recorded = set(recorded)
        self._below = _by_file(self._recorded)
        self._complete = self._additions.complete()
        self._waiting: list[NewShape] = []
        self._sources: dict[str, tuple[int, Source]] = {}  # by path: key and source, further ones
        self._copies: dict[str, tuple[str, SourceFile]] = {}  # by path: the file it is a copy of, and what it is
        self._labelling = Labelling(store, options)
        self._since = time.monotonic()

    # --- what is to be done

    def pending(self, files: Sequence[SourceFile]) -> list[SourceFile | None]:
        """What is to be read of each file; None if it is stored, so that it is at most a further source.

        Of a file whose objects are shapes of their own, those that are stored are left out. One that is stored without
        the profile, the samples or the picture of this run is fitted once more, as it was then. One whose path named
        another shape before inherits that one's label and tags.
        """
        scenes = [file for file in files if file.scene]
        standing = zip(scenes, stored_objects(self.store, scenes), strict=True) if scenes else ()
        by_bytes = self.store.known_source_hashes([file.sha256 for file in scenes]) if scenes else {}
        objects = {
            file.path: self._pending_objects(file, stored, by_bytes.get(file.sha256, 0)) for file, stored in standing
        }
        whole = iter(self._pending([file for file in files if not file.scene]))
        found = [objects[file.path] if file.scene else next(whole) for file in files]
        self.tick()
        return found

    def _pending(self, files: Sequence[SourceFile]) -> list[SourceFile | None]:
        """Those that are one shape each."""
        before = self.store.sources_at([file.path for file in files])
        changed = [file for file in files if before.get(file.path, ("", 0))[0] != file.sha256]
        by_bytes = self.store.known_source_hashes([file.sha256 for file in changed]) if changed else {}
        by_bytes |= {sha256: key for sha256, key in before.values() if sha256 not in by_bytes}
        keys = [by_bytes.get(file.sha256) for file in files]
        asked = {key for key in keys if key and self._complete is not None and key not in self._complete}
        asked |= {k for k, file in zip(keys, files, strict=True) if k and self._additions.parts_missing(k, file.path)}
        former = {before[file.path][1] for file in changed if file.path in before and file.sha256 not in by_bytes}
        shapes = self.store.shapes_by_key(sorted(asked | former)) if asked | former else {}
        found: list[SourceFile | None] = []
        for file, key in zip(files, keys, strict=True):
            if key is None:
                there = before.get(file.path)
                found.append(self._labelling.enter(file, shapes.get(there[1]) if there else None))
            elif key in asked:
                found.append(self._again(self._labelling.enter(file), shapes.get(key)))
            else:
                source = Source(file.path, file.sha256, file.size)
                self._settle(file, key, source, unchanged=before.get(file.path) == (file.sha256, key))
                found.append(None)
        return found

    def _pending_objects(self, file: SourceFile, stored: Stored, whole: int) -> SourceFile | None:
        before = self.store.sources_at([source.path for _, source in stored.objects.values()])
        complete = self._complete
        lacking = {e: k for e, (k, _) in stored.objects.items() if complete is not None and k not in complete}
        for end, (key, source) in stored.objects.items():
            if end not in lacking:
                self._settle(file, key, source, unchanged=before.get(source.path) == (file.sha256, key))
        if stored.complete and not lacking:
            self.finished(file.path)
            return None
        shapes = self.store.shapes_by_key(list(lacking.values())) if lacking else {}
        again = {e: self._as_stored(shapes[k]) for e, k in lacking.items() if k in shapes}
        whole = whole if complete is None or whole in complete else 0
        done = frozenset(stored.objects.keys() - lacking)
        return replace(self._labelling.enter(file), done=done, again=again, whole=whole)

    def place(self, file: SourceFile, source: Source) -> None:
        """A file of one object, which is stored already as a whole."""
        self._settle(file, file.whole, source, unchanged=False)

    def _again(self, file: SourceFile, shape: Shape | None) -> SourceFile:
        return file if shape is None else replace(file, chosen=self._as_stored(shape))

    def _as_stored(self, shape: Shape) -> Chosen:
        """So that a further network is of the same field, and lies alike. What is aligned fully may have had any up."""
        align = next((kind for kind in ALIGNS[1:] if f"aligned_{kind}" in shape.quality), ALIGNS[0])
        upright = "z" if shape.rotation and round(shape.rotation[5]) == 1 else "y"  # Z becomes Y
        return Chosen(shape.field, self.up if align == "full" else upright, align)

    def _settle(self, file: SourceFile, key: int, source: Source, unchanged: bool) -> None:
        """A file, or an object in it, of a stored shape."""
        self.skipped += 1
        if self.dry_run:
            return
        self._start_waiting()
        if not unchanged:
            self._sources[source.path] = (key, source)
        self._labelling.note(key, file)
        if unchanged:
            self.settled(source.path)

    def copy(self, file: SourceFile, first: str) -> int:
        """A file with the bytes of another one of this run, which is stored by the next `flush`; how many objects."""
        if self.dry_run:
            self.skipped += 1
        elif file.scene:
            return self._copy_objects(file)
        else:
            self.skipped += 1
            self._copies[file.path] = (first, file)
        return 1

    def _copy_objects(self, file: SourceFile) -> int:
        (stored,) = stored_objects(self.store, [file])
        fresh = [stored.objects[end] for end in stored.objects if end not in file.done]
        for key, source in fresh:
            self._settle(file, key, source, unchanged=False)
        return len(fresh)

    # --- what is written

    @property
    def waiting(self) -> int:
        """Shapes that are fitted and not committed yet."""
        return len(self._waiting)

    def add(self, shape: NewShape) -> None:
        self._start_waiting()
        if shape.part is not None:
            shape = self._inheriting(shape)
        self._waiting.append(shape)
        self.tick()

    def _inheriting(self, shape: NewShape) -> NewShape:
        """An object with label and tags of the shape that its key named before."""
        sha256, key = self.store.sources_at([shape.source]).get(shape.source, (shape.source_sha256, 0))
        former = self.store.shapes_by_key([key]) if sha256 != shape.source_sha256 else {}
        return self._labelling.inherit(shape, former[key]) if key in former else shape

    def _start_waiting(self) -> None:
        if not (self._waiting or self._sources or self._labelling.waiting):
            self._since = time.monotonic()

    def tick(self) -> None:
        """Commit if it is time to."""
        settled = len(self._sources) + self._labelling.waiting
        late = time.monotonic() - self._since > SECONDS
        if self.waiting >= BATCH or settled >= SETTLED or (late and (self.waiting or settled)):
            self.flush()

    def flush(self) -> None:
        """Write what waits. On an error other than a shape's own it goes on waiting."""
        self._flush_shapes()
        self._flush_sources()
        self._labelling.flush()

    def _flush_shapes(self) -> None:
        batch = self._waiting
        if not batch:
            return
        try:
            self._commit(batch)
        except BadInput:  # one of them; the others must not suffer
            for shape in batch:
                try:
                    self._commit([shape])
                except BadInput as error:
                    for source in sources_of(shape):
                        self.fail(Failure(source.path, str(error), "commit"))
        self._waiting = []

    def _flush_sources(self) -> None:
        keys = self.store.find({first for first, _ in self._copies.values()}) if self._copies else {}
        for path, (first, file) in self._copies.items():
            if first in keys:
                self._sources[path] = (keys[first], Source(path, file.sha256, file.size))
                self._labelling.note(keys[first], file)
            else:
                self._lost(path, f"a copy of {first}, which is no longer stored; run the same command again")
        self._copies = {}
        if self._sources:
            for path in self.store.add_sources(list(self._sources.values())):
                self._lost(path, GONE)
            self._recorded -= self._sources.keys()
            self._sources = {}

    def _lost(self, path: str, reason: str) -> None:
        self.skipped -= 1
        self.fail(Failure(path, reason, "commit"))

    def _commit(self, shapes: list[NewShape]) -> None:
        shapes = self._as_known(shapes)
        attached = self._additions.attach(shapes)  # first: all is still as it was if it refuses
        committed = self.store.commit(shapes)
        self.stored += len(committed.stored) + attached
        self.skipped += len(committed.duplicates) - attached + sum(len(shape.further) for shape in shapes)
        self._recorded -= {
            source.path for shape in shapes for source in sources_of(shape)
        }  # the commit has cleared them
        self._labelling.stored(shapes)

    def _as_known(self, shapes: list[NewShape]) -> list[NewShape]:
        """Shapes by the id under which their content is known, where noise has given them another."""
        twins = [twin for shape in shapes for twin in (shape.sha256, *shape.twins) if shape.twins]
        known = set(self.store.find(twins)) if twins else set()
        found = []
        for shape in shapes:
            ids = (shape.sha256, *shape.twins)
            found.append(replace(shape, sha256=next((id for id in ids if id in known), shape.sha256)))
            known.add(found[-1].sha256)
        return found

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self._failed.add(failure.path)
        self._labelling.forget(failure.path)
        if not self.dry_run:
            self.store.record_failure(failure.path, failure.reason, failure.stage)

    def settled(self, path: str) -> None:
        """What failed there before does so no more."""
        if path in self._recorded and not self.dry_run:
            self._recorded.discard(path)
            self.store.clear_failure(path)

    def finished(self, path: str, alive: Iterable[str] = ()) -> None:
        """A file has been looked through: what failed in it before, and does so no more or is not there, is forgotten.

        What is `alive` has its own end.
        """
        alive = set(alive)
        for failure in {path, *self._below.get(path, ())} - self._failed:
            if not any(failure == name or failure.startswith(f"{name}#") for name in alive):
                self.settled(failure)


def _by_file(recorded: Iterable[str]) -> dict[str, set[str]]:
    """Failures of objects by what may be their file: everything before a #."""
    found: dict[str, set[str]] = {}
    for path in recorded:
        for place in (place for place, sign in enumerate(path) if sign == "#"):
            found.setdefault(path[:place], set()).add(path)
    return found
