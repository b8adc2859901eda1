"""Files segmented into parts: fitted as a query is, with nothing stored, and asked at their own faces or points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrstore.errors import BadInput, NoEncoder
from inrstore.queries import file_encoder
from inrstore.records import Failure
from inrstore.tasks.segmentation.segmented import Segmented, kind_of, segmented
from inrstore.tasks.segmentation.segmenter import Segmenter

from .files.geometry import Cloud, Mesh
from .files.load import load

if TYPE_CHECKING:
    from inrstore.store import Store


def segment_file(
    store: Store, segmenter: Segmenter, path: str | Path, *, kind: str | None = None, **reading: Any
) -> Segmented:
    """The faces of a mesh file, or the points of a cloud, with their parts, in the file's own coordinates.

    kind : the class to segment it as, see `inrstore.tasks.segmentation.segmented.kind_of`
    reading : how the file is read and fitted, see `inrstore.queries.Reading`

    Errors: BadInput if it cannot be read or its class is not known, NoEncoder.
    """
    geometry = load(path)
    if not isinstance(geometry, Mesh | Cloud):
        raise BadInput(f"{path}: meshes and clouds are segmented; give one, or store it and give its id")
    (shape,) = file_encoder(store).shapes(store, [str(path)], **reading)
    if isinstance(shape, Failure):
        raise BadInput(f"{path}: {shape.reason}")
    if shape.embedding is None:
        raise NoEncoder("the store has no encoder, so nothing can be segmented by its embeddings")
    own = kind or kind_of(store, segmenter, shape.embedding, None)
    weights = shape.inrs[0].weights
    if isinstance(geometry, Cloud):
        return segmented(segmenter, shape, shape.embedding, weights, own, geometry.points, None)
    return segmented(segmenter, shape, shape.embedding, weights, own, geometry.vertices, geometry.faces)
