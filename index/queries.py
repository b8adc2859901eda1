"""What a search asks with: stored shapes, files and vectors, made ready in the order in which they were given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, InrstoreError, MissingDependency, ShapeNotFound
from inrstore.files import sha256
from inrstore.queries import file_encoder
from inrstore.records import Failure, FloatArray, Shape

from .protocol import Matrix

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.store.references import Ref

Vector = NDArray[np.floating]
Item = str | int | Shape | Vector
Queries: TypeAlias = "Ref | Vector | Sequence[Ref | Vector]"
Embed = Callable[[list[str]], list[FloatArray | Failure]]


@dataclass(frozen=True, eq=False)
class Query:
    """One question: the key of a stored shape, or vectors (p, d) of length one, of which any may be answered."""

    name: str
    key: int | None = None
    vectors: Matrix | None = None
    file: str | None = None
    """Absolute path of the file that the vectors were made of."""


@dataclass(frozen=True)
class _File:
    """A file of which it is not known yet whether it is stored."""

    name: str
    path: str
    named: bool
    """Not just met in a folder."""


def as_items(queries: Queries, names: Sequence[str] | None = None) -> list[tuple[str, Item]]:
    """What was given, one by one under its name; every row of an array (n, d) is one. Errors: BadInput."""
    single = isinstance(queries, (str, os.PathLike, int, np.integer, Shape, np.ndarray))
    given: Iterable[Any] = [queries] if single else cast(Iterable[Any], queries)
    items: list[Item] = []
    for place, item in enumerate(given):
        if isinstance(item, np.ndarray):
            if item.ndim not in (1, 2):
                raise BadInput(f"query array has shape {item.shape}: give one vector (d,) or several (n, d)")
            items += list(np.atleast_2d(item))
        elif isinstance(item, (str, os.PathLike)):
            items.append(os.fspath(item))
        elif isinstance(item, (int, np.integer, Shape)) and not isinstance(item, bool):
            items.append(item if isinstance(item, Shape) else int(item))
        else:
            what = type(item).__name__
            raise BadInput(f"query {place} is a {what}: give an id, key or Shape, a file or folder, or a vector")
    if names is not None and len(names) != len(items):
        raise BadInput(f"names: {len(names)} for {len(items)} queries; give one each")
    return list(zip(names or map(_name, items, range(len(items))), items, strict=True))


def _name(item: Item, place: int) -> str:
    if isinstance(item, np.ndarray):
        return f"vector {place}"
    return item.id if isinstance(item, Shape) else str(item)


def _number(item: int | Shape) -> int:
    return item.key if isinstance(item, Shape) else item


def reads_files(items: Sequence[tuple[str, Item]]) -> bool:
    """Whether any is a file or folder on disk, apart from arrays, which may be vectors."""
    return any(isinstance(item, str) and os.path.exists(item) and not _is_array(item) for _, item in items)


class Resolver:
    """Tells what each query is; files are gathered, so that they are fitted together.

    What cannot be read raises, or with `skip_failed` goes to `failures`, as do files of a folder in any case.
    """

    def __init__(self, store: Store, dim: int, embed: Embed, skip_failed: bool = False) -> None:
        self.store, self.dim, self.skip_failed = store, dim, skip_failed
        self._embed = embed
        self.failures: list[Failure] = []
        self._known: Mapping[Any, int] = {}

    def resolve(self, items: Sequence[tuple[str, Item]]) -> list[Query]:
        """Queries in the order of the items, a folder's files in its place.

        Errors: ShapeNotFound, AmbiguousShape, BadInput, MissingDependency.
        """
        found: list[Query | _File] = []
        texts = [item for _, item in items if isinstance(item, str) and not os.path.lexists(item)]
        numbers = [_number(item) for _, item in items if isinstance(item, (int, Shape))]
        # at once; what is not among them is told from the others one by one
        self._known = {**self.store.find(texts), **self.store.find(numbers)}
        for name, item in items:
            try:
                found += self._of(name, item)
            except MissingDependency:  # no query's own fault
                raise
            except InrstoreError as error:
                self._fail(name, str(error).removeprefix(f"{name}: "), error)
        ready = self._fitted(self._stored(found))
        if not ready and self.failures and not self.skip_failed:
            first = self.failures[0]
            raise BadInput(f"none of {len(self.failures)} files can be searched with; {first.path}: {first.reason}")
        return ready

    def _of(self, name: str, item: Item) -> Iterator[Query | _File]:
        if isinstance(item, np.ndarray):
            yield Query(name, vectors=unit_vectors(item, self.dim, name))
        elif not isinstance(item, str):
            number = _number(item)
            yield Query(name, key=self._known[number] if number in self._known else self.store.shape(item).key)
        elif os.path.isdir(item):
            yield from self._of_folder(name, item)
        elif not os.path.lexists(item):
            yield Query(name, key=self._key_of_text(item))
        elif (vectors := vectors_of(item, self.dim)) is not None:
            rows = [name] if vectors.ndim == 1 else [f"{name}[{row}]" for row in range(len(vectors))]
            for row, vector in zip(rows, np.atleast_2d(vectors), strict=True):
                yield Query(row, vectors=unit_vectors(vector, self.dim, row))
        else:
            yield _File(name, os.path.abspath(item), named=True)

    def _key_of_text(self, text: str) -> int:
        if text in self._known:
            return self._known[text]
        try:
            return self.store.shape(text).key
        except ShapeNotFound as error:
            raise ShapeNotFound(f"there is no file {text!r}, and {error}") from error

    def _of_folder(self, name: str, folder: str) -> list[_File]:
        paths, failures = file_encoder(self.store).files(folder)
        if not paths and not failures:
            raise BadInput(f"{name}: the folder holds no file of a known kind")
        self.failures += failures
        return [_File(path, path, named=False) for path in paths]

    def _stored(self, found: Sequence[Query | _File]) -> list[Query | _File]:
        """With the stored shape instead of every file whose very bytes were ingested."""
        hashes = {item.path: _sha256(item.path) for item in found if isinstance(item, _File)}
        wanted = sorted({digest for digest in hashes.values() if digest})
        keys = self.store.known_source_hashes(wanted) if wanted else {}
        known = {path: keys[digest] for path, digest in hashes.items() if digest in keys}
        return [
            Query(item.name, key=known[item.path]) if isinstance(item, _File) and item.path in known else item
            for item in found
        ]

    def _fitted(self, found: Sequence[Query | _File]) -> list[Query]:
        paths = list(dict.fromkeys(item.path for item in found if isinstance(item, _File)))
        outcomes = dict(zip(paths, self._embed(paths), strict=True)) if paths else {}
        ready: list[Query] = []
        for item in found:
            if isinstance(item, Query):
                ready.append(item)
            elif isinstance(outcome := outcomes[item.path], Failure):
                error = BadInput(f"{item.name}: {outcome.reason}")
                self._fail(item.name, outcome.reason, error if item.named else None)
            else:
                ready.append(Query(item.name, vectors=unit_vectors(outcome, self.dim, item.name), file=item.path))
        return ready

    def _fail(self, name: str, reason: str, error: InrstoreError | None) -> None:
        if error is not None and not self.skip_failed:
            raise error
        self.failures.append(Failure(name, reason, "query"))


def vectors_of(path: str, dim: int) -> Vector | None:
    """What an .npy file holds if that is a vector (d,) or are several (n, dim), which stay on disk; else None."""
    if not _is_array(path):
        return None
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # a header can claim anything; whoever reads shapes says what is wrong with it
        return None
    vectors = array.dtype.kind == "f" and (array.ndim == 1 or (array.ndim == 2 and array.shape[1] == dim))
    return np.asarray(array) if vectors else None


def unit_vectors(vectors: Vector, dim: int, name: str) -> Matrix:
    """A query's vector (dim,) or vectors (p, dim) as (p, dim) at length one; BadInput if that cannot be."""
    rows = np.atleast_2d(vectors)
    if rows.shape[1:] != (dim,) or vectors.ndim > 2:
        raise BadInput(f"{name}: a query vector of shape {vectors.shape}, but the store's embeddings have ({dim},)")
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise BadInput(f"{name}: a query vector that is zero or not finite has no direction to compare")
    unit: Matrix = (rows / lengths).astype(np.float32)
    return unit


def _is_array(path: str) -> bool:
    return path.lower().endswith(".npy")


def _sha256(path: str) -> str | None:
    """None of a file that cannot be read, of which whoever reads shapes says why."""
    try:
        return sha256(path)
    except OSError:
        return None
