"""Canonical poses: how a shape is turned at ingest, so that copies that lie otherwise come to lie alike.

The axes are those of the second moments of the surface (principal axes), their signs those of the third, all exact
integrals over the triangles, so that the mesh's fineness does not matter (the continuous principal axes of Vranic,
Saupe and Richter 2001). Where two axes are equal, as of a square table, the fourth moment about the third one brings
the sides to lie along them. What is open then, such as the turn of a vase, or which of two equal sides is the front,
stays as near as can be to how the shape lies: twice aligned is once aligned. A search finds such poses by trying
several.

Of the 74 example meshes turned at random, 91 % came to lie as the original does after `up` (turned about the upright
axis), 88 % after `full` (turned any way); the rest have fronts, sides or ends that differ too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files.geometry import Points, Triangles

KINDS = ("none", "up", "full")
EQUAL = 0.03
"""Second moments that differ by less than this share leave the axes between them open."""
SQUARE = 0.02
"""A fourth moment about an axis of less than this, with the second one at 1, is that of a body of revolution."""
EVEN = 0.01
"""A third moment of less than this, with the second one at 1, leaves the sign open."""
ORDER = {"up": (0, 2), "full": (0, 2, 1)}
"""The axes of the frame in the order in which they get the axes of the shape, the one of most spread first.

Lying flat is what the embedding fares best with: of the example meshes, mAP is .379, with the others .314 to .348."""


def alignment(kind: str, points: Points, faces: Triangles | None = None) -> Points:
    """(3, 3) the rotation R, without a mirror, that brings points x (columns) into their canonical pose R x.

    Of a mesh's vertices (n, 3) with its faces (m, 3), weighted by area; of a cloud (n, 3) each point counts as much.
    `up` turns about the upright axis Y alone, `full` any way, `none` not at all.
    """
    if kind == "none":
        return np.eye(3)
    surface = _Surface.of(points, faces)
    slots = list(ORDER[kind])
    axes = np.eye(3)
    axes[np.ix_(slots, slots)] = _principal(surface, slots)
    skews = surface.skews(axes)
    signs = np.where((np.abs(skews) > EVEN) & np.isin(range(3), slots), np.sign(skews), 1)
    axes *= signs[:, None]
    if np.linalg.det(axes) < 0:
        lopsided = np.abs(skews) + [0, np.inf if kind == "up" or abs(skews[1]) > EVEN else 0, 0]
        axes[lopsided.argmin()] *= -1  # front or side before up, so that mirror images stand alike
    return axes


def _principal(surface: _Surface, slots: list[int]) -> Points:
    """(d, d) rows: the axes of the second moments in some of the frame's, the longest first.

    A single axis looks, and axes of equal moments are turned among themselves, as near to the frame's as can be.
    """
    values, vectors = np.linalg.eigh(surface.second[np.ix_(slots, slots)])
    values, vectors = values[::-1], vectors[:, ::-1].copy()
    breaks = np.flatnonzero(values[1:] < values[:-1] * (1 - EQUAL)) + 1
    for place in np.split(np.arange(len(values)), breaks):
        left, _, right = np.linalg.svd(vectors[np.ix_(place, place)].T)  # the nearest rotation (Kabsch 1976)
        vectors[:, place] = vectors[:, place] @ left @ right
        if len(place) == 2:
            vectors[:, place] = _squared(surface, slots, vectors[:, place])
    return np.asarray(vectors.T)


def _squared(surface: _Surface, slots: list[int], axes: Points) -> Points:
    """(d, 2) two equal axes, turned in their plane by 45° at most, so that a square's sides lie along them.

    If one of them is lopsided, the more lopsided one becomes the first.
    """
    plane = surface.points[:, slots] @ axes @ [1, 1j]
    fourth = surface.mean(plane, 4) / np.trace(axes.T @ surface.second[np.ix_(slots, slots)] @ axes) ** 2 * 4
    if abs(fourth) < SQUARE:
        return axes
    turn = np.angle(-fourth) / 4
    axes = axes @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    skews = np.abs([surface.mean(surface.points[:, slots] @ axis, 3) for axis in axes.T])
    return axes[:, ::-1] if skews[1] > skews[0] and skews[1] > EVEN * np.trace(surface.second) ** 1.5 else axes


@dataclass(frozen=True, eq=False)
class _Surface:
    """Points about their centroid, and whose mean is asked: of a mesh the surface's, of a cloud the points'."""

    points: Points
    """(n, 3)."""
    faces: Triangles
    """(m, 3); of a cloud (n, 1)."""
    weights: Points
    """(m,) each face's share."""
    second: Points
    """(3, 3) second moments."""

    @classmethod
    def of(cls, points: Points, faces: Triangles | None) -> _Surface:
        if faces is None:
            faces, weights = np.arange(len(points))[:, None], np.ones(len(points))
        else:
            a, b, c = np.moveaxis(points[faces], 1, 0)
            weights = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        weights = weights / weights.sum()
        centred = points - weights @ points[faces].mean(axis=1)
        found = cls(centred, faces, weights, np.empty((3, 3)))
        for i, j in np.ndindex(3, 3):  # by polarisation: 4 x y = (x + y)² − (x − y)²
            x, y = centred[:, i], centred[:, j]
            found.second[i, j] = (found.mean(x + y, 2) - found.mean(x - y, 2)).real / 4
        return found

    def mean(self, values: NDArray[Any], power: int) -> Any:
        """The mean over all of the power of what is linear on each face, real or complex, given at the points (n,).

        Over a triangle that is 2 n! / (n + 2)! times the sum of the corners' monomials of degree n (Lasserre and
        Avrachenkov 2001).
        """
        corners = values[self.faces].T
        sums = [np.ones(len(self.faces), corners.dtype), *[np.zeros(len(self.faces), corners.dtype)] * power]
        for corner in corners:  # h_k(…, c) = h_k(…) + c h_{k−1}(…, c)
            for degree in range(1, power + 1):
                sums[degree] = sums[degree] + corner * sums[degree - 1]
        return self.weights @ sums[power] / comb(power + len(corners) - 1, power)

    def skews(self, axes: Points) -> Points:
        """(3,) third moments along axes (3, 3), rows, with the second ones at 1."""
        spread = np.maximum(np.diag(axes @ self.second @ axes.T), 1e-30)
        return np.array([self.mean(self.points @ axis, 3) for axis in axes]) / spread**1.5
