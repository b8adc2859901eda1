"""Pictures of query files, which no store knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.files.geometry import Geometry, Mesh, Network, Voxels
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from inrstore.errors import InrstoreError
from inrstore.pictures.render import render_mesh, render_points

from .exits import say

if TYPE_CHECKING:
    from index import Result
    from inrstore.pictures.sheet import Image


def pictures(results: Sequence[Result], up: str) -> dict[str, Image]:
    """By the query's name; a file that cannot be drawn is said, and keeps its name as its picture."""
    drawn = {}
    for result in results:
        if result.file is not None:
            try:
                drawn[result.query] = _draw(normalise(load(result.file), up).geometry)
            except InrstoreError as error:
                say(f"no picture of {result.query}: {error}")
    return drawn


def _draw(geometry: Geometry) -> Image:
    if isinstance(geometry, Mesh | Network):
        return render_mesh(geometry.vertices, geometry.faces)
    if isinstance(geometry, Voxels):
        import numpy as np

        return render_points(np.argwhere(geometry.grid) * geometry.pitch + geometry.origin)
    return render_points(geometry.points)
