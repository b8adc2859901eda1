"""What a run adds to shapes that are stored: networks of another profile, kept samples, part labels, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from inrstore.records import NewShape

from .files.part_labels import beside
from .options import IngestOptions

if TYPE_CHECKING:
    from inrstore.store import Store


class Additions:
    """`other` is profile and base of the networks that the run fits instead of the store's own."""

    def __init__(self, store: Store, other: tuple[str, str] | None, options: IngestOptions) -> None:
        self.store, self.other = store, other
        self.keep_samples, self.thumbnails = options.keep_samples > 0, bool(options.thumbnails)
        self._parted = set(store.part_label_keys().tolist()) if options.parts else None

    def complete(self) -> set[int] | None:
        """Keys of the shapes that have all that this run is to add to stored ones; None if that is nothing."""
        asked: list[set[int]] = []
        if self.other:
            asked.append(set(self.store.keys_with_profile(*self.other).tolist()))
        if self.keep_samples:
            asked.append(set(self.store.sample_counts()))
        if self.thumbnails:
            asked.append(set(self.store.thumbnail_keys().tolist()))
        return set.intersection(*asked) if asked else None

    def parts_missing(self, key: int, path: str) -> bool:
        """Whether the parts of a stored shape are to be kept, which a file beside its own names."""
        return self._parted is not None and key not in self._parted and beside(path) is not None

    def attach(self, shapes: Sequence[NewShape]) -> int:
        """Gives shapes that are stored already the profile, samples, parts and picture that they lack; how many."""
        if not (self.other or self.keep_samples or self.thumbnails or self._parted is not None):
            return 0
        by_id = {shape.sha256: shape for shape in shapes}
        there = {s.key: by_id[s.id] for s in self.store.shapes(ids=list(by_id)) if s.field == by_id[s.id].field}
        networks = {
            key: [inr for inr in shape.inrs if (inr.profile, inr.base) == self.other]
            for key, shape in there.items()
            if self.other and all((inr.profile, inr.base) != self.other for inr in self.store.inrs(key))
        }
        having = self.store.sample_counts(list(there))
        kept = {key: s.samples for key, s in there.items() if s.samples is not None and key not in having}
        self.store.add_inrs(networks)
        self.store.add_samples(kept)
        named = {} if self._parted is None else {k: s.part_labels for k, s in there.items() if s.part_labels}
        self.store.add_part_labels({key: labels for key, labels in named.items() if labels is not None})
        drawn = self._draw(there)
        return len(self.store.shapes_by_key([*networks, *kept, *named, *drawn]))

    def _draw(self, there: Mapping[int, NewShape]) -> Set[int]:
        """Gives stored shapes the pictures that they lack, if that is asked for; keys of those that got one."""
        if not self.thumbnails:
            return set()
        having = set(self.store.thumbnail_keys(list(there)).tolist())
        lacking = {k: s.thumbnail for k, s in there.items() if s.thumbnail is not None and k not in having}
        self.store.add_thumbnails(lacking)
        return lacking.keys()
