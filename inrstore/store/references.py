"""What names a stored shape: an id, the start of one, a source path, a key, or a `Shape`; and the keys they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from inrstore.errors import AmbiguousShape, BadInput, ShapeNotFound
from inrstore.records import Shape

from .read import LIVE, chunks, live_fields, live_keys, storable
from .tables import ShapeRow, SourceRow

Ref = int | np.integer[Any] | str | os.PathLike[str] | Shape
"""A key, a full id, a prefix of four digits or more, a source path, or a shape."""
Refs = Ref | Iterable[Ref] | NDArray[np.integer[Any]]
AnyRef = TypeVar("AnyRef", bound=Ref)
Value = TypeVar("Value")
Keys = NDArray[np.int64]

FULL = re.compile("[0-9a-fA-F]{64}")
PREFIX = re.compile("[0-9a-fA-F]{4,63}")
TEXTUAL = (str, os.PathLike)
SINGLE = (int, np.integer, *TEXTUAL, Shape)
ADVICE = "'inrstore list' lists what is stored"


def listed(refs: Refs) -> Sequence[Ref] | NDArray[np.integer[Any]]:
    """One reference or many, as many."""
    if isinstance(refs, np.ndarray):
        return refs
    return [refs] if isinstance(refs, SINGLE) or not isinstance(refs, Iterable) else list(refs)


def integer_keys(refs: Sequence[Ref] | NDArray[np.integer[Any]]) -> Keys | None:
    """(n,) the keys, if the references are nothing but keys; else None. No database is asked."""
    if isinstance(refs, np.ndarray) and refs.dtype.kind in "iu":
        return refs.astype(np.int64).reshape(-1)
    if all(issubclass(kind, (int, np.integer)) and kind is not bool for kind in {type(ref) for ref in refs}):
        try:
            return np.array(refs, np.int64)
        except OverflowError:
            return np.array([_key(ref) for ref in refs], np.int64)  # says which
    return None


def find_keys(connection: Connection, refs: Refs) -> Keys:
    """(n,) keys in the order of the references. Those that are keys are taken as they are, whether stored or not.

    Errors: ShapeNotFound, AmbiguousShape, BadInput.
    """
    many = listed(refs)
    if (keys := integer_keys(many)) is not None:
        return keys
    found = look_up(connection, many)
    missing = [ref for ref in many if ref not in found]
    if missing:
        found |= _keys_of_files(connection, [ref for ref in missing if isinstance(ref, TEXTUAL)])
        missing = [ref for ref in missing if ref not in found]
    if missing:
        raise ShapeNotFound(_not_found(missing, len(many)))
    return np.array([found[ref] for ref in many], np.int64)


def find_live_keys(connection: Connection, refs: Refs) -> Keys:
    """(n,) keys of stored shapes, each once, in the order of the references.

    Errors: ShapeNotFound also for keys, AmbiguousShape, BadInput.
    """
    many = listed(refs)
    keys = list(dict.fromkeys(find_keys(connection, many).tolist()))
    if not all(isinstance(ref, TEXTUAL) for ref in many):  # what a text names is stored
        live = live_fields(connection, keys)
        if missing := [key for key in keys if key not in live]:
            raise ShapeNotFound(_not_found(missing, len(keys)))
    return np.array(keys, np.int64)


def by_key(values: Mapping[AnyRef, Value], keys: Keys) -> dict[int, Value]:
    """The values by the keys that their references mean.

    Errors: BadInput when two references mean one shape, and give it different values.
    """
    found: dict[int, Value] = {}
    for (ref, value), key in zip(values.items(), keys.tolist(), strict=True):
        if found.setdefault(key, value) != value:
            raise BadInput(f"{ref!r} names a shape that is given another value by another reference; give one")
    return found


def find_key(connection: Connection, ref: Ref) -> int:
    """The key of one stored shape. Errors: ShapeNotFound, AmbiguousShape, BadInput."""
    if isinstance(ref, Iterable) and not isinstance(ref, SINGLE):
        raise BadInput(f"one reference to a shape is asked for here, not a {type(ref).__name__} of them")
    return int(find_live_keys(connection, ref)[0])


def look_up(connection: Connection, refs: Iterable[AnyRef], lenient: bool = False) -> dict[AnyRef, int]:
    """Key of each reference that names a shape; keys are taken as they are.

    Errors: BadInput, and AmbiguousShape unless `lenient`, which leaves such a prefix out.
    """
    found: dict[AnyRef, int] = {}
    texts: dict[AnyRef, str] = {}
    for ref in refs:
        if isinstance(ref, TEXTUAL):
            texts[ref] = str(ref)
        else:
            found[ref] = ref.key if isinstance(ref, Shape) else _key(ref)
    ids = live_keys(connection, [text.lower() for text in texts.values() if FULL.fullmatch(text)])
    for ref, text in texts.items():
        key = _key_of_prefix(connection, text, lenient) if PREFIX.fullmatch(text) else ids.get(text.lower())
        if key is not None:
            found[ref] = key
    paths = _keys_of_paths(connection, {text for ref, text in texts.items() if ref not in found})
    return found | {ref: paths[text] for ref, text in texts.items() if ref not in found and text in paths}


def _key(ref: object) -> int:
    if isinstance(ref, bool) or not isinstance(ref, (int, np.integer)):
        raise BadInput(f"{ref!r} names no shape; give an id, a prefix of one, a source path, a key or a Shape")
    if not -(1 << 63) <= int(ref) < 1 << 63:
        raise ShapeNotFound(_not_found([int(ref)], 1))
    return int(ref)


def _key_of_prefix(connection: Connection, prefix: str, lenient: bool) -> int | None:
    low = prefix.lower()
    query = select(ShapeRow.sha256, ShapeRow.key).where(LIVE, ShapeRow.sha256 >= low, ShapeRow.sha256 < low + "g")
    rows = connection.execute(query.limit(3)).all()
    if len(rows) > 1 and not lenient:
        some = ", ".join(row.sha256[: len(prefix) + 6] for row in rows)
        raise AmbiguousShape(f"{prefix} begins several ids ({some}, …); give more digits")
    return rows[0].key if len(rows) == 1 else None


def _keys_of_paths(connection: Connection, paths: Iterable[str]) -> dict[str, int]:
    """The shape that each path named last, as given or made absolute."""
    spellings = {path: _spellings(storable(path)) for path in paths}
    if not spellings:
        return {}
    query = select(SourceRow.path, SourceRow.id, SourceRow.shape_key)
    query = query.join(ShapeRow, ShapeRow.key == SourceRow.shape_key).where(LIVE)
    newest: dict[str, tuple[int, int]] = {}
    for part in chunks(list({name for names in spellings.values() for name in names})):
        for path, id, key in connection.execute(query.where(SourceRow.path.in_(part))):
            newest[path] = max(newest.get(path, (0, 0)), (id, key))
    rows = {path: [newest[name] for name in names if name in newest] for path, names in spellings.items()}
    return {path: max(some)[1] for path, some in rows.items() if some}


def _keys_of_files(connection: Connection, refs: Sequence[AnyRef]) -> dict[AnyRef, int]:
    """The shape of each file whose objects are all of one; looked for where nothing else has the name.

    Errors: AmbiguousShape, which lists the objects, if they are of several.
    """
    asked = {spelling: ref for ref in refs for spelling in _spellings(storable(str(ref)))}
    query = select(SourceRow.path, SourceRow.shape_key).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    objects: dict[AnyRef, dict[str, int]] = {}
    for path, key in connection.execute(query.where(LIVE, SourceRow.file.is_not(None)).order_by(SourceRow.id)):
        files = (path[: sign.start()] for sign in re.finditer("#", path))
        if (file := next((file for file in files if file in asked), None)) is not None:
            objects.setdefault(asked[file], {})[path] = key
    for ref, keys in objects.items():
        first: dict[int, str] = {}  # object of each shape
        for path, key in keys.items():
            first.setdefault(key, path)
        if len(first) > 1:
            some = ", ".join(repr(path) for path in list(first.values())[:5])
            more = ", …" if len(first) > 5 else ""
            said = f"{len(keys):,} objects of {len(first):,} shapes"
            raise AmbiguousShape(f"{str(ref)!r} holds {said}; name one: {some}{more}")
    return {ref: next(iter(keys.values())) for ref, keys in objects.items()}


def _spellings(path: str) -> list[str]:
    return [path] if "://" in path else [path, os.path.abspath(path), os.path.realpath(path)]


def _not_found(missing: Sequence[Ref], total: int) -> str:
    first = missing[0]
    if isinstance(first, TEXTUAL):
        what = f"no shape has the id, id prefix (at least 4 digits) or source path {str(first)!r}"
    else:
        what = f"no shape has the key {first.key if isinstance(first, Shape) else int(first)}"
    more = f", and {len(missing)} of {total} references name none" if total > 1 else ""
    return f"{what}{more}; {ADVICE}"
