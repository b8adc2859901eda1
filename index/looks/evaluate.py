"""How often a picture finds the very shape that it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, ModelNotFound
from inrstore.metrics import intervals
from inrstore.progress import Meter, OnProgress

from .picture import SHAPE, search_image
from .views import VIEWS

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

TEN = 10
EVERY = -1e9
"""A threshold that everything passes."""


@dataclass(frozen=True, eq=False)
class Recognised:
    """What pictures found. `recognised` makes one."""

    ranks: Mapping[str, NDArray[np.int64]]
    """By what was compared, `views` or `shape`: (q,) the rank of each picture's own shape, from 1, or 0 if it is not
    among the first ten."""
    shapes: int
    """Among how many."""
    refused: tuple[str, ...]
    """Pictures that were left out, and why."""

    def table(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        """By what was compared, the share of pictures whose shape is `first`, and among the `first ten`, each with the
        ends of its bootstrap interval of 95 %."""
        out = {}
        for by, ranks in self.ranks.items():
            found = np.stack([ranks == 1, ranks > 0]).astype(np.float64)
            ends = intervals(found)
            out[by] = {
                name: (float(row.mean()), float(low), float(high))
                for name, row, (low, high) in zip(("first", "first ten"), found, ends, strict=True)
            }
        return out


def recognised(
    store: Store, pictures: str | Path, *, where: Conditions | None = None, on_progress: OnProgress | None = None
) -> Recognised:
    """Asks with the pictures below a folder, each called like the source file of its shape, or by the shape's id.

    By views, if the store has some, and by shape, if its encoder has a head for pictures. Shapes of which a head has
    learned these very pictures flatter it. `where` are conditions on the shapes that are asked for and found.

    Errors: BadInput if no picture is of a shape, or there is nothing to compare with; as `search_image`.
    """
    from inrstore.tasks.crossmodal.found import query_head  # brings torch
    from inrstore.tasks.crossmodal.given import named_after

    keys = store.keys(where)
    asked, refused = named_after(store, keys, pictures)
    kinds = [VIEWS] if store.beside(VIEWS) else []
    try:
        query_head(store, "image")
        kinds.append(SHAPE)
    except ModelNotFound as error:
        if not kinds:
            raise BadInput(
                f"there is nothing to compare pictures with: {error}; or 'inrstore encode --views'"
            ) from error
    ranks: dict[str, list[int]] = {kind: [] for kind in kinds}
    meter = Meter(on_progress, len(asked), stage="asking")
    for path, key in asked:
        meter.step(path.name)
        try:
            ranked = {by: search_image(store, path, k=TEN, by=by, threshold=EVERY, where=where).hits for by in kinds}
        except BadInput as error:
            refused.append(str(error))
            continue
        for by, hits in ranked.items():
            ranks[by].append(next((hit.rank for hit in hits if hit.shape and hit.shape.key == key), 0))
    found = {by: np.array(some, np.int64) for by, some in ranks.items()}
    if not len(found[kinds[0]]):
        raise BadInput(f"{pictures}: no picture of a stored shape can be asked with: {refused[-1]}")
    return Recognised(found, len(keys), tuple(refused))
