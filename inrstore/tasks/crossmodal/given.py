"""Pictures that somebody gives of stored shapes: icons, photographs; each is of the shape whose name it has."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.pictures.intake import take
from inrstore.progress import Meter, OnProgress

from .seen import SIDE, Seen

if TYPE_CHECKING:
    from inrstore.store import Store

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
SHORTEST = 8
"""Digits of an id that a file may be called by."""


def given(
    store: Store, keys: NDArray[np.int64], pictures: str | Path, tower: str, on_progress: OnProgress | None = None
) -> tuple[Seen, list[str]]:
    """The pictures below a folder that are of one of some shapes, as a tower sees them; and why others are left out.

    A file is called like the shape's source file, but for its ending, or by the shape's id or the start of it.

    Errors: BadInput if none is of a shape.
    """
    from inrstore.towers import image_tower

    found, refused = named_after(store, keys, pictures)
    reads, rows, own = image_tower(tower), [], []
    meter = Meter(on_progress, len(found), stage="reading pictures")
    for path, key in found:
        meter.step(path.name)
        try:
            rows.append(reads.encode([take(path).square(SIDE)]).astype(np.float16))
        except BadInput as error:
            refused.append(str(error))
            continue
        own.append(key)
    if not own:
        raise BadInput(_none(pictures, len(refused)))
    return Seen(np.concatenate(rows), np.array(own, np.int64)), refused


def named_after(
    store: Store, keys: NDArray[np.int64], pictures: str | Path
) -> tuple[list[tuple[Path, int]], list[str]]:
    """The pictures below a folder with the keys of the shapes that they are of, see `given`; why others are of none.

    Errors: BadInput if none is of a shape.
    """
    folder = Path(pictures)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS) if folder.is_dir() else []
    known, found, refused = _called(store, keys), [], []
    for path in files:
        shapes = known.get(path.stem, set()) or known.get(path.stem.lower()[:SHORTEST], set())
        if len(shapes) == 1:
            found.append((path, next(iter(shapes))))
        else:
            refused.append(f"{path}: {len(shapes) or 'no'} shapes are called so")
    if not found:
        raise BadInput(_none(pictures, len(files)))
    return found, refused


def _none(pictures: str | Path, count: int) -> str:
    return (
        f"{pictures}: none of {count} pictures is of a stored shape; call each like the shape's source file, or by its "
        "id"
    )


def _called(store: Store, keys: NDArray[np.int64]) -> dict[str, set[int]]:
    """Keys of shapes by the stems of their sources, and by the starts of their ids."""
    found: dict[str, set[int]] = defaultdict(set)
    for shape in store.shapes_by_key(keys.tolist()).values():
        for source in shape.sources:
            found[Path(source).stem].add(shape.key)
        found[shape.id[:SHORTEST]].add(shape.key)
    return found
