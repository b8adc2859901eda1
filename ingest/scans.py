"""Scans as what transfers are asked with: a cloud in the frame of its whole, and the network fitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from inrstore.errors import BadInput
from inrstore.network.fitting import fit
from inrstore.records import FloatArray, Frame
from inrstore.surface.points import surface_points

from .files.geometry import Cloud, Mesh
from .files.load import load
from .sampling.normalise import into, normalise
from .sampling.sample import sample_cloud
from .worker import as_stored

if TYPE_CHECKING:
    from inrstore.store import Store

OF_MESH = 16_384
"""Points that stand for the surface of a mesh, as of one that a scanner's program has made."""
OUTSIDE = 0.01
"""Share of the points that may lie outside the ball that is said to hold the whole."""

LEAST = 0.05
"""Of the ball's diameter that a scan must reach: of less nothing can be guessed, and most likely a unit is wrong."""


@dataclass(frozen=True, eq=False)
class Scan:
    """A cloud of which the whole is asked."""

    points: FloatArray
    """(n, 3) in the frame of the whole."""
    frame: Frame
    """The way back to the file's own coordinates."""


def read_scan(path: str | Path, *, up: str = "y", ball: Sequence[float] | None = None) -> Scan:
    """The points of a cloud, or points of the surface of a mesh.

    ball : x, y, z and radius of the ball around the middle of the whole's bounding box, in the file's coordinates; by
        default that of what is there, which is right where the scan reaches as far as the whole

    Errors: BadInput if the file cannot be read, is a voxel grid, or does not lie in the ball.
    """
    geometry = load(path)
    if not isinstance(geometry, Mesh | Cloud):
        raise BadInput(f"{path}: a voxel grid is solid already; give a cloud or a mesh")
    try:
        normal = normalise(geometry, up)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    found, frame = cast("Mesh | Cloud", normal.geometry), normal.frame
    if isinstance(found, Mesh):
        points = surface_points(found.vertices, found.faces, OF_MESH, np.random.default_rng(0))
    else:
        points = found.points
    if ball is not None:
        source = points * frame.scale @ np.asarray(frame.rotation or np.eye(3)).reshape(3, 3) + np.array(frame.center)
        frame = _framed(path, ball, frame)
        points = into(source, frame)
        if np.mean(np.linalg.norm(points, axis=1) > 1 + OUTSIDE) > OUTSIDE:
            raise BadInput(f"{path}: much of it lies outside the ball {', '.join(map(str, ball))}; give a larger one")
        if float(np.linalg.norm(np.ptp(points, axis=0))) < 2 * LEAST:
            raise BadInput(
                f"{path}: it is less than a twentieth as large as the ball {', '.join(map(str, ball))}; give that of "
                "the whole, in the file's own unit"
            )
    return Scan(np.asarray(points, np.float32), frame)


def fit_cloud(store: Store, points: FloatArray, *, device: str = "cpu") -> FloatArray:
    """(W,) whole weights of a udf network fitted to a cloud (n, 3) as the store fits, as they would be read back.

    The same points give the same network. Errors: BadInput if the store's base has no udf.
    """
    base = store.base()
    if "udf" not in base.fields:
        raise BadInput(f"the store's base has no udf, only {', '.join(base.fields)}, so it reads no clouds")
    start = base.start("udf")
    seed = int.from_bytes(np.ascontiguousarray(points[:64], np.float32).tobytes()[:8], "little")
    samples, _ = sample_cloud(points.astype(np.float64), base.recipe.sampling, np.random.default_rng(seed))
    fitted = fit([samples], torch.from_numpy(start), base.recipe, device=device)
    found: FloatArray = as_stored(fitted.weights, start)[0]
    return found


def _framed(path: str | Path, ball: Sequence[float], own: Frame) -> Frame:
    """Errors: BadInput."""
    if len(ball) != 4 or not np.isfinite(ball).all() or ball[3] <= 0:
        raise BadInput(f"{path}: a ball has x, y, z and a radius above 0, not {', '.join(map(str, ball))}")
    return Frame((float(ball[0]), float(ball[1]), float(ball[2])), float(ball[3]), own.rotation)
