"""binvox: the grid that the file holds, in the frame that the format says, and nothing for a header that lies."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from trimesh.exchange.binvox import load_binvox

from ingest.files.geometry import Voxels
from ingest.files.load import load
from inrstore.errors import BadInput

HEADER = b"#binvox 1\ndim 4 6 5\ntranslate 1 2 3\nscale 12\ndata\n"
GRID = np.random.default_rng(1).random((4, 6, 5)) > 0.5


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def runs(grid: np.ndarray = GRID) -> bytes:
    """A run a cell: x slowest, then z, then y."""
    return b"".join(bytes([cell, 1]) for cell in grid.transpose(0, 2, 1).ravel().astype(np.uint8))


def test_axes_and_frame(tmp_path: Path) -> None:
    path = written(tmp_path / "v.binvox", HEADER + runs())
    voxels = load(path)
    assert isinstance(voxels, Voxels)
    np.testing.assert_array_equal(voxels.grid, GRID)
    assert voxels.pitch == 2  # the longest side is 12 long, of 6 cells
    np.testing.assert_allclose(voxels.origin, (2, 3, 4))  # half a cell from the corner


def test_a_cube_is_that_of_trimesh(tmp_path: Path) -> None:
    grid = np.random.default_rng(2).random((5, 5, 5)) > 0.5
    path = written(tmp_path / "v.binvox", HEADER.replace(b"4 6 5", b"5 5 5") + runs(grid))
    voxels = load(path)
    assert isinstance(voxels, Voxels)
    with path.open("rb") as file:
        np.testing.assert_array_equal(voxels.grid, load_binvox(file).matrix)


def test_any_byte_but_zero_is_occupied_and_runs_may_be_long_or_empty(tmp_path: Path) -> None:
    content = HEADER + bytes([7, 100, 0, 0, 0, 20])
    grid = np.zeros(120, bool)
    grid[:100] = True
    voxels = load(written(tmp_path / "v.binvox", content))
    assert isinstance(voxels, Voxels)
    np.testing.assert_array_equal(voxels.grid, grid.reshape(4, 5, 6).transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEADER + runs()[:-2], "holds 119 cells where its header says 120"),
        (HEADER + runs() + b"\x01\x01", "holds 121 cells"),
        (HEADER, "holds 0 cells"),
        (HEADER.replace(b"4 6 5", b"10000 10000 10000") + runs(), "10000 x 10000 x 10000 cells"),
        (HEADER.replace(b"4 6 5", b"4 6 0") + runs(), "4 x 6 x 0 cells"),
        (HEADER.replace(b"4 6 5", b"4 6 -5") + runs(), "cells are read"),
        (HEADER.replace(b"4 6 5", b"%d 6 5" % 10**30) + runs(), "damaged"),
        (HEADER.replace(b"4 6 5", b"4 6") + runs(), "dim has 2 numbers"),
        (HEADER.replace(b"dim 4 6 5\n", b"") + runs(), "dim"),
        (HEADER.replace(b"scale 12", b"scale nan") + runs(), "scale or translate"),
        (HEADER.replace(b"scale 12", b"scale 0") + runs(), "scale or translate"),
        (HEADER.replace(b"1 2 3", b"1 inf 3") + runs(), "scale or translate"),
        (HEADER.replace(b"1 2 3", b"1 2") + runs(), "scale or translate"),
        (HEADER.replace(b"data\n", b"") + runs(), "no data line"),
        (HEADER.replace(b"#binvox", b"#voxels") + runs(), "not in the binvox format"),
    ],
)
def test_what_lies_or_is_cut_short_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        load(written(tmp_path / "v.binvox", content))


def test_a_header_of_terabytes_costs_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "v.binvox", HEADER.replace(b"4 6 5", b"10000 10000 10000") + b"\x01\xff" * 1_000)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="cells are read"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
