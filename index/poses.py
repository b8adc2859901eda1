"""Poses: how a query is turned before it is compared, so that a shape is found however it lies in its file.

Stored shapes stay as they are. A network is turned exactly and for nothing (`inrstore.network.turning`), so a query is
encoded in every pose of a set, each is searched, and the best counts. The sets consist of few turns, each followed by
those of the cube, which an encoder that reads a lattice has for a fraction of what another reading takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.turning import MIRROR, spread
from inrstore.records import FloatArray

from .protocol import NO_KEY, Keys, Matrix

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

    from inrstore.model.encoders import Encoding
    from inrstore.store import Store

READ = 256
"""Networks that are read of a store at once."""
KINDS = ("none", "up", "free")
POSE = "up"
"""What a search does unless it is told."""
YAWS = 12
"""Turns about the upright axis. An embedding hardly changes within 15°, half of what lies between two of them."""
SPREAD = 13
"""Turns that, each followed by all 24 of the cube, make those of all kinds: from any turn the nearest of them is at
most 31.3° away, on average 17.8° (measured); 300 turns spread over all, each of which has to be read, leave 34.5° and
18.0°."""
CANDIDATES = 4000
"""Turns that those are chosen from."""
COST = 0.08
"""What a query loses for being turned or mirrored: of two shapes as much alike, the one that lies alike is first.

Where all shapes lie the same way, any turn only misleads: of the 74 example meshes hit@1 fell from .554 to .541 with
this, to .514 without it, by an encoder without spectra. There a turned copy had .99 of its score, the next best shape
.85, so it was found all the same; where thin parts sound otherwise as they lie otherwise, it has some .8."""

NEAR = 0.1
"""Of what a score lacks to 1: from there on the loss shrinks with it, to none at 1, since what fits so well is a copy.

