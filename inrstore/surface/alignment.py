"""The similarity that lays one surface best upon another, both given as points: any turn, a mirror, a size, a place.

Starts are the ways in which the principal axes of the two can lie upon each other, turned further about an axis where
the other two are alike. Each is improved by iterated closest points (Besl and McKay 1992, IEEE PAMI 14), with pairs of
both directions, so that neither surface can hide in a part of the other: first by the best similarity for given pairs
(Umeyama 1991, IEEE PAMI 13, equations 40 to 42), then by distances from planes (Chen and Medioni 1992, Image and Vision
Computing 10), which lets flat parts slide along each other and needs a few steps only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from inrstore.metrics.surfaces import Points
from inrstore.network.turning import MIRROR, spread

from .cloud import Cloud

Array = NDArray[np.float64]
ALIKE = 1.25
"""Deviations along two principal axes whose ratio is less may change places."""
HALF_TURN = 6
"""Turns in half a circle about an axis when the other two are alike; principal axes come with both signs."""
TURNS = 300
"""Turns of all kinds, where all three axes are alike."""
STAGES = ((64, 1, 16), (128, 3, 5), (256, 5, 2), (1024, 5, 1))
"""Points of each side that look for a partner, steps, and how many of the transforms of each hand go on."""
ROUGH = 2
"""Stages by points; those after them by planes."""
DENSER = 8
"""Times as many are those among which the partners are."""
HOLD = 0.03
"""What distances between points weigh against those from planes: a surface may not slide away where all is flat."""
MEASURED = 4096
"""Points of each side whose distances are told in the end."""
ASKED, BEYOND = 2, 2.0
"""After so many steps by planes, and so many times `within` from them still, a surface will not come so near any more.
Before the first step that cannot be said: boxes whose axes are alike begin a hundred times as far as they end."""
AS_GOOD = 1.05
"""A mean distance of so many times the least is as good: of those a surface that is not mirrored and turned least."""
FAR = 95
"""Percentile of the distances that says how far the farthest parts are, but for strays."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """A similarity, ``moved = scale * x @ matrix.T + shift`` for points x (rows), and what is left after it."""

    matrix: Array
    """(3, 3) orthogonal; its determinant is −1 in a mirror."""
    scale: float
    shift: Array
    """(3,)."""
    there: Array
    """Distances from points of the moved source to the nearest of the target's, in the target's units."""
    back: Array
    """Distances from points of the target to the nearest of the moved source's."""

    @property
    def mirrored(self) -> bool:
        return bool(np.linalg.det(self.matrix) < 0)

    @property
    def chamfer_l1(self) -> float:
        """The mean of both mean distances, see `metrics.surfaces`; of random points never below their spacing."""
        return float(self.there.mean() + self.back.mean()) / 2

    @property
    def far(self) -> float:
        """The 95th percentile of the distances, of the direction in which it is greater."""
        return float(max(np.percentile(self.there, FAR), np.percentile(self.back, FAR)))

    def f_score(self, tau: float) -> float:
        """Harmonic mean of the shares of both within tau of the other."""
        one, other = float(np.mean(self.there <= tau)), float(np.mean(self.back <= tau))
        return 2 * one * other / (one + other) if one + other else 0.0

    def apply(self, points: Points) -> Array:
        """Points (n, 3) of the source, laid upon the target."""
        return np.asarray(self.scale * np.asarray(points, np.float64) @ self.matrix.T + self.shift)


def align(
    source: Cloud,
    target: Cloud,
    *,
    mirror: bool = True,
    scale: bool = True,
    starts: NDArray[np.floating] | None = None,
    within: float = np.inf,
) -> Alignment:
    """The best similarity, or without `scale` the best rigid motion, that lays the source upon the target.

    Parameters
    ----------
    mirror : whether it may be one in a mirror, too.
    starts : (p, 3, 3) orthogonal matrices to begin at as well, such as the pose by which a search found the pair;
        without `mirror`, mirrors among them are passed over.
    within : the mean distance, in the target's units, beyond which none is wanted; one that will not come so near is
        not improved to the end.
    """
    matrices = _axes(source, target)
    matrices = np.concatenate([matrices, matrices @ _across(source)]) if mirror else matrices
    given = np.eye(3)[None] if starts is None else np.asarray(starts, np.float64).reshape(-1, 3, 3)
    matrices = np.concatenate([given[(np.linalg.det(given) > 0) | mirror], matrices])
    sizes = np.full(len(matrices), target.size / source.size if scale else 1.0)
    moves = _Moves(matrices, sizes, target.middle - sizes[:, None] * (matrices @ source.middle))
    moves, left = _improved(moves, source, target, scale, within)
    best = moves.of(_plainest(moves, left))
    (there, _), (back, _) = _nearest(best, source, target, MEASURED, None)
    return Alignment(best.matrices[0], float(best.scales[0]), best.shifts[0], there[0], back[0])


