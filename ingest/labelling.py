"""What a run says of shapes: the label and the tags that it gives, and to which shapes they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inrstore.records import NewShape, Shape

from .options import IngestOptions

if TYPE_CHECKING:
    from inrstore.store import Store

    from .discover import SourceFile


class Labelling:
    """Labels and tags for stored shapes, gathered until the next `flush`.

    Said is what was asked for: labels by `labels_from` or `labels_csv`, tags by those, `tags` and `units`. A label
    that is said replaces the stored one, a tag joins or replaces the one of its name; a file of which nothing is
    said leaves what is there. What only the layout of folders suggests is for new shapes. Of several files of one
    shape in a run the first that says something is heard, so that a rerun changes nothing.
    """

    def __init__(self, store: Store, options: IngestOptions) -> None:
        self.store = store
        self._by_file = options.labels_from is not None or options.labels_csv is not None
        self._common = {**({"units": options.units} if options.units else {}), **options.tags}
        self._speaks = self._by_file or bool(self._common)
        self._entered: dict[str, SourceFile] = {}  # by path, as long as they are being fitted
        self._labels: dict[int, str] = {}
        self._tags: dict[int, dict[str, str]] = {}
        self._heard: set[tuple[int, str | None]] = set()  # key and name of the tag, None for the label

    @property
    def waiting(self) -> int:
        return len(self._labels) + len(self._tags)

    def enter(self, file: SourceFile, former: Shape | None = None) -> SourceFile:
        """A file that is to be fitted, with what it inherits of the shape that its path named before."""
        if self._speaks:
            self._entered[file.path] = file
        if former is None:
            return file
        label = (file.label if self._by_file else None) or former.label or file.label
        return replace(file, label=label, inherited=former.tags)

    def note(self, key: int, file: SourceFile) -> None:
        """A file whose shape is stored."""
        if not self._speaks:
            return
        label, tags = self._said(file)
        if label and (key, None) not in self._heard:
            self._labels[key] = label
        if fresh := {name: value for name, value in tags.items() if (key, name) not in self._heard}:
            self._tags[key] = self._tags.get(key, {}) | fresh
        self._hear(key, label, tags)

    def stored(self, shapes: Sequence[NewShape]) -> None:
        """Shapes that have just been committed; those that were there already have not got what is said of them."""
        files = [(shape, self._file_of(shape)) for shape in shapes]
        if not self._speaks:
            return
        keys = self.store.find([shape.sha256 for shape in shapes])
        for shape, file in files:
            if file is not None and shape.sha256 in keys:
                self.note(keys[shape.sha256], file)

    def _file_of(self, shape: NewShape) -> SourceFile | None:
        """The file that became a shape; one of several objects is asked for again."""
        return self._entered.get(shape.part.file) if shape.part else self._entered.pop(shape.source, None)

    def inherit(self, shape: NewShape, former: Shape) -> NewShape:
        """An object with what it inherits of the shape that its key named before."""
        label = (shape.label if self._by_file else None) or former.label or shape.label
        return replace(shape, label=label, tags={**former.tags, **shape.tags})

    def forget(self, path: str) -> None:
        """A file that has failed."""
        self._entered.pop(path, None)

    def flush(self) -> None:
        """Write what differs from what is stored."""
        if self._labels:
            self.store.relabel(self._labels)
        if self._tags:
            self.store.retag(self._tags)
        self._labels, self._tags = {}, {}

    def _said(self, file: SourceFile) -> tuple[str | None, Mapping[str, str]]:
        if self._by_file:
            return file.label, {**file.tags, **self._common}
        return None, self._common

    def _hear(self, key: int, label: str | None, tags: Mapping[str, str]) -> None:
        self._heard.update((key, name) for name in ([None] if label else []) + list(tags))