A turned copy lies between two poses of the set and has .97 or so, if it sounds the same; another object that lies alike
has .92 at times."""

MIRRORED = 0.01
"""What it loses for being mirrored, too: an object that is its own mirror image is better said to be turned."""


@dataclass(frozen=True)
class Pose:
    """How a query was turned to look most like a hit."""

    matrix: tuple[tuple[float, float, float], ...]
    """3×3, orthogonal; takes the query's normalised points to the hit's. Its determinant is −1 in a mirror."""

    @property
    def mirrored(self) -> bool:
        return bool(np.linalg.det(np.array(self.matrix)) < 0)

    def __str__(self) -> str:
        """In words: "90° about up", "mirrored", "mirrored, 120° about (0.58, 0.58, 0.58)"."""
        from scipy.spatial.transform import Rotation

        matrix = np.array(self.matrix)
        words = ["mirrored"] if self.mirrored else []
        turn = Rotation.from_matrix(matrix @ MIRROR if words else matrix).as_rotvec(degrees=True)
        angle = float(np.linalg.norm(turn))
        if angle > 0.5:
            axis = turn / angle
            if abs(axis[1]) > 0.999:
                words.append(f"{round(angle if axis[1] > 0 else 360 - angle)}° about up")
            else:
                words.append(f"{round(angle)}° about ({', '.join(f'{x:.2f}' for x in axis)})")
        return ", ".join(words) or "as it is"


@cache
def turns(kind: str, mirror: bool = True) -> FloatArray:
    """(p, 3, 3) the poses of a kind, as it is first: `none`, `up` (about the upright axis Y) or `free`.

    With `mirror` each also in a mirror, but for `none`. Errors: BadInput.
    """
    if kind not in KINDS:
        raise BadInput(f"pose is {kind!r}; it must be one of {', '.join(KINDS)}")
    if kind == "none":
        return np.eye(3, dtype=np.float32)[None]
    from scipy.spatial.transform import Rotation

    angles = np.arange(YAWS) * 2 * np.pi / YAWS
    found = Rotation.from_rotvec(angles[:, None] * [0, 1, 0])
    if kind == "free":
        found = _with_cube(_far_apart(found[: YAWS // 4], SPREAD))
    matrices = found.as_matrix()
    return np.concatenate([matrices, MIRROR @ matrices] if mirror else [matrices]).astype(np.float32)


def _with_cube(turns: Rotation) -> Rotation:
    """Each turn followed by all 24 of the cube; the first stays first.

    An encoder that reads a lattice has all 24, and their mirror images, of one reading (`network.turning.by_cube`).
    """
    from scipy.spatial.transform import Rotation

    cube = Rotation.create_group("O")
    cube = cube[np.argsort(cube.magnitude(), kind="stable")]  # the identity first
    return Rotation.concatenate([cube * turn for turn in turns])


def _far_apart(turns: Rotation, count: int) -> Rotation:
    """The turns and others, `count` in all, each the farthest from those before it and their turns by the cube.

    Farthest first (Gonzalez 1985), among turns that are spread evenly.
    """
    from scipy.spatial.transform import Rotation

    others = Rotation.from_matrix(spread(CANDIDATES))
    nearness = np.zeros(len(others))
    found = list(turns)
    for place in range(count):
        if place == len(found):
            found.append(others[int(nearness.argmin())])
        around = _with_cube(found[place : place + 1]).as_quat()
        nearness = np.maximum(nearness, np.abs(others.as_quat() @ around.T).max(axis=1))
    return Rotation.concatenate(found)


def pose_of(matrix: NDArray[np.floating], still: float = 1.0) -> Pose | None:
    """The pose of an orthogonal matrix (3, 3); None for a turn by less than `still` degrees."""
    if np.trace(matrix) > 1 + 2 * np.cos(np.radians(still)):
        return None
    rows = matrix.astype(float).round(6)
    return Pose(tuple((float(a), float(b), float(c)) for a, b, c in rows))


class Turner:
    """Embeddings of a store's shapes in every pose of a set."""

    def __init__(self, store: Store, kind: str, mirror: bool) -> None:
        self.store, self.turns, self.free = store, turns(kind, mirror), kind == "free"
        self._known: dict[int, Matrix] = {}

    def embeddings(self, keys: Sequence[int]) -> Mapping[int, Matrix]:
        """By key (p − 1, d) of stored shapes' networks in all poses but the first, as it is; empty if that is all.

        Errors: as `Store.weights`.
        """
        if len(self.turns) == 1:
            return {}
        new = [key for key in keys if key not in self._known]
        for start in range(0, len(new), READ):
            some = new[start : start + READ]
            shapes = self.store.shapes_by_key(some)
            for key, weights in zip(some, self.store.weights(some), strict=True):
                self._known[key] = self._encoding.encode_turned(shapes[key].field, weights, self.turns[1:])
        return self._known

    def asked(self, rows: Matrix) -> Matrix:
        """A query's embeddings (p, d) as they are searched with: where the pose is free, so is how it bends.

        A vector, which is in one pose, is asked as it is.
        """
        return self._encoding.loosened(rows) if self.free and len(rows) == len(self.turns) else rows

    def of(self, field: str, weights: FloatArray) -> Matrix:
        """(p, d) of a network (W,) that is not stored, in all poses."""
        return self._encoding.encode_turned(field, weights, self.turns)

    @cached_property
    def _encoding(self) -> Encoding:
        """Kept with the store: to read it again would take as long as to ask it."""
        from inrstore.model.encoders import Encoding

        encoder = self.store.encoder()  # one object as long as it is the same
        kept: tuple[object, Encoding] | None = self.store.companions.get("encoding")
        if kept is None or kept[0] is not encoder:
            kept = (encoder, Encoding(self.store.base(), encoder))
            self.store.companions["encoding"] = kept
        return kept[1]

    @cached_property
    def costs(self) -> Matrix:
        """(p, 2) what a query loses in each pose: what shrinks near a score of 1, and what does not."""
        turned, mirrored = np.arange(len(self.turns)) > 0, np.linalg.det(self.turns) < 0
        counts = 1 - self._encoding.looseness if self.free else 1.0  # of a score, what a pose has a say in
        return (np.stack([COST * turned, MIRRORED * mirrored], axis=1) * counts).astype(np.float32)

    def pose(self, place: int) -> Pose | None:
        """The pose at a place of the set; None for the shape as it is."""
        return pose_of(self.turns[place])


@dataclass(frozen=True, eq=False)
class Best:
    """The best rows of an index for one query over all of its poses, best first."""

    scores: Matrix
    """(w,)."""
    keys: Keys
    """(w,)."""
    poses: Keys
    """(w,) the place in the set of the pose that won."""


def best_of(scores: Matrix, keys: Keys, costs: Matrix, k: int) -> Best:
    """The k best over the poses, from scores and keys (p, w) of each, less its costs (p, 2); see `Turner`.

    A row among the k best of all is among the k best of the pose that it wins by, so nothing is missed.
    """
    less = scores - costs[:, :1] * np.clip((1 - scores) / NEAR, 0, 1) - costs[:, 1:]
    order = np.argsort(-less, axis=None, kind="stable")
    order = order[keys.ravel()[order] != NO_KEY]
    _, first = np.unique(keys.ravel()[order], return_index=True)
    order = order[np.sort(first)[:k]]
    return Best(less.ravel()[order], keys.ravel()[order], order // scores.shape[1])
