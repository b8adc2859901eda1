"""Pictures of the shapes' sources: added later, read back; shards first, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from .backing import Backing
from .checks import check_thumbnail
from .commit import write_thumbnails
from .places import replace_places
from .read import LIVE, chunks, live_integers
from .reading import repeat
from .references import AnyRef, Keys, Ref, Refs, find_key
from .shapes import Shapes
from .shards import THUMBNAILS, read_rows
from .tables import ShapeRow, ShardRow, ThumbnailRow

Entry = tuple[str, int]
"""Path of a shard, and a row of it."""
PLACES = (
    select(ThumbnailRow.shape_key, ShardRow.path, ThumbnailRow.row)
    .join(ShapeRow)
    .join(ShardRow, ShardRow.id == ThumbnailRow.shard_id)
    .where(LIVE, ThumbnailRow.shape_key.in_(bindparam("keys", expanding=True)))
)
"""Made once: to make it takes longer than to run it."""


class Thumbnails(Shapes):
    """The part of a store that keeps small pictures of what its shapes were made from; see `Shapes`."""

    backing: Backing

    def add_thumbnails(self, pictures: Mapping[AnyRef, bytes]) -> int:
        """Pictures of the sources of stored shapes, WebP of at most 6,000 bytes, all or none; see `pictures.webp`.

        Those that a shape has already are replaced. Returns how many shapes have theirs now, removed ones being left
        out. Give many at once: each call makes a shard. Errors: ShapeNotFound, AmbiguousShape, BadInput, StorageFull.
        """
        return replace_places(self.backing, self._by_key(pictures), check_thumbnail, write_thumbnails, ThumbnailRow)

    def thumbnail(self, shape: Ref) -> bytes | None:
        """The picture of a shape's source as WebP, or None where none is kept.

        Errors: ShapeNotFound, AmbiguousShape, BadInput, CorruptShard.
        """

        def look_up(connection: Connection) -> dict[int, Entry]:
            return _entries(connection, [find_key(connection, shape)])

        return next(iter(_read(self.backing, look_up).values()), None)

    def thumbnails(self, shapes: Refs) -> dict[int, bytes]:
        """The pictures of the sources of those shapes that have one, as WebP by key.

        Errors: ShapeNotFound, AmbiguousShape, BadInput, CorruptShard.
        """
        keys = self._keys(shapes).tolist()
        return _read(self.backing, lambda connection: _entries(connection, keys))

    def thumbnail_keys(self, shapes: Refs | None = None) -> Keys:
        """(n,) keys, ascending, of the shapes, or of those among `shapes`, that have a picture of their source.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        wanted = None if shapes is None else self._keys(shapes).tolist()
        query = select(ThumbnailRow.shape_key).join(ShapeRow).where(LIVE).order_by(ThumbnailRow.shape_key)
        with self.catalog.read() as connection:
            if wanted is None:
                return live_integers(connection, select(ThumbnailRow.shape_key))
            parts = chunks(sorted(set(wanted)))
            rows = (connection.execute(query.where(ThumbnailRow.shape_key.in_(part))).scalars() for part in parts)
            return np.fromiter((key for part in rows for key in part), np.int64)


def _read(backing: Backing, look_up: Callable[[Connection], dict[int, Entry]]) -> dict[int, bytes]:
    """The pictures by key, in the order of what is looked up."""

    def attempt() -> dict[int, bytes]:
        with backing.catalog.read() as connection:
            entries = look_up(connection)
        out: dict[int, bytes] = {}
        for path in sorted({path for path, _ in entries.values()}):
            mine = [key for key, (where, _) in entries.items() if where == path]
            rows = np.array([entries[key][1] for key in mine], np.int64)
            found = read_rows(backing.storage, path, rows, [THUMBNAILS.column])
            out |= {key: row[THUMBNAILS.column] for key, row in zip(mine, found, strict=True)}
        return {key: out[key] for key in entries}

    return repeat(backing.catalog, attempt)


def _entries(connection: Connection, keys: Sequence[int]) -> dict[int, Entry]:
    """Shard path and row of the live shapes among the keys that have a picture."""
    parts = chunks(list(dict.fromkeys(keys)))
    rows = (row for part in parts for row in connection.execute(PLACES, {"keys": part}))
    found = {row[0]: (row[1], row[2]) for row in rows}
    return {key: found[key] for key in keys if key in found}
