"""Points of a surface with their parts: where they lie, how many of each, and the same each time."""

from __future__ import annotations

import numpy as np
import trimesh

from ingest.files.geometry import Cloud, Mesh
from ingest.files.part_labels import Parted
from ingest.sampling.normalise import normalise
from ingest.sampling.part_labels import sample_parts
from inrstore.network.packing import unpack_points
from inrstore.records import PART_POINTS


def test_points_of_a_mesh_are_even_and_in_its_frame() -> None:
    """A bar along x far from the origin, Z up: its two ends, and its long sides in two halves."""
    bar = trimesh.creation.box((8, 1, 1)).subdivide().subdivide().apply_translation((100, 200, 300))
    mesh = Mesh(np.asarray(bar.vertices), np.asarray(bar.faces))
    part = np.where(np.abs(bar.face_normals[:, 0]) > 0.5, 0, np.where(bar.triangles_center[:, 0] < 100, 1, 2))
    frame = normalise(mesh, "z").frame
    found = sample_parts(Parted(mesh, part, ("end", "left", "right")), frame, np.random.default_rng(0))
    points = unpack_points(found.points)
    assert len(np.unique(found.points, axis=0)) > 0.9 * PART_POINTS  # anywhere on a triangle, not at its corners
    assert points.shape == (PART_POINTS, 3) and found.part.dtype == np.uint8
    share = np.bincount(found.part, minlength=3) / PART_POINTS
    np.testing.assert_allclose(share, np.array([2, 16, 16]) / 34, atol=0.03)
    source = (points * frame.scale) @ np.array(frame.rotation).reshape(3, 3) + np.array(frame.center)
    local = (source - [100, 200, 300]) / [4, 0.5, 0.5]
    np.testing.assert_allclose(np.abs(local).max(axis=1), 1, atol=1e-3)  # on the surface
    assert (np.sign(local[found.part == 1, 0]) < 0.01).all() and (local[found.part == 2, 0] > -0.01).all()
    np.testing.assert_allclose(np.abs(local[found.part == 0, 0]), 1, atol=1e-3)
    again = sample_parts(Parted(mesh, part, ("end", "left", "right")), frame, np.random.default_rng(0))
    np.testing.assert_array_equal(again.points, found.points)


def test_points_of_a_cloud_keep_their_parts() -> None:
    rng = np.random.default_rng(0)
    for count in (300, 5_000):
        points = rng.normal(size=(count, 3))
        points[0] = np.nan
        cloud, part = Cloud(points), (points[:, 0] > 0).astype(int)
        frame = normalise(cloud).frame
        found = sample_parts(Parted(cloud, part, ("low", "high")), frame, np.random.default_rng(1))
        back = unpack_points(found.points) * frame.scale + np.array(frame.center)
        distance = np.abs(back[:, None, :1] - points[None, 1:400, :1]).min() if count > 300 else 0.0
        assert np.isfinite(back).all() and distance < 1e-3
        sure = np.abs(back[:, 0]) > 1e-3
        np.testing.assert_array_equal(found.part[sure], (back[sure, 0] > 0).astype(int))
        assert len(np.unique(found.points, axis=0)) <= min(count, PART_POINTS)
