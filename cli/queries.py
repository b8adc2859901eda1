"""What a search asks with: stored shapes, files and vectors, in the order they were given."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from inrstore.errors import BadInput, InrstoreError, ShapeNotFound
from inrstore.records import Failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inrstore.store import Store


@dataclass(frozen=True)
class Query:
    """A stored shape's id, or a vector (d,); `file` is set for a file that is not stored."""

    name: str
    target: str | NDArray[np.floating]
    file: str | None = None


@dataclass(frozen=True)
class _File:
    """A file that is still to be fitted and encoded."""

    name: str
    path: str


class Resolver:
    """Tells what each query is; files are gathered, so that they are fitted together."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.failures: list[Failure] = []

    def resolve(self, refs: Sequence[str], loading: Mapping[str, Any]) -> list[Query]:
        """Queries in the order of `refs`; those that could not be read are in `failures`.

        refs : files, folders, ids, id prefixes, source paths of stored shapes, or .npy files of vectors
        loading : options of `ingest.embed_files`
        """
        found: list[Query | _File] = []
        for ref in refs:
            try:
                found += self._of(ref)
            except InrstoreError as error:
                self.failures.append(Failure(ref, str(error)))
        vectors = self._fit([item.path for item in found if isinstance(item, _File)], loading)
        ready = [self._ready(item, vectors) if isinstance(item, _File) else item for item in found]
        return [query for query in ready if query is not None]

    def _of(self, ref: str) -> list[Query | _File]:
        if os.path.isdir(ref):
            from ingest.discover import discover

            inside = discover([ref])
            self.failures += inside.failures
            if not inside.sources and not inside.failures:
                raise BadInput("the folder holds no file of a known kind")
            return [self._of_file(source.path, source.path) for source in inside.sources]
        if not os.path.lexists(ref):
            return [Query(ref, self.store.shape(ref).id)]
        return self._vectors(ref) or [self._of_file(ref, os.path.abspath(ref))]

    def _of_file(self, name: str, path: str) -> Query | _File:
        """The stored shape, if this very file was ingested and has not changed since."""
        try:
            shape = self.store.shape(path)
        except ShapeNotFound:
            return _File(name, path)
        return Query(name, shape.id) if self._sources.get(path) == _sha256(path) else _File(name, path)

    @cached_property
    def _sources(self) -> dict[str, str]:
        return self.store.known_sources()

    def _vectors(self, ref: str) -> list[Query | _File]:
        """Of an .npy file with one vector (d,) or several (n, d); any other array is a cloud or a grid."""
        if not ref.lower().endswith(".npy"):
            return []
        import numpy as np

        try:
            array = np.load(ref, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):  # the loader of shapes says what is wrong with it
            return []
        if array.dtype.kind != "f" or array.ndim not in (1, 2):
            return []
        if array.ndim == 1:
            return [Query(ref, np.asarray(array))]
        if array.shape[1] != self.store.model.embedding_dim:
            return []
        return [Query(f"{ref}[{row}]", vector) for row, vector in enumerate(np.asarray(array))]

    def _fit(self, paths: list[str], loading: Mapping[str, Any]) -> dict[str, NDArray[np.floating]]:
        if not paths:
            return {}
        from ingest import embed_files

        from .progress import Bar

        with Bar("fitting queries", "file") as bar:
            names, matrix, failures = embed_files(
                self.store, list(dict.fromkeys(paths)), on_progress=bar.update, **loading
            )
        self.failures += failures
        return dict(zip(names, matrix, strict=True))

    @staticmethod
    def _ready(item: _File, vectors: Mapping[str, NDArray[np.floating]]) -> Query | None:
        vector = vectors.get(item.path)
        return None if vector is None else Query(item.name, vector, item.path)


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
