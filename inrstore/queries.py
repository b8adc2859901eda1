"""Searching with files: who can turn a file into an embedding says so here, and whoever searches asks here.

`ingest` reads files, `index` finds neighbours, and the two do not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypedDict, TypeVar, Unpack, cast
from weakref import WeakKeyDictionary

from .errors import MissingDependency
from .progress import OnProgress

if TYPE_CHECKING:
    from .records import Failure, FloatArray, NewShape
    from .store import Store

GROUP = "inrstore.queries"
BUILT_IN = "files"
NEIGHBOURS = 10
"""How many a search gives unless it is told."""


class Reading(TypedDict, total=False):
    """How files that ask are read and fitted, and who hears how far that is; defaults as of `ingest.ingest`."""

    field: str
    up: str
    align: str
    device: str
    jobs: int | None
    timeout: float
    engine: str
    ray_address: str | None
    on_progress: OnProgress | None


class FileEncoder(Protocol):
    """Turns files into embeddings as a store would have them; serves many calls, also of several threads at once."""

    def files(self, folder: str) -> tuple[list[str], list[Failure]]:
        """Absolute paths of the files in a folder that may be shapes, and what is there but cannot be read."""

    def embed(
        self,
        store: Store,
        paths: Sequence[str],
        *,
        turns: FloatArray | None = None,
        **reading: Unpack[Reading],
    ) -> list[FloatArray | Failure]:
        """For every path its embedding (d,), or why it has none; nothing is stored.

        With `turns` (p, 3, 3) the embeddings (p, d) of the shape after each of these, see `inrstore.network.turning`.
        """

    def shapes(
        self,
        store: Store,
        paths: Sequence[str],
        **reading: Unpack[Reading],
    ) -> list[NewShape | Failure]:
        """For every path the shape that it would be stored as, or why it is none; nothing is stored.

        `inrstore.records.Inr.weights` are as they would be read back.
        """

    def close(self) -> None:
        """Give up what stays ready between calls; the next call makes it anew."""


Encoder = TypeVar("Encoder", bound="FileEncoder")
Maker = Callable[[], FileEncoder]

_registered: list[Maker] = []
_shared: WeakKeyDictionary[Store, dict[Maker, FileEncoder]] = WeakKeyDictionary()


def register(maker: Maker) -> None:
    """Make what `maker` returns the encoder of files in this process, from the next store on that is searched.

    A package does the same for every process by an entry point of the group `inrstore.queries`; one of another
    package goes before inrstore's own, and a registered one before both.
    """
    _registered.append(maker)


def file_encoder(store: Store) -> FileEncoder:
    """The encoder of files, one for each store object, with which it goes. Errors: MissingDependency."""
    return shared(store, _registered[-1] if _registered else _installed())


def shared(store: Store, maker: Callable[[], Encoder]) -> Encoder:
    """What `maker` makes, made once for each store object."""
    made = _shared.setdefault(store, {})
    found = made.get(maker) or made.setdefault(maker, maker())  # of two threads that make one, the first wins
    return cast(Encoder, found)


def close_all(store: Store) -> None:
    """Close what was made for a store object; the next call makes it anew."""
    for made in _shared.pop(store, {}).values():
        made.close()


@cache
def _installed() -> Maker:
    from importlib.metadata import entry_points  # slow to import

    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name == BUILT_IN, point.name))
    if not points:
        raise MissingDependency(
            "nothing that is installed turns files into embeddings: install inrstore with pip, so that its parts find "
            "each other, or call inrstore.queries.register"
        )
    return cast(Maker, points[0].load())
