"""Part labels of stored shapes: added later, read back; shards first, then one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.engine import Connection

from inrstore.records import PartLabels

from .backing import Backing
from .checks import check_part_labels
from .commit import write_part_labels
from .places import replace_places
from .read import LIVE, chunks, live_integers
from .reading import repeat
from .references import AnyRef, Keys, Refs
from .shards import read_rows
from .tables import PartLabelRow, ShapeRow, ShardRow
from .thumbnails import Thumbnails

COLUMNS = ["points", "part", "names"]


class LabelledParts(Thumbnails):
    """The part of a store that keeps which points of a shape belong to which of its parts; see `Shapes`."""

    backing: Backing

    def add_part_labels(self, labels: Mapping[AnyRef, PartLabels]) -> int:
        """Part labels of stored shapes, all or none; those that a shape has already are replaced.

        Returns how many shapes have theirs now, removed ones being left out. Give many at once: each call makes a
        shard. Errors: ShapeNotFound, AmbiguousShape, BadInput, StorageFull.
        """
        return replace_places(self.backing, self._by_key(labels), check_part_labels, write_part_labels, PartLabelRow)

    def part_labels(self, shapes: Refs) -> dict[int, PartLabels]:
        """The part labels of those shapes that have some, by key, in the order of the references.

        Errors: ShapeNotFound, AmbiguousShape, BadInput, CorruptShard.
        """
        return _read(self.backing, self._keys(shapes).tolist())

    def part_label_keys(self) -> Keys:
        """(n,) keys, ascending, of the shapes that have part labels."""
        with self.catalog.read() as connection:
            return live_integers(connection, select(PartLabelRow.shape_key))


def _read(backing: Backing, keys: Sequence[int]) -> dict[int, PartLabels]:

    def attempt() -> dict[int, PartLabels]:
        with backing.catalog.read() as connection:
            entries = _entries(connection, keys)
        out: dict[int, PartLabels] = {}
        for path in sorted({path for path, _ in entries.values()}):
            mine = [key for key, (where, _) in entries.items() if where == path]
            rows = np.array([entries[key][1] for key in mine], np.int64)
            for key, row in zip(mine, read_rows(backing.storage, path, rows, COLUMNS), strict=True):
                out[key] = PartLabels(row["points"].reshape(3, -1).T, row["part"], tuple(row["names"]))
        return {key: out[key] for key in dict.fromkeys(keys) if key in out}

    return repeat(backing.catalog, attempt)


def _entries(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Shard path and row of the live shapes among the keys that have part labels."""
    query = select(PartLabelRow.shape_key, ShardRow.path, PartLabelRow.row).join(ShapeRow)
    query = query.join(ShardRow, ShardRow.id == PartLabelRow.shard_id).where(LIVE)
    parts = chunks(list(dict.fromkeys(keys)))
    rows = (row for part in parts for row in connection.execute(query.where(PartLabelRow.shape_key.in_(part))))
    return {row[0]: (row[1], row[2]) for row in rows}