def _plainest(moves: _Moves, left: Array) -> NDArray[np.int64]:
    """(1,) the one of those as good as the best that does least: many objects have symmetries."""
    good = np.flatnonzero(left <= AS_GOOD * left.min())
    turn = np.trace(moves.matrices[good], axis1=1, axis2=2)  # 1 + 2 cos of the angle
    return good[np.lexsort((-turn.round(2), moves.mirrored[good]))][:1]


@dataclass(frozen=True, eq=False)
class _Moves:
    """p similarities."""

    matrices: Array
    """(p, 3, 3)."""
    scales: Array
    """(p,)."""
    shifts: Array
    """(p, 3)."""

    @property
    def mirrored(self) -> NDArray[np.bool_]:
        return np.asarray(np.linalg.det(self.matrices) < 0)

    def moved(self, points: Array) -> Array:
        """(p, n, 3) points of the source, (n, 3) or (p, n, 3), where each move brings them."""
        return self.scales[:, None, None] * points @ self.matrices.transpose(0, 2, 1) + self.shifts[:, None]

    def of(self, some: NDArray[np.integer]) -> _Moves:
        return _Moves(self.matrices[some], self.scales[some], self.shifts[some])


def _improved(moves: _Moves, source: Cloud, target: Cloud, scale: bool, within: float) -> tuple[_Moves, Array]:
    """The best of the moves, improved stage by stage, and the mean distances before the last step."""
    left = np.zeros(len(moves.scales))
    for stage, (count, steps, kept) in enumerate(STAGES):
        closest = _similar if stage < ROUGH else _sliding
        for step in range(steps):
            pairs = _pairs(moves, source, target, count)
            if (stage, step) == (ROUGH, ASKED) and _from_planes(moves, pairs).min() > BEYOND * within:
                return moves, pairs.left
            moves, left = closest(moves, pairs, scale)
        order = np.argsort(left, kind="stable")
        order = np.concatenate([order[moves.mirrored[order] == hand][:kept] for hand in (False, True)])
        moves, left = moves.of(order), left[order]
    return moves, left


def _axes(source: Cloud, target: Cloud) -> Array:
    """(p, 3, 3) rotations that lay principal axes upon principal axes."""
    alike = [_alike(cloud) for cloud in (source, target)]
    low, high = (any(pair) for pair in zip(*alike, strict=True))
    if low and high:
        return spread(TURNS).astype(np.float64)
    signs = np.array([np.diag(s) for s in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))], np.float64)
    own = source.axes * np.sign(np.linalg.det(source.axes))
    other = target.axes * np.sign(np.linalg.det(target.axes))
    count = HALF_TURN if low or high else 1
    about = np.eye(3)[0 if high else 2]  # the middle axis may change places with the greatest, or with the least
    further = Rotation.from_rotvec(np.arange(count)[:, None] * np.pi / count * about).as_matrix()
    return np.asarray((other @ further[:, None] @ signs @ own.T).reshape(-1, 3, 3))


def _alike(cloud: Cloud) -> tuple[bool, bool]:
    """Whether the least and the middle axis are about equally long, and the middle and the greatest."""
    least, middle, greatest = cloud.deviations
    return bool(middle < ALIKE * least), bool(greatest < ALIKE * middle)


def _across(cloud: Cloud) -> Array:
    """The mirror across the plane of the two greater principal axes."""
    return np.asarray(cloud.axes @ MIRROR @ cloud.axes.T)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """n points of each side with their partners, under p moves: own (p, 2n, 3) in the source, other in the target."""

    own: Array
    other: Array
    normals: Array
    """(p, 2n, 3) of the partner's plane, where the target is."""
    left: Array
    """(p,) mean distances of the pairs, in the target's units."""


