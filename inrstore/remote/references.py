"""What names a shape of a server: an id, the start of one, or a `Shape`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.records import Shape

Ref = str | Shape
"""An id, a prefix of one of four digits or more, or a shape."""
Refs = Ref | Iterable[Ref]
ID = re.compile("[0-9a-f]{4,64}")


def id_of(ref: Ref) -> str:
    """The id, or the start of one. Errors: ShapeNotFound, BadInput."""
    if isinstance(ref, Shape):
        return ref.id
    if not isinstance(ref, str):
        raise BadInput(f"{ref!r} names no shape of a server; give an id, a prefix of one or a Shape")
    if not ID.fullmatch(ref.lower()):
        raise ShapeNotFound(f"{ref!r} is no id of a shape: give 4 to 64 hexadecimal digits, or a Shape")
    return ref.lower()


def ids_of(refs: Refs) -> list[str]:
    """Those of one reference or many. Errors: ShapeNotFound, BadInput."""
    if isinstance(refs, (str, Shape)) or not isinstance(refs, Iterable):
        return [id_of(refs)]
    return [id_of(ref) for ref in refs]
