"""The part of a store that only the catalogue is asked for: which shapes there are, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from inrstore.records import Decision, Shape, Source, StoredInr

from . import commit, decisions, facets, labels, matching, orders, read, refusals, sources
from .connection import Catalog
from .decisions import Pair, Pairs
from .references import AnyRef, Keys, Ref, Refs, Value, by_key, find_key, find_keys, integer_keys, listed, look_up
from .where import Conditions, Where, tag_names

PAGE = 1000
"""Shapes that are read at once in an iteration."""


class Shapes:
    """Shapes by reference or by condition, their labels, tags and sources; `Store` adds all else.

    A reference (`Ref`) is an id, a prefix of one of four digits or more, a source path, a key or a `Shape`. The path
    of a file whose objects are shapes of their own is one where these are one shape, else it is AmbiguousShape. One
    that names no stored shape raises ShapeNotFound, which says the first and how many. Only where keys are asked
    for or given in bulk, as an index or an ingest has them (`shapes_by_key`, `embeddings`, `sample_counts`,
    `thumbnails`, `relabel`, `retag`, `decide`, `refuse`, `add_inrs`, `add_samples`, `add_thumbnails`,
    `set_embeddings`), a *key* of no stored shape is left out, because the shape may have been removed since; what
    comes back says which or how many are there.

    Conditions (`Conditions`) are texts, each of which must hold, or a mapping of what must be equal:
    ``["label=ch*|table", "error>0.02"]``, ``{"split": ["test", "val"], "label": None}``. Keys are id, name, label,
    field, kind, profile (of any network), source (texts: = and !=, with * for anything and | between alternatives),
    scale, size (its double, the diameter of the ball in which a shape lies), error and steps (numbers, also <, <=, >
    and >=; the latter two of the network that is encoded), created (a day or moment, likewise), any tag, any figure of
    quality, and words, all of which must be in the name, label, tags or source paths. ``label=`` and None mean: has
    none; != finds all that = does not. ``tag:NAME`` and ``quality:NAME`` say which of the two is meant; a tag of an
    older store that is called like a fact is found only so. A key that no shape has raises BadInput.
    """

    catalog: Catalog

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        """A store is true also when it is empty."""
        return True

    def __iter__(self) -> Iterator[Shape]:
        return self.iter_shapes()

    def count(self, where: Conditions | None = None) -> int:
        """Number of shapes, or of those that fulfil every condition. Errors: BadInput."""
        with self.catalog.read() as connection:
            return read.count(connection, Where.of(where).sql(connection))

    def keys(self, where: Conditions | None = None) -> Keys:
        """(n,) keys, ascending, of all shapes or of those that fulfil every condition. Errors: BadInput."""
        with self.catalog.read() as connection:
            return matching.keys(connection, Where.of(where))

    def keys_among(self, keys: Sequence[int] | Keys, where: Conditions | None = None) -> Keys:
        """(m,) those of some keys, ascending, whose shapes are stored and fulfil every condition. Errors: BadInput."""
        with self.catalog.read() as connection:
            return matching.among(connection, Where.of(where), keys)

    def ids(self, where: Conditions | None = None) -> dict[int, str]:
        """Ids by key, ascending, of all shapes or of those that fulfil every condition. Errors: BadInput."""
        with self.catalog.read() as connection:
            return read.ids(connection, Where.of(where).sql(connection))

    def facets(self, name: str, where: Conditions | None = None, most: int = facets.MOST) -> dict[str | None, int]:
        """How many shapes, of those that fulfil every condition, have each value of a fact, most frequent first.

        `name` is label, field, kind, profile or ``tag:NAME``; None counts what has no label. Errors: BadInput.
        """
        with self.catalog.read() as connection:
            return facets.facet(connection, name, Where.of(where).sql(connection), most)

    def ranges(self, name: str, where: Conditions | None = None) -> dict[tuple[float, float], int]:
        """How many shapes, of those that fulfil every condition, have a number from each low end to under a high one.

        `name` is scale or size (by powers of ten) or error (of the network that is encoded). Ranges of no shape are
        left out. Errors: BadInput.
        """
        with self.catalog.read() as connection:
            return facets.ranges(connection, name, Where.of(where).sql(connection))

    def version(self) -> str:
        """Another one after every change of the catalogue, whoever made it; asking costs next to nothing."""
        return self.catalog.version()

    def tag_names(self) -> list[str]:
        """Names of the tags that shapes have, in the alphabet's order."""
        with self.catalog.read() as connection:
            return tag_names(connection)

    def values(self, name: str, where: Conditions | None = None) -> dict[int, str]:
        """The label (where `name` is label) or the tag of this name, by key, of the shapes that have one.

        Quicker than `shapes` for many. Errors: BadInput.
        """
        with self.catalog.read() as connection:
            return read.values(connection, name, Where.of(where).sql(connection))

    def shapes(
        self,
        where: Conditions | None = None,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
        order: str = "key",
    ) -> list[Shape]:
        """Shapes that fulfil every condition, all of them in memory; see `iter_shapes`. Errors: BadInput.

        `ids` are full ids, and those that are not stored are left out. `order` is key, name, label, created or
        error; a - before it turns it round, and shapes without a label or error come last.
        """
        conditions = Where.of(where)
        with self.catalog.read() as connection:
            if conditions.conditions and order == "key" and ids is None and limit is not None:
                keys = matching.first(connection, conditions, offset + limit)
                if keys is not None:
                    found = read.shapes_by_key(connection, keys[offset:])
                    return [found[key] for key in keys[offset:]]
            return orders.shapes(connection, conditions.sql(connection), ids, limit, offset, order)

    def iter_shapes(self, where: Conditions | None = None, after: int = 0) -> Iterator[Shape]:
        """Shapes that fulfil every condition, by key, read as they are asked for. Errors: BadInput.

        Only keys above `after` come, so that an iteration can go on where another one ended.
        Shapes that are stored meanwhile are seen, those that are removed meanwhile are not.
        """
        with self.catalog.read() as connection:
            conditions = Where.of(where).sql(connection)
        return self._pages(conditions, after)

    def _pages(self, conditions: read.Where, last: int) -> Iterator[Shape]:
        full = True
        while full:
            with self.catalog.read() as connection:
                page = read.page(connection, conditions, last, PAGE)
            yield from page
            full = len(page) == PAGE
            last = page[-1].key if page else last

    def shape(self, ref: Ref) -> Shape:
        """The shape that a reference names. Errors: ShapeNotFound, AmbiguousShape, BadInput."""
        with self.catalog.read() as connection:
            key = find_key(connection, ref)
            return read.shapes_by_key(connection, [key])[key]

    def find(self, refs: Iterable[AnyRef]) -> dict[AnyRef, int]:
        """Key of each reference that names a stored shape; the others are left out. Errors: BadInput."""
        with self.catalog.read() as connection:
            found = look_up(connection, refs, lenient=True)
            live = read.live_fields(connection, set(found.values()))
        return {ref: key for ref, key in found.items() if key in live}

    def shapes_by_key(self, keys: Refs) -> dict[int, Shape]:
        """Shapes by key; keys of no stored shape are left out. Errors: ShapeNotFound, AmbiguousShape, BadInput."""
        wanted = self._keys(keys).tolist()
        with self.catalog.read() as connection:
            return read.shapes_by_key(connection, wanted)

    def inrs(self, shape: Ref) -> list[StoredInr]:
        """The networks of a shape, oldest first: the first one is that which is encoded.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        with self.catalog.read() as connection:
            return read.inrs(connection, find_key(connection, shape))

    def known_sources(self) -> dict[str, str]:
        """SHA-256 of each stored source's bytes by its path."""
        with self.catalog.read() as connection:
            return read.known_sources(connection)

    def known_source_hashes(self, hashes: Sequence[str] | None = None) -> dict[str, int]:
        """Key of the shape that a file became, by the SHA-256 of the file's bytes; of all, or of those given.

        A file of which each object became a shape of its own is none of these; see `sources_by_hash`.
        """
        with self.catalog.read() as connection:
            return read.known_source_hashes(connection, hashes)

    def sources(self, shape: Ref) -> list[Source]:
        """Where a shape was found, oldest first, with the object's name and transform where a file has several.

        `Shape.sources` are their paths. Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        with self.catalog.read() as connection:
            return sources.sources_of(connection, find_key(connection, shape))

    def sources_by_hash(self, hashes: Sequence[str]) -> list[tuple[int, Source]]:
        """Key of the shape and source, oldest first, of everything that was found in files of these bytes."""
        with self.catalog.read() as connection:
            return sources.sources_by_hash(connection, hashes)

    # --- changes that touch neither networks nor embeddings

    def label(self, shapes: Refs, label: str | None) -> int:
        """Gives shapes a label, or takes it away; returns how many changed.

        No index becomes stale. Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return labels.label(self.catalog, shapes, label)

    def relabel(self, labels_by_shape: Mapping[AnyRef, str | None]) -> int:
        """Gives each shape its own label, all or none; returns how many changed.

        Keys of no stored shape are left out. Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return labels.relabel(self.catalog, labels_by_shape)

    def tag(self, shapes: Refs, tags: Mapping[str, str | None]) -> int:
        """Gives shapes tags, their others staying as they are; None removes one. Returns how many changed.

        Errors: ShapeNotFound, AmbiguousShape; BadInput, also for the name of another fact.
        """
        return labels.tag(self.catalog, shapes, tags)

    def retag(self, tags_by_shape: Mapping[AnyRef, Mapping[str, str | None]]) -> int:
        """Gives each shape its own tags, all or none, see `tag`; returns how many changed.

        Keys of no stored shape are left out. Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return labels.retag(self.catalog, tags_by_shape)

    def decide(self, pairs: Pairs, decision: Decision | None) -> int:
        """Remembers what the two shapes of each pair are to each other, all or none; None takes that back.

        Returns how many pairs changed. It does not matter which of the two comes first. Pairs with a key of no stored
        shape are left out, and what was decided of a shape goes with it. Errors: BadInput, also for a shape and
        itself; ShapeNotFound, AmbiguousShape.
        """
        return decisions.decide(self.catalog, pairs, decision)

    def decisions(self, shapes: Refs | None = None) -> dict[Pair, Decision]:
        """What was decided, by pairs of keys, the lower one first: of all pairs, or of those with one of the shapes.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return decisions.decisions(self.catalog, None if shapes is None else self._keys(shapes))

    def refuse(self, labels: Iterable[tuple[Ref, str]], name: str = "label", *, refused: bool = True) -> int:
        """Remembers that labels are not right for shapes, all or none, so that they are not proposed again.

        `name` is label, or the tag whose values they are; `refused` False takes it back. Returns how many changed.
        Keys of no stored shape are left out. Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return refusals.refuse(self.catalog, labels, name, refused)

    def refusals(self, name: str = "label") -> dict[int, frozenset[str]]:
        """The labels, or values of the tag of this name, that were refused of each shape, by key, ascending."""
        return refusals.refusals(self.catalog, name)

    def sources_at(self, paths: Sequence[str]) -> dict[str, tuple[str, int]]:
        """SHA-256 of its bytes and key of its shape, as it was last stored, of each of the paths that is a source."""
        with self.catalog.read() as connection:
            return sources.sources_at(connection, paths)

    def add_source(self, shape: Ref, source: str, source_sha256: str, source_bytes: int) -> None:
        """Notes another place where a stored shape was found. Errors: ShapeNotFound, AmbiguousShape, BadInput."""
        commit.add_source(self.catalog, shape, source, source_sha256, source_bytes)

    def add_sources(self, found: Sequence[tuple[int, Source]]) -> list[str]:
        """Notes further places of stored shapes, given by their keys.

        One transaction. What failed at these paths is forgotten. Returns paths whose shape is not stored any more,
        which are left out.
        """
        return sources.add_sources(self.catalog, found)

    def remove(self, shapes: Refs) -> list[Shape]:
        """Removes shapes, all or none, and returns them; their rows leave the shards at the next `compact`.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return commit.remove(self.catalog, shapes)

    def _keys(self, refs: Refs) -> Keys:
        """(n,) the keys that references mean; those that are keys are not looked up, so that many cost nothing."""
        many = listed(refs)
        if (keys := integer_keys(many)) is not None:
            return keys
        with self.catalog.read() as connection:
            return find_keys(connection, many)

    def _by_key(self, values: Mapping[AnyRef, Value]) -> dict[int, Value]:
        return by_key(values, self._keys(list(values)))