def _pairs(moves: _Moves, source: Cloud, target: Cloud, count: int) -> _Pairs:
    among = DENSER * count
    (there, partners), (back, owners) = _nearest(moves, source, target, count, among)
    own = np.broadcast_to(source.points[: there.shape[1]], (*there.shape, 3))
    other = np.broadcast_to(target.points[: back.shape[1]], (*back.shape, 3))
    normals = source.normals(among)[owners] @ moves.matrices.transpose(0, 2, 1)
    return _Pairs(
        np.concatenate([own, source.points[owners]], axis=1),
        np.concatenate([target.points[partners], other], axis=1),
        np.concatenate([target.normals(among)[partners], normals], axis=1),
        (there.mean(axis=1) + back.mean(axis=1)) / 2,
    )


def _nearest(
    moves: _Moves, source: Cloud, target: Cloud, count: int, among: int | None
) -> tuple[tuple[Array, NDArray[np.int64]], tuple[Array, NDArray[np.int64]]]:
    """Distances (p, n) from points of the moved source to the target's nearest and which, and the way back."""
    own, other = source.points[:count], target.points[:count]
    sizes, shifts = moves.scales[:, None, None], moves.shifts[:, None]
    there = target.tree(among).query(moves.moved(own))
    moved_back = (other - shifts) @ moves.matrices / sizes  # so that the source's tree stays as it is
    distances, owners = source.tree(among).query(moved_back)
    return there, (distances * moves.scales[:, None], owners)


def _similar(moves: _Moves, pairs: _Pairs, scale: bool) -> tuple[_Moves, Array]:
    """The moves of the same hands that bring the pairs nearest in the square, and the distances before."""
    middle, aim = pairs.own.mean(axis=1), pairs.other.mean(axis=1)
    own, other = pairs.own - middle[:, None], pairs.other - aim[:, None]
    left, values, right = np.linalg.svd(other.transpose(0, 2, 1) @ own)
    sign = np.sign(np.linalg.det(left @ right)) * np.where(moves.mirrored, -1, 1)
    left[:, :, 2] *= sign[:, None]
    values[:, 2] *= sign
    matrices = left @ right
    sizes = values.sum(axis=1) / (own**2).sum(axis=(1, 2)) if scale else moves.scales
    shifts = aim - sizes[:, None] * np.einsum("pij,pj->pi", matrices, middle)
    return _Moves(matrices, sizes, shifts), pairs.left


def _from_planes(moves: _Moves, pairs: _Pairs) -> Array:
    """(p,) mean distances of the moved points from their partners' planes: near those of the surfaces themselves."""
    missed = pairs.other - moves.moved(pairs.own)
    return np.asarray(np.abs(np.einsum("pni,pni->pn", missed, pairs.normals)).mean(axis=1))


def _sliding(moves: _Moves, pairs: _Pairs, scale: bool) -> tuple[_Moves, Array]:
    """One Gauss-Newton step towards the partners' planes, and the distances before."""
    moved = moves.moved(pairs.own)
    aim = pairs.other.mean(axis=1)
    arm, missed = moved - aim[:, None], pairs.other - moved
    slopes, wanted = [], []
    held = np.sqrt(HOLD) * np.eye(3)
    for axis in (pairs.normals, *(np.broadcast_to(one, arm.shape) for one in held)):
        along = [np.cross(arm, axis), axis] + [np.einsum("pni,pni->pn", arm, axis)[..., None]] * scale
        slopes.append(np.concatenate(along, axis=2))
        wanted.append(np.einsum("pni,pni->pn", missed, axis))
    slope, want = np.concatenate(slopes, axis=1), np.concatenate(wanted, axis=1)
    found = np.linalg.solve(slope.transpose(0, 2, 1) @ slope, np.einsum("pni,pn->pi", slope, want)[..., None])[..., 0]
    turn = Rotation.from_rotvec(found[:, :3]).as_matrix()
    grow = np.exp(found[:, 6]) if scale else np.ones(len(found))
    shifts = grow[:, None] * np.einsum("pij,pj->pi", turn, moves.shifts - aim) + aim + found[:, 3:6]
    return _Moves(turn @ moves.matrices, grow * moves.scales, shifts), pairs.left
