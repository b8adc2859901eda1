"""What tasks are asked with: stored shapes, files and vectors as embeddings, without an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from inrstore.progress import OnProgress
from inrstore.queries import Reading, file_encoder
from inrstore.records import Failure

from .files import Files
from .poses import Turner
from .protocol import Matrix
from .queries import Queries, Resolver, as_items, reads_files

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True, eq=False)
class Asked:
    """One query."""

    query: str
    """In the words of whoever asked."""
    rows: Matrix
    """(p, d) of length one: as it is first, then in the other poses."""
    key: int | None = None
    """Of the stored shape that it is, if it is one."""


def embeddings(
    store: Store,
    queries: Queries,
    *,
    names: Sequence[str] | None = None,
    pose: str = "none",
    mirror: bool = False,
    field: str = "auto",
    up: str = "y",
    align: str = "none",
    device: str = "auto",
    jobs: int | None = None,
    skip_failed: bool = False,
    on_progress: OnProgress | None = None,
) -> tuple[list[Asked], list[Failure]]:
    """Embeddings of queries, in their order, and what could not be read; nothing is stored, and no index is needed.

    Queries and how they are read are as of `index.search`, and so are the errors, but for those of the index.
    """
    items = as_items(queries, names)
    if reads_files(items):
        file_encoder(store)  # its processes come up meanwhile
    turner = Turner(store, pose, mirror)
    about: Reading = {"field": field, "up": up, "align": align, "device": device, "jobs": jobs}
    files = Files(store, turner, False, {**about, "on_progress": on_progress})
    resolver = Resolver(store, store.encoder().dim, files.embed, skip_failed)
    found = resolver.resolve(items)
    keys = [query.key for query in found if query.key is not None]
    turned = turner.embeddings(keys)
    own = dict(zip(*_listed(store, keys), strict=True))
    asked, failures = [], resolver.failures
    for query in found:
        if query.key is None:
            asked.append(Asked(query.name, cast(Matrix, query.vectors)))
        elif query.key in own:
            more = [turned[query.key]] if turned else []
            asked.append(Asked(query.name, np.vstack([own[query.key][None], *more]), query.key))
        else:
            failures.append(Failure(query.name, "has no embedding: run 'inrstore encode'", "query"))
    return asked, failures


def _listed(store: Store, keys: Sequence[int]) -> tuple[list[int], Matrix]:
    found, matrix = store.embeddings(keys)
    return found.tolist(), matrix
