"""Where a piece of a surface lies in a whole, by how far its points are from the whole's, and not the other way.

Where it may begin is found on a lattice: of the piece's points, counted by cell, and of the whole's nearness, the
correlation over all shifts at once (by Fourier transforms) is the mean nearness of the moved piece. From the best of
these places it slides to the closest points (Besl and McKay 1992, IEEE PAMI 14), of which the farthest tenth does not
count (Chetverikov et al. 2005, Image and Vision Computing 23).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from inrstore.metrics.surfaces import Points

from .alignment import Array
from .comparison import Surface

SHIFTS = 4
"""Places that are tried of each whole."""
APART = 2
"""Cells between two of them."""
ROUGH, FINE = (256, 12), (1024, 6)
"""Points that look for a partner, and how often: from every place, and from where the best of these led."""
TRIM = 0.9
"""Share of the pairs, the nearest, that a step is made of: a piece has cut faces, which the whole has not."""
MEASURED = 2048


@dataclass(frozen=True, eq=False)
class Places:
    """Where a piece may lie in one whole, the best first."""

    nearness: float
    """Mean over the moved piece at the best, in the lattice's units."""
    turns: NDArray[np.int64]
    """(s,) which turn of the piece."""
    shifts: Array
    """(s, 3) after it."""


@dataclass(frozen=True, eq=False)
class Containment:
    """A rigid motion of the piece in one of its turns, ``moved = x @ matrix.T + shift``, and what is left after it."""

    turn: int
    matrix: Array
    shift: Array
    distance: float
    """Mean of the distances of the piece's points to the whole's triangles."""


def places(pieces: Points, nearness: NDArray[np.generic]) -> Places:
    """Where a piece, in its several turns (p, n, 3), is nearest to a surface.

    nearness : (s, s, s) of the surface at the centres of the cells of [-1, 1]³; greater is nearer, and 0 is far. The
        piece's origin stays within these; what of it comes to lie outside is near nothing.
    """
    side = nearness.shape[0]
    size = fft.next_fast_len(side + side // 2, real=True)
    counts = np.stack([_counted(points, side) for points in pieces])
    spectra = np.conj(fft.rfftn(counts, (size,) * 3, axes=(1, 2, 3)))
    spectra *= fft.rfftn(nearness.astype(np.float32), (size,) * 3)
    found = fft.irfftn(spectra, (size,) * 3, axes=(1, 2, 3))
    steps = np.where(np.arange(size) <= side // 2, np.arange(size), np.arange(size) - size)
    for axis in (1, 2, 3):  # farther shifts wrap around
        np.moveaxis(found, axis, 0)[np.abs(steps) > side // 2] = -np.inf
    best, turns, shifts = float(found.max()), [], []
    for _ in range(SHIFTS):
        turn, *cells = np.unravel_index(found.argmax(), found.shape)
        turns.append(int(turn))
        shifts.append(steps[cells] * 2 / side)
        around = [np.arange(cell - APART, cell + APART + 1) % size for cell in cells]
        found[turn][np.ix_(*around)] = -np.inf
    return Places(best, np.array(turns), np.array(shifts))


def _counted(points: Points, side: int) -> NDArray[np.float32]:
    """(s, s, s) the share of the points in each cell; those outside count where they leave."""
    cells = np.clip(((points + 1) * side / 2).astype(np.int64), 0, side - 1)
    flat = np.ravel_multi_index(tuple(cells.T), (side,) * 3)
    counted = np.bincount(flat, minlength=side**3).reshape((side,) * 3)
    return (counted / len(points)).astype(np.float32)


def laid_in(pieces: Points, whole: Surface, begin: Places) -> Containment:
    """The piece, in its several turns (p, n, 3), slid from each of the places to where it lies closest to the whole."""
    found = []
    for turn, shift in zip(begin.turns, begin.shifts, strict=True):
        matrix, there, left = _slid(pieces[turn], whole, np.eye(3), shift, *ROUGH)
        found.append((left, int(turn), matrix, there))
    _, turn, matrix, shift = min(found, key=lambda one: one[0])
    matrix, shift, _ = _slid(pieces[turn], whole, matrix, shift, *FINE)
    distances = whole.distances(np.ascontiguousarray(pieces[turn][:MEASURED] @ matrix.T + shift))
    return Containment(turn, matrix, shift, float(distances.mean()))


def _slid(
    piece: Points, whole: Surface, matrix: Array, shift: Array, count: int, steps: int
) -> tuple[Array, Array, float]:
    """The motion after some steps from another, and the mean distance of the pairs that made the last."""
    own, tree, aims = np.asarray(piece[:count], np.float64), whole.cloud.tree(), whole.cloud.points
    for _ in range(steps):
        distance, near = tree.query(own @ matrix.T + shift)
        kept = distance <= np.quantile(distance, TRIM)
        matrix, shift = _rigid(own[kept], aims[near[kept]])
    return matrix, shift, float(distance[kept].mean())


def _rigid(own: Array, aim: Array) -> tuple[Array, Array]:
    """The rotation and shift that bring points nearest to their partners in the square (Umeyama 1991, IEEE PAMI 13)."""
    middle, target = own.mean(axis=0), aim.mean(axis=0)
    left, _, right = np.linalg.svd((aim - target).T @ (own - middle))
    matrix = left @ np.diag([1, 1, np.sign(np.linalg.det(left @ right))]) @ right
    return matrix, target - matrix @ middle
