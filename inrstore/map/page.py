"""The page: one HTML file with the places, the pictures and a script."""

from __future__ import annotations

import base64
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import write_atomically

from .places import NEIGHBOURS, places

if TYPE_CHECKING:
    from inrstore.records import Shape
    from inrstore.store import Conditions, Store

PICTURES = 10_000
"""At four kilobytes each, they make a page of 50 MB."""
MARK = "/*DATA*/"


def draw_map(
    store: Store,
    path: str | os.PathLike[str],
    *,
    label: str = "label",
    where: Conditions | None = None,
    pictures: int = PICTURES,
    neighbours: int = NEIGHBOURS,
    seed: int = 0,
) -> int:
    """Write a map of the store's shapes as one HTML file; gives how many are on it.

    Shapes whose embeddings are alike lie near each other (`places`). The page shows a shape's picture, id, sources and
    tags under the pointer, colours shapes by `label` ("label", or a tag), finds them by words, and needs no network and
    no other file. At most `pictures` thumbnails are put into it, of shapes evenly spread over the store.

    Raises
    ------
    BadInput
        If fewer than four shapes have an embedding, or the path does not end in .html.
    MissingDependency
        Without umap-learn.
    StorageFull
        If the disk is full.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise BadInput(f"{target}: a map is a page; give a name that ends in .html")
    keys, matrix = store.embeddings()
    asked = np.isin(keys, store.keys(where))
    keys = keys[asked]
    at = places(matrix[asked], neighbours=neighbours, seed=seed)
    shown = keys if len(keys) <= pictures else keys[np.linspace(0, len(keys) - 1, max(pictures, 0)).astype(int)]
    kept = store.thumbnails(shown) if len(shown) else {}
    shapes, values = store.shapes_by_key(keys), store.values(label, where)
    items = [
        _item(shapes[key], values.get(key), place, kept.get(key)) for key, place in zip(keys.tolist(), at, strict=True)
    ]
    template = (files(__package__) / "map.html").read_text("utf-8")
    data = json.dumps({"title": store.url, "by": label, "shapes": items}, ensure_ascii=False, default=str)
    write_atomically(target, template.replace(MARK, data.replace("<", "\\u003c")).encode())
    return len(items)


def _item(shape: Shape, label: str | None, place: NDArray[np.float32], picture: bytes | None) -> dict[str, Any]:
    """What the script knows of a shape; what is not there is left out."""
    item = {
        "id": shape.id,
        "name": shape.name,
        "label": label,
        "x": round(float(place[0]), 4),
        "y": round(float(place[1]), 4),
        "sources": list(shape.sources),
        "tags": dict(shape.tags),
        "picture": picture and base64.b64encode(picture).decode(),
    }
    return {key: value for key, value in item.items() if value not in (None, {}, [])}
