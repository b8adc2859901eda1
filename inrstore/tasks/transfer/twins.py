"""Shapes that are of one object: its cloud and its solid, told by a tag that names the object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

if TYPE_CHECKING:
    from inrstore.store import Store


def clouds_of(store: Store, keys: NDArray[np.int64], same: str | None) -> dict[int, int]:
    """By the keys of shapes (n,) that are no clouds, those of the clouds of the same objects, where there are any.

    same : the tag; None tells nothing

    Errors: BadInput if no shape has that tag.
    """
    if same is None:
        return {}
    objects = _objects(store, same)
    own = {key for _, field, some in store.encodable() if field == "udf" for key in some.tolist()}
    cloud = {objects[key]: key for key in sorted(own & objects.keys(), reverse=True)}  # of several the first stored
    asked = [key for key in keys.tolist() if key not in own and key in objects]
    return {key: cloud[objects[key]] for key in asked if objects[key] in cloud}


def without_twins(
    store: Store, keys: NDArray[np.int64], others: NDArray[np.int64], same: str | None
) -> NDArray[np.int64]:
    """The keys (n,) without those whose object one of the others (m,) is of. Errors: BadInput if none has the tag."""
    if same is None:
        return keys
    objects = _objects(store, same)
    taken = {objects[key] for key in others.tolist() if key in objects}
    return np.array([key for key in keys.tolist() if objects.get(key) not in taken], np.int64)


def _objects(store: Store, same: str) -> dict[int, str]:
    objects = store.values(same)
    if not objects:
        raise BadInput(f"no shape has a tag {same!r} that names its object; give it with 'inrstore tag'")
    return objects
