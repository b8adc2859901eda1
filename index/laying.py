"""Where a stored shape lies when it is laid upon another, or turned by the pose of a hit: frames for its export."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.queries import file_encoder
from inrstore.records import Failure, Frame, NewShape, Shape
from inrstore.surface.decoded import decoded

from .poses import turns

if TYPE_CHECKING:
    from inrstore.store import Ref, Store
    from inrstore.surface.cloud import Cloud


class Overlay:
    """Frames in which stored shapes lie best upon one query: turned, sized and placed, in the query's coordinates.

    The query is a file, which wins and is fitted, or a stored shape; `field`, `up` and `device` are for files. Shapes
    are laid by their decoded surfaces, see `surface.alignment`, in a mirror if that is nearer and `mirror` allows it.

    Raises
    ------
    BadInput
        If the file cannot be read, or has no surface.
    ShapeNotFound, AmbiguousShape
        If it is neither on disk nor one stored shape.
    """

    def __init__(
        self,
        store: Store,
        query: Ref,
        *,
        mirror: bool = True,
        field: str = "auto",
        up: str = "y",
        device: str = "auto",
    ) -> None:
        self.store, self.mirror = store, mirror
        self.target = _shape(store, query, field, up, device)
        self._cloud = _cloud(store, self.target)

    def frame(self, ref: Ref) -> Frame:
        """For `surface.export.write_shape`. Errors: ShapeNotFound, AmbiguousShape; BadInput if it has no surface."""
        from inrstore.surface.alignment import align

        best = align(
            _cloud(self.store, self.store.shape(ref)), self._cloud, mirror=self.mirror, starts=turns("up", self.mirror)
        )
        turn = _matrix(self.target.rotation)
        center = best.shift * self.target.scale @ turn + self.target.center
        return _frame(center, best.scale * self.target.scale, best.matrix.T @ turn)


def posed(shape: Shape, matrix: NDArray[np.floating]) -> Frame:
    """The frame in which a shape lies as the query did of which it is a hit, in its own place and size.

    `matrix` (3, 3) is that of the hit's pose. Errors: BadInput if it is not orthogonal.
    """
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-3):
        raise BadInput("pose: not the orthogonal 3×3 matrix of a hit's pose; copy it from `inrstore search --json`")
    left, _, right = np.linalg.svd(matrix.astype(np.float64))  # what printing rounded
    return _frame(np.array(shape.center), shape.scale, left @ right @ _matrix(shape.rotation))


def _shape(store: Store, query: Ref, field: str, up: str, device: str) -> Shape | NewShape:
    if not isinstance(query, str) or not os.path.exists(query):
        return store.shape(query)
    (found,) = file_encoder(store).shapes(store, [query], field=field, up=up, device=device)
    if isinstance(found, Failure):
        raise BadInput(f"{query}: {found.reason}")
    return found


def _cloud(store: Store, shape: Shape | NewShape) -> Cloud:
    try:
        return decoded(store, shape).cloud
    except EmptySurface as error:
        raise BadInput(f"{shape.name}: its network has no surface that could be laid upon another") from error


def _matrix(rotation: tuple[float, ...] | None) -> NDArray[np.float64]:
    return np.eye(3) if rotation is None else np.array(rotation).reshape(3, 3)


def _frame(center: NDArray[np.float64], scale: float, rotation: NDArray[np.float64]) -> Frame:
    x, y, z = map(float, center)
    return Frame((x, y, z), float(scale), cast("tuple[float, ...]", tuple(rotation.ravel().tolist())))
