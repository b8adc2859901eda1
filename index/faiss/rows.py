"""What the structures of FAISS that hold an index's rows have in common: one file a structure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from inrstore.errors import BadInput

from ..protocol import Keys, Matrix
from .library import as_keys, as_matrix, faiss


class Rows(ABC):
    """Nearest neighbours by inner product among rows at length one, each under a non-negative 64-bit key.

    Keeps `_index`, a FAISS index that knows the store's keys. A mapped FAISS index must not be changed: it writes
    into read-only pages, and the process dies. So `add` and `remove` ask `_changeable` first.
    """

    lossless: ClassVar[bool] = True
    """Whether the rows come back bit for bit from `vectors` and `contents`, and scores are exact."""
    parameters_known: ClassVar[tuple[str, ...]] = ()
    mapping_flag: ClassVar[str]

    estimates: ClassVar[bool] = False
    """Whether its own scores only tell which rows are worth asking `source` for."""

    def __init__(self, dim: int, parameters: Mapping[str, int]) -> None:
        self.dim = dim
        self.source: Callable[[Keys], Matrix] | None = None
        """Rows (m, d) of keys (m,) that it holds, for one that estimates."""
        self.parameters = dict(parameters)
        self._index: Any = None
        self._writable = True

    @property
    def count(self) -> int:
        """Live rows."""
        return int(self._index.ntotal)

    @property
    def waste(self) -> float:
        """Share of what is held that a rebuild would do away with, 0 to 1."""
        return 0.0

    def sample(self, count: int) -> int:
        """On how many of so many rows `prepare` is to be trained; none unless there is something to learn."""
        return 0

    @abstractmethod
    def prepare(self, rows: Matrix) -> None:
        """Start anew without rows, trained on these (m, d)."""

    def build(self, keys: Keys, matrix: Matrix) -> None:
        """Start anew from keys (n,) and rows (n, d)."""
        self.prepare(matrix[: self.sample(len(matrix))])
        self.add(keys, matrix)

    def add(self, keys: Keys, matrix: Matrix) -> None:
        """Add rows under keys that are not in use."""
        self._changeable().add_with_ids(as_matrix(matrix), as_keys(keys))

    def remove(self, keys: Keys) -> None:
        """Drop rows without a rebuild; keys that are not there are ignored."""
        self._changeable().remove_ids(faiss().IDSelectorBatch(as_keys(keys)))

    @abstractmethod
    def search(
        self, queries: Matrix, k: int, among: Keys | None = None, without: Keys | None = None
    ) -> tuple[Matrix, Keys]:
        """Scores (q, k), best first, and keys (q, k), NO_KEY where rows run out.

        Only of `among`, or else of all but those of `without`, which the index must hold.
        """

    @abstractmethod
    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        """Those of the keys that are there (m,), and their rows (m, d); none unless `lossless`."""

    @abstractmethod
    def contents(self) -> tuple[Keys, Matrix]:
        """All keys (n,) and rows (n, d), without a copy where that can be; only if `lossless`."""

    def save(self, path: Path) -> None:
        """Write everything to one file."""
        faiss().write_index(self._index, str(path))

    def load(self, path: Path, *, writable: bool) -> None:
        """Read what `save` wrote: mapped into memory and read-only unless `writable`.

        RuntimeError or OSError if there is no such file, or FAISS cannot read it.
        """
        library = faiss()
        self._index = library.read_index(str(path), 0 if writable else getattr(library, self.mapping_flag))
        self._writable = writable

    def _changeable(self) -> Any:
        if not self._writable:
            raise PermissionError("the index is mapped read-only; open it with writable=True to change it")
        return self._index


def make_rows(backend: str, dim: int, parameters: Mapping[str, int]) -> Rows:
    """Empty rows of `dim` numbers; BadInput for an unknown name or parameter."""
    from .flat import Flat
    from .hnsw import Hnsw
    from .ivf import Ivf
    from .rabitq import RaBitQ

    structures: dict[str, type[Rows]] = {"flat": Flat, "hnsw": Hnsw, "ivf": Ivf, "rabitq": RaBitQ}
    if backend not in structures:
        raise BadInput(f"FAISS backend {backend!r} is unknown: choose one of auto, {', '.join(structures)}")
    structure = structures[backend]
    unknown = set(parameters) - set(structure.parameters_known)
    if unknown:
        known = ", ".join(structure.parameters_known) or "none"
        raise BadInput(f"parameter {min(unknown)!r} is unknown to the {backend} backend, which takes: {known}")
    return structure(dim, parameters)
