"""The surface that a shape's network has, ready to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import NewShape, Shape
from .export import shape_inr
from .extraction import inr_field

if TYPE_CHECKING:
    from ..store import Store
    from .comparison import Surface


def decoded(store: Store, shape: Shape | NewShape) -> Surface:
    """The surface of a stored shape, or of one that is not. Errors: EmptySurface, CorruptShard."""
    from .comparison import Surface

    inr = shape_inr(store, shape)
    return Surface.of(inr_field(inr.siren, inr.weights), inr.field)
