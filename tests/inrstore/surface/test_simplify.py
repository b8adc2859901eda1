"""Fewer faces, against the shape's own area and volume, and trimesh's check of watertightness."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.surface import simplify as module
from inrstore.surface.extraction import extract_mesh
from inrstore.surface.simplify import simplify, watertight
from tests.inrstore.surface.test_extraction import Raw, torus, two

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def ring() -> Arrays:
    return extract_mesh(Raw(torus, "sdf"), "sdf", 64)


@pytest.mark.parametrize("count", [3000, 300])
def test_a_torus_of_fewer_faces_is_one_still(ring: Arrays, count: int) -> None:
    vertices, faces = simplify(*ring, count)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert 0.9 * count <= len(faces) <= count and len(np.unique(faces)) == len(vertices)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == 0
    assert mesh.volume == pytest.approx(2 * np.pi**2 * 0.65 * 0.0625, rel=0.05)


def test_far_from_the_origin_it_is_the_same(ring: Arrays) -> None:
    near, faces = simplify(*ring, 1000)
    far, others = simplify(ring[0] * 1e-3 + 50, ring[1], 1000)
    assert len(others) == len(faces) and np.abs((far - 50) * 1e3 - near).max() < 1e-3


def test_as_many_or_more_faces_than_there_are_change_nothing(ring: Arrays) -> None:
    for count in (len(ring[1]), 10**9):
        vertices, faces = simplify(*ring, count)
        assert vertices is ring[0] and faces is ring[1]
    with pytest.raises(BadInput, match="faces: 3 asked for"):
        simplify(*ring, 3)


def test_an_open_mesh_stays_open_and_keeps_its_area() -> None:
    x, y = np.meshgrid(np.linspace(0, 2, 41), np.linspace(0, 1, 21), indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
    corner = (np.arange(40)[:, None] * 21 + np.arange(20)).ravel()
    quads = np.stack([corner, corner + 21, corner + 22, corner + 1], axis=1)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    fewer = trimesh.Trimesh(*simplify(vertices, faces, 100), process=False)
    assert len(fewer.faces) <= 100 and fewer.area == pytest.approx(2, rel=0.03) and not fewer.is_watertight


def test_a_collapse_that_tears_is_not_taken(ring: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = module.fast_simplification.simplify, []

    def tearing(points: np.ndarray, faces: np.ndarray, target_count: int, agg: int) -> Arrays:
        tried.append(agg)
        found = real(points, faces, target_count=target_count, agg=agg)
        return found if agg < 5 else (found[0], found[1][1:])

    monkeypatch.setattr(module.fast_simplification, "simplify", tearing)
    assert watertight(simplify(*ring, 2000)[1]) and tried == [5, 3]
    monkeypatch.setattr(module.fast_simplification, "simplify", lambda p, f, target_count, agg: (p, f[1:]))
    assert len(simplify(*ring, 2000)[1]) == len(ring[1])


def test_watertight_is_what_trimesh_calls_so(ring: Arrays) -> None:
    faces = ring[1]
    turned = np.concatenate([faces[:1, ::-1], faces[1:]])
    twice = np.concatenate([faces, faces[:1]])
    for some, expected in ((faces, True), (faces[1:], False), (turned, False), (twice, False), (faces[:0], False)):
        mesh = trimesh.Trimesh(ring[0], some, process=False)
        assert watertight(some) is expected
        assert expected == bool(len(some) and mesh.is_watertight and mesh.is_winding_consistent)
    assert watertight(extract_mesh(Raw(two, "sdf"), "sdf", 48)[1])
