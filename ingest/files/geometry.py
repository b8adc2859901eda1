"""What a file can hold: a mesh, a cloud or voxels, as plain arrays in the source's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.portable import PortableInr

from .appearance import Appearance

Points = NDArray[np.float64]
Triangles = NDArray[np.int64]

MAX_BYTES = 512 * 2**20
MAX_FACES = 5_000_000
MAX_CELLS = 256**3
MAX_OBJECTS = 10_000


@dataclass(frozen=True)
class Limits:
    """What an untrusted file may ask for; both can be raised by the caller."""

    max_bytes: int = MAX_BYTES
    """Of the file, of whatever it refers to, and of an archive's content when unpacked."""
    max_faces: int = MAX_FACES
    appearance: bool = False
    """Whether the colours of meshes are read, too."""

    def too_large(self, size: int, how: str = "") -> str | None:
        """Why so many bytes are refused, or None."""
        if size <= self.max_bytes:
            return None
        return f"{size:,} bytes{how}, over the limit of {self.max_bytes:,}; raise max_bytes if you trust it"

    def too_many(self, faces: int) -> str | None:
        """Why so many faces are refused, or None."""
        if faces <= self.max_faces:
            return None
        return f"{faces:,} faces, over the limit of {self.max_faces:,}; reduce it or raise max_faces"

    def too_many_objects(self, count: int) -> str | None:
        """Why so many objects of one file are refused, or None."""
        if count <= MAX_OBJECTS:
            return None
        return f"{count:,} objects, over the limit of {MAX_OBJECTS:,}; split it, or have it whole: --scenes whole"


def check_cells(shape: tuple[int, ...]) -> None:
    """Refuse a grid of no cells or too many. Errors: ValueError."""
    cells = int(np.prod([int(n) for n in shape], dtype=object))
    if min(shape) < 1 or cells > MAX_CELLS:
        raise ValueError(f"a grid of {' x '.join(map(str, shape))} cells; 1 to {MAX_CELLS} cells are read")


@dataclass(frozen=True)
class Mesh:
    """Triangles. `units` is what the file itself declares, if it does."""

    vertices: Points
    """(v, 3)."""
    faces: Triangles
    """(f, 3)."""
    units: str | None = None
    up: str | None = None
    """y or z, where the file says which axis points upward."""
    appearance: Appearance | None = None
    """Where the file has colours, and they were asked for."""


@dataclass(frozen=True)
class Cloud:
    """Points (n, 3) without faces."""

    points: Points
    units: str | None = None
    up: str | None = None


@dataclass(frozen=True)
class Voxels:
    """Occupied cells of a grid (a, b, c); cell (0, 0, 0) is centred at `origin`, cells are `pitch` wide."""

    grid: NDArray[np.bool_]
    origin: Points
    pitch: float = 1.0
    units: str | None = None

    @classmethod
    def centred(cls, grid: NDArray[Any]) -> Voxels:
        """A grid without a frame: cells of width 1, the grid's middle at zero."""
        occupied = np.asarray(grid) > 0.5
        return cls(occupied, -(np.array(occupied.shape, np.float64) - 1) / 2)


@dataclass(frozen=True)
class Network:
    """Somebody else's INR, positive inside, and its decoded surface in the network's own space."""

    inr: PortableInr
    vertices: Points
    """(v, 3)."""
    faces: Triangles
    """(f, 3)."""
    label: str | None = None
    framed: bool = False
    """Whether it lives in inrstore's own frame already."""
    unit: float = 1.0
    """Length, in the space that it was fitted in, of what is 1 here."""
    units: str | None = None


Geometry = Mesh | Cloud | Voxels | Network


@dataclass(frozen=True)
class SceneObject:
    """One object of a scene, in its own coordinates, and where it stands."""

    geometry: Geometry | BadInput
    """Or why it has none. Instances of one object may share theirs."""
    name: str | None = None
    transform: Points | None = None
    """(4, 4) from its own coordinates to those of the file; None is the identity."""


KINDS = {"sdf": "mesh", "udf": "cloud", "occ": "voxels"}
"""By the field of a network."""


def kind_of(geometry: Geometry) -> str:
    """mesh, cloud or voxels; of a network, what its field usually comes from."""
    if isinstance(geometry, Network):
        return KINDS[geometry.inr.field]
    return "mesh" if isinstance(geometry, Mesh) else "cloud" if isinstance(geometry, Cloud) else "voxels"
