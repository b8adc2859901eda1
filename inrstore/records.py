"""What goes into a store and what comes back: plain frozen records, without behaviour.

Those that hold arrays are equal only to themselves; the others compare by what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Vector3 = tuple[float, float, float]
THUMBNAIL_BYTES = 6000
"""Of a kept picture, at most."""
Decision = Literal["same", "variant", "different"]
"""What somebody decided that two shapes are to each other."""
DECISIONS: tuple[Decision, ...] = get_args(Decision)
PART_POINTS = 2048
"""Of a shape's part labels, always; as many as ShapeNetPart is evaluated with."""


@dataclass(frozen=True)
class Frame:
    """How normalised points x (rows) lie in their source: ``source = (x * scale) @ rotation + center``."""

    center: Vector3
    scale: float
    rotation: tuple[float, ...] | None
    """Nine numbers, row-major and orthogonal, in a mirror with the determinant −1; or None for the identity."""


@dataclass(frozen=True, eq=False)
class Inr:
    """One fitted network of one shape: the whole weights θ, not the change from the base."""

    base: str
    """Identity (hash) of the base that it starts from."""
    profile: str
    field: str
    weights: FloatArray
    """(W,) float32."""
    error: float
    """Mean absolute error at the samples, see `network.fitting`; of a refined network, at samples held back."""
    steps: int


@dataclass(frozen=True, eq=False)
class KeptSamples:
    """True values of one shape's field at points, in 16-bit numbers that `inrstore.network.packing` makes and reads."""

    field: str
    points: NDArray[np.uint16]
    """(n, 3)."""
    values: NDArray[np.uint16]
    """(n,)."""


@dataclass(frozen=True, eq=False)
class PartLabels:
    """Which named part of one shape points on its surface belong to, as a part segmentation learns it."""

    points: NDArray[np.uint16]
    """(`PART_POINTS`, 3), in 16-bit numbers that `network.packing` makes and reads."""
    part: NDArray[np.uint8]
    """(`PART_POINTS`,) places in `names`."""
    names: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Which object of a file a source is, where each object became a shape of its own."""

    file: str
    """Path of the file; of one in an archive ``archive.zip#path/in/it``."""
    parts: int
    """How many objects the file has; where it is one, the source is called like the file."""
    name: str | None
    transform: tuple[float, ...] | None
    """Sixteen numbers, row-major, or None for the identity: the 4x4 matrix from the object's own coordinates (a column)
    to those of its file."""


@dataclass(frozen=True)
class Source:
    """A place where a shape's content was found: a file, or an object in one, ``file#number name``."""

    path: str
    sha256: str
    """Of the file's bytes, in a tar shard or not; of one in a .zip, of the archive's bytes and of its name there."""
    bytes: int
    """Of the file."""
    part: Part | None = None
    """None where the file was read as one shape."""


@dataclass(frozen=True, eq=False)
class NewShape:
    """A shape as ingest hands it to `Store.commit`.

    ``source = (x * scale) @ rotation + center`` brings a normalised point x (a row) back to the source.
    """

    sha256: str
    """Of the normalised content, 64 hex digits; the shape's id."""
    name: str
    field: str
    kind: str
    """mesh, cloud or voxels."""
    center: Vector3
    scale: float
    rotation: tuple[float, ...] | None
    """Nine numbers, row-major, or None for the identity."""
    source: str
    """A file, or an object in one; center, scale and rotation are those of the object's own coordinates."""
    source_sha256: str
    source_bytes: int
    inrs: tuple[Inr, ...]
    """The first starts from the store's own base and is the one that is encoded."""
    embedding: FloatArray | None
    """(d,) float32, or None where the store has no encoder."""
    encoder: str | None = None
    """Identity of the encoder that made the embedding."""
    label: str | None = None
    tags: Mapping[str, str] = default(default_factory=dict)
    quality: Mapping[str, float] = default(default_factory=dict)
    samples: KeptSamples | None = None
    """What a later fit needs instead of the source, where it is to be kept."""
    thumbnail: bytes | None = None
    """A picture of the source, WebP of at most `THUMBNAIL_BYTES`."""
    part_labels: PartLabels | None = None
    """Where the source says which of its parts is which."""
    part: Part | None = None
    """What object of a file the source is, if it is one."""
    further: tuple[Source, ...] = ()
    """Other places of the same content, such as further instances in the same file."""
    twins: tuple[str, ...] = ()
    """Ids that the same content may have in other places and formats, see `ingest.sampling.content`."""


@dataclass(frozen=True)
class Shape:
    """A stored shape, as read back from the catalogue."""

    key: int
    """The store's own 64-bit id, also the id in every index."""
    id: str
    """SHA-256 of the normalised content."""
    name: str
    field: str
    kind: str
    center: Vector3
    scale: float
    rotation: tuple[float, ...] | None
    label: str | None
    tags: Mapping[str, str] = default(hash=False)
    quality: Mapping[str, float] = default(hash=False)
    sources: tuple[str, ...]
    created: datetime


@dataclass(frozen=True)
class StoredInr:
    """What the catalogue knows of one stored network."""

    base: str
    """Identity of the base that it starts from."""
    profile: str
    encoded: bool
    """Whether it is the one of its shape that encoders read."""
    field: str
    error: float
    steps: int


@dataclass(frozen=True)
class Failure:
    """An input that could not be stored, and why."""

    path: str
    reason: str
    stage: str = ""
    time: datetime | None = None
