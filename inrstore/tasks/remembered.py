"""Which shapes a head has learned from, as it keeps them itself: by content, as keys differ from store to store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.model import Head
from inrstore.records import Shape

if TYPE_CHECKING:
    from inrstore.store import Store

NAME = "learned"
"""Of the tensor."""


def ids_of(shapes: Iterable[Shape]) -> NDArray[np.uint8]:
    """(n, 32) their ids as bytes, for the tensor of this module's name."""
    return np.array([list(bytes.fromhex(shape.id)) for shape in shapes], np.uint8).reshape(-1, 32)


def learned_from(head: Head, store: Store) -> NDArray[np.int64]:
    """(n,) keys, ascending, of the shapes of a store that a head learned from; those removed since are left out."""
    ids = [bytes(row).hex() for row in np.asarray(head.tensors[NAME], np.uint8)]
    return np.sort(np.fromiter(store.find(ids).values(), np.int64))
