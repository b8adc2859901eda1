"""One id for one shape, whatever noise other places, sizes and formats bring; another for another."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Geometry, Mesh, Voxels
from ingest.sampling import content
from ingest.sampling.content import content_hash, content_hashes
from ingest.sampling.normalise import normalise


def single(points: np.ndarray) -> np.ndarray:
    """As a file of float32 has them."""
    return points.astype(np.float32).astype(np.float64)


def hashes(vertices: np.ndarray, faces: np.ndarray | None = None) -> list[str]:
    geometry: Geometry = Cloud(vertices) if faces is None else Mesh(vertices, np.asarray(faces, np.int64))
    return content_hashes(normalise(geometry).geometry)


def bodies(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray | None]]:
    sphere, box = trimesh.creation.icosphere(int(rng.integers(1, 5))), trimesh.creation.box((1, 2, 3))
    bent = sphere.vertices * rng.uniform(0.2, 2, 3) + 0.2 * np.sin(3 * sphere.vertices)
    return [(bent, sphere.faces), (box.vertices * rng.uniform(0.2, 2, 3), box.faces), (bent, None)]


@pytest.mark.parametrize("seed", range(30))
def test_a_shape_that_is_moved_and_scaled_knows_its_other_id(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for vertices, faces in bodies(rng):
        here = single(vertices)
        found = hashes(here, faces)
        for scale, shift in ((1.0, 1e-3), (1 + 1e-3 * rng.normal(), 0), (10 ** rng.uniform(-3, 3), 1)):
            there = single((here + shift * rng.normal(size=3)) * scale)
            other = hashes(there, faces)
            assert found[0] in other and other[0] in found


@pytest.mark.parametrize("seed", range(5))
def test_two_sides_of_a_border(seed: int) -> None:
    """Wherever rounding splits what differs by a billionth, each side has the other's id among its own."""
    vertices, faces = bodies(np.random.default_rng(seed))[0]

    def stretched(by: float) -> list[str]:
        return hashes(vertices * (1, 1, 1 + by), faces)

    low, high = 0.0, 0.01
    assert stretched(low)[0] not in stretched(high)
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if stretched(middle)[0] == stretched(low)[0] else (low, middle)
    one, other = stretched(low), stretched(high)
    assert one[0] != other[0] and one[0] in other and other[0] in one


def test_few_ids_are_in_doubt() -> None:
    counts = [len(hashes(*body)) for seed in range(20) for body in bodies(np.random.default_rng(seed))]
    assert max(counts) <= 2**content.MOST_DOUBTS and np.mean(counts) < 6


def test_a_small_dent_is_another_shape_and_no_twin() -> None:
    sphere = trimesh.creation.icosphere(4)
    found = set(hashes(sphere.vertices, sphere.faces))
    for vertex in range(0, len(sphere.vertices), 97):
        dented = sphere.vertices.copy()
        dented[vertex] *= 0.99
        assert not found & set(hashes(dented, sphere.faces))


def test_ids_of_stores_that_are_there_stay() -> None:
    """Written out as it was before twins: sizes and rounded sums, one after the other."""
    sphere = trimesh.creation.icosphere(2)
    mesh = normalise(Mesh(sphere.vertices * (1, 2, 3), np.asarray(sphere.faces, np.int64))).geometry
    assert isinstance(mesh, Mesh)
    rng = np.random.RandomState(20230211)
    directions, phases = rng.normal(size=(3, 8)) * 16.0, rng.uniform(0, 2 * np.pi, 8)
    digest = hashlib.sha256(b"mesh")
    for points in (mesh.vertices, mesh.vertices[mesh.faces].mean(axis=1)):
        sums = np.cos(points @ directions + phases).sum(axis=0) / np.sqrt(len(points))
        digest.update(np.array([len(points)], "<i8").tobytes() + np.round(sums / 1e-3).astype("<i8").tobytes())
    assert content_hash(mesh) == digest.hexdigest()


def test_voxels_have_one() -> None:
    assert len(content_hashes(Voxels.centred(np.ones((3, 4, 5), bool)))) == 1
