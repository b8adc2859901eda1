"""Pieces of solids of known volumes."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.surface.pieces import Pieces, without_small_pieces


def box(size: float, x: float = 0, *, inside_out: bool = False) -> trimesh.Trimesh:
    made = trimesh.creation.box((size,) * 3).apply_translation((x, 5, -3))  # far from the origin
    if inside_out:
        made.invert()
    return made


def together(*solids: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    whole = trimesh.util.concatenate(solids)
    return np.asarray(whole.vertices, np.float64), np.asarray(whole.faces, np.int64)


def test_volumes_of_pieces_and_of_what_is_hollow() -> None:
    found = Pieces.of(*together(box(1), box(0.5, 2), box(0.6, inside_out=True)))
    assert sorted(found.volumes) == pytest.approx([-0.216, 0.125, 1])
    assert found.count == 2 and found.volume == pytest.approx(0.909)
    assert np.bincount(found.part).tolist() == [12, 12, 12]


def test_small_pieces_go_with_their_vertices_and_large_ones_stay() -> None:
    whole = together(box(1), box(0.5, 2), box(0.1, 4), box(0.1, inside_out=True))
    vertices, faces = without_small_pieces(*whole, 0.05)
    assert len(vertices) == 16 and faces.shape == (24, 3) and faces.max() == 15
    assert Pieces.of(vertices, faces).volumes == pytest.approx([1, 0.125])
    vertices, faces = without_small_pieces(*whole, 0.2)
    assert Pieces.of(vertices, faces).volumes == pytest.approx([1])
    assert without_small_pieces(*whole, 0)[1] is whole[1]
