"""The part of a remote store that its catalogue answers: which shapes there are, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from inrstore.conditions import written
from inrstore.errors import BadInput
from inrstore.records import Shape, Source, StoredInr

from . import replies
from .records import Facts
from .references import Ref, id_of
from .transport import Transport, Values

if TYPE_CHECKING:  # a client needs no database
    from inrstore.store import Conditions

PAGE = 1000
"""Shapes that are asked for at once."""


class Catalogue:
    """Shapes by reference or by condition, with the verbs and records of `inrstore.store.shapes.Shapes`.

    A reference (`Ref`) is an id, a prefix of one of four digits or more, or a `Shape`; neither a path nor a key, which
    mean something only on the server's own machine. Conditions are those of a store, twenty at most.

    Every method may also raise ServerNotFound, where no server answers, and NotAllowed, where it does not do this for
    whoever asks.
    """

    transport: Transport

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        """A store is true also when it is empty."""
        return True

    def __iter__(self) -> Iterator[Shape]:
        return self.iter_shapes()

    def facts(self) -> Facts:
        """What is served: the store's name and size, its labels, tags and heads, and what the server allows."""
        return self.transport.get("/store", Facts)

    def count(self, where: Conditions | None = None) -> int:
        """Number of shapes, or of those that fulfil every condition. Errors: BadInput."""
        return self.transport.get("/shapes", replies.Count, {"where": texts(where), "limit": 1}).total

    def facets(self, name: str, where: Conditions | None = None, most: int = 100) -> dict[str | None, int]:
        """How many shapes, of those that fulfil every condition, have each value of a fact, most frequent first.

        `name` is label, field, kind, profile or ``tag:NAME``; None counts what has no label. Errors: BadInput.
        """
        asked = {"name": name, "where": texts(where), "most": most}
        return {one.value: one.count for one in self.transport.get("/facets", replies.Facets, asked)[name]}

    def shapes(
        self, where: Conditions | None = None, *, limit: int | None = None, offset: int = 0, order: str = "key"
    ) -> list[Shape]:
        """Shapes that fulfil every condition, all of them in memory; see `iter_shapes`. Errors: BadInput.

        `order` is key, name, label, created or error; a - before it turns it round, and shapes without a label or
        error come last. More than a thousand are asked for in pages: what is stored or removed meanwhile may shift
        these, so that `iter_shapes` is the better one for a store that changes.
        """
        if offset < 0 or (limit is not None and limit < 0):
            raise BadInput(f"limit is {limit}, offset {offset}: neither can be less than 0")
        conditions, found = texts(where), list[Shape]()
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            asked = {"where": conditions, "limit": size, "offset": offset + len(found), "order": order}
            page = self._records(asked)
            found += page
            if len(page) < size:
                break
        return found

    def iter_shapes(self, where: Conditions | None = None, after: int = 0) -> Iterator[Shape]:
        """Shapes that fulfil every condition, by key, read as they are asked for. Errors: BadInput.

        Only keys above `after` come, so that an iteration can go on where another one ended. Shapes that are stored
        meanwhile are seen, those that are removed meanwhile are not.
        """
        conditions = texts(where)
        first = self._records({"where": conditions, "limit": PAGE, "after": after})
        return self._pages(conditions, first)

    def _pages(self, conditions: list[str], page: list[Shape]) -> Iterator[Shape]:
        yield from page
        while len(page) == PAGE:
            page = self._records({"where": conditions, "limit": PAGE, "after": page[-1].key})
            yield from page

    def _records(self, asked: Values) -> list[Shape]:
        return [one.shape() for one in self.transport.get("/records", replies.Records, asked).shapes]

    def shape(self, ref: Ref) -> Shape:
        """The shape that a reference names. Errors: ShapeNotFound, AmbiguousShape, BadInput."""
        return self._details(ref).shape()

    def inrs(self, shape: Ref) -> list[StoredInr]:
        """The networks of a shape, oldest first: the first one is that which is encoded.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return self._details(shape).networks

    def sources(self, shape: Ref) -> list[Source]:
        """Where a shape was found, oldest first, by paths on the machine that stored it.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return self._details(shape).sources

    def thumbnail(self, shape: Ref) -> bytes:
        """The picture of a shape as WebP: of its source, or where none is kept, 256 pixels of what its network has.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return self.transport.content("GET", f"/shapes/{id_of(shape)}/thumbnail")

    def _details(self, ref: Ref) -> replies.Details:
        return self.transport.get(f"/shapes/{id_of(ref)}", replies.Details)


def texts(where: Conditions | None) -> list[str]:
    """Conditions as a request has them; whether they are any is for the server to say."""
    if isinstance(where, Mapping):
        return [f"{key}={written(value)}" for key, value in where.items()]
    return [where] if isinstance(where, str) else list(where or ())
