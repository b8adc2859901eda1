"""A scalar signal on a lattice, evaluated only where its zero set can be: coarse cells, then their children.

Three things keep the result equal to that of a full evaluation: values are shared between levels, so no point
is computed twice; a cell is dropped only when its corners say that zero is out of reach; and at the finest
level the zero set is followed out of the kept cells until it closes, so what was found is never cut short.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inrstore.records import FloatArray

EXTENT = 1.05
"""The lattice covers [-EXTENT, EXTENT]³; normalised shapes lie in the unit ball."""
SLACK = 1.2
"""How much steeper than a true distance a fitted one may be before a coarse cell is dropped wrongly."""

Indices = NDArray[np.int64]
Signal = Callable[[FloatArray], FloatArray]
"""Points (m, 3) to values (m,): positive inside, zero on the surface."""
KeepRule = Callable[[FloatArray, float], NDArray[np.bool_]]
"""Corner values (k, 8) and the cells' diagonal to (k,): can zero lie inside?"""

CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.int64)


def crossing(values: FloatArray) -> NDArray[np.bool_]:
    """(k,) whether the values (k, any) of a row have both signs; zero counts as outside."""
    inside = values > 0
    return np.asarray(inside.any(axis=1) & ~inside.all(axis=1))


def keep_by_distance(values: FloatArray, diagonal: float) -> NDArray[np.bool_]:
    """For signals that are distances: zero is at least |value| away from every corner."""
    size = np.abs(values)
    near = (size.min(axis=1) <= SLACK * diagonal / 2) & (size.max(axis=1) <= SLACK * diagonal)
    return np.asarray(near | crossing(values))


def keep_by_slope(values: FloatArray, diagonal: float) -> NDArray[np.bool_]:
    """For signals without a unit: zero is in reach if the change across the cell is as large as the value."""
    return np.asarray(np.abs(values).min(axis=1) <= np.ptp(values, axis=1))


class Lattice:
    """(n+1)³ points, n cells a side, of which only some are evaluated; `evaluations` counts them."""

    def __init__(self, signal: Signal, cells: int) -> None:
        self.signal = signal
        self.cells = cells
        self.step = 2 * EXTENT / cells
        self.values: FloatArray = np.zeros((cells + 1) ** 3, dtype=np.float32)
        self.known = np.zeros((cells + 1) ** 3, dtype=bool)
        self._wanted = np.zeros((cells + 1) ** 3, dtype=bool)
        self.evaluations = 0

    def points(self, flat: Indices) -> FloatArray:
        """Coordinates (m, 3) of lattice points, given by flat index."""
        index = np.stack(np.unravel_index(flat, (self.cells + 1,) * 3), axis=1)
        return (index * self.step - EXTENT).astype(np.float32)

    def corner_values(self, cells: Indices, size: int) -> FloatArray:
        """(k, 8) values at the corners of cells (k, 3), `size` lattice steps wide; evaluates what is missing.

        The last cells are cut off at the lattice's end, so that any number of cells can be refined.
        """
        side = self.cells + 1
        ends = np.stack([cells, np.minimum(cells + size, self.cells)], axis=-1)  # (k, 3, 2)
        x, y, z = ends.swapaxes(0, 1)
        flat = ((x[:, :, None] * side + y[:, None, :])[..., None] * side + z[:, None, None, :]).reshape(-1, 8)
        self._wanted[flat] = ~self.known[flat]  # marks and scans: several times faster than np.unique
        missing = np.flatnonzero(self._wanted)
        self._wanted[missing] = False
        self.values[missing] = self.signal(self.points(missing))
        self.known[missing] = True
        self.evaluations += len(missing)
        return np.asarray(self.values[flat])

    def refine(self, keep: KeepRule, coarse: int) -> Indices:
        """Cells (k, 3) one step wide where zero can be; starts with cells `coarse`, a power of two, wide."""
        axis = np.arange(0, self.cells, coarse, dtype=np.int64)
        cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        size = coarse
        while True:
            values = self.corner_values(cells, size)
            cells = cells[keep(values, math.sqrt(3) * size * self.step)]
            if size == 1:
                return cells
            size //= 2
            cells = (cells[:, None] + CORNERS[None] * size).reshape(-1, 3)
            cells = cells[(cells < self.cells).all(axis=1)]

    def follow(self, cells: Indices) -> NDArray[np.bool_]:
        """(n, n, n) mask of all cells that zero passes through and that are connected to the given ones."""
        crossed = np.zeros((self.cells,) * 3, dtype=bool)
        while len(cells):
            values = self.corner_values(cells, 1)
            through = crossing(values)
            cells, values = cells[through], values[through]
            crossed[tuple(cells.T)] = True
            found = [_beyond(cells, values, axis, side) for axis in range(3) for side in (0, 1)]
            ahead = np.concatenate(found)
            ahead = ahead[((ahead >= 0) & (ahead < self.cells)).all(axis=1)]
            ahead = ahead[~crossed[tuple(ahead.T)]]
            new = np.unique(np.ravel_multi_index(tuple(ahead.T), crossed.shape))
            cells = np.stack(np.unravel_index(new, crossed.shape), axis=1).astype(np.int64)
        return crossed

    def inside(self, vertices: NDArray[np.float64]) -> FloatArray:
        """(v,) the larger value at the two ends of the lattice edge that each vertex (v, 3) of a surface lies on."""
        place = np.clip((vertices + EXTENT) / self.step, 0, self.cells)
        # marching cubes has single precision, of which 1e-4 steps are left at 1024 cells
        low, high = np.floor(place + 1e-4).astype(np.int64), np.ceil(place - 1e-4).astype(np.int64)
        volume = self.volume()
        return np.asarray(np.maximum(volume[tuple(low.T)], volume[tuple(high.T)]))

    def volume(self) -> FloatArray:
        """All values as (n+1, n+1, n+1); zero where nothing was evaluated."""
        return self.values.reshape((self.cells + 1,) * 3)


def _beyond(cells: Indices, values: FloatArray, axis: int, side: int) -> Indices:
    """The neighbours across one face, of those cells whose zero set passes through that face."""
    through = crossing(values[:, CORNERS[:, axis] == side])
    offset = np.zeros(3, dtype=np.int64)
    offset[axis] = 2 * side - 1
    return cells[through] + offset
