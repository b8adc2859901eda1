"""Binary glTF against what was put into it, and normals against those of a ball."""

from __future__ import annotations

import io

import numpy as np
import trimesh

from cli.serve.meshes import glb, normals


def test_normals_of_a_ball_point_away_and_slivers_darken_nothing() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    assert (normals(ball.vertices, ball.faces) * ball.vertices).sum(axis=1).min() > 0.995
    a, b, c = ball.faces[0]
    vertices = np.vstack([ball.vertices, ball.vertices[[a, b]].mean(axis=0) + 1e-7])
    sliver = np.vstack([ball.faces, [[b, a, len(ball.vertices)]]])
    found = normals(vertices, sliver)[: len(ball.vertices)]
    assert (found * ball.vertices).sum(axis=1).min() > 0.995
    alone = normals(np.zeros((3, 3)), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(alone, [[0, 1, 0]] * 3)


def test_surfaces_and_points_come_back() -> None:
    box, points = trimesh.creation.box((1, 2, 3)), np.random.default_rng(0).uniform(-1, 1, (50, 3))
    scene = trimesh.load(io.BytesIO(glb({"a": (box.vertices, box.faces)})), file_type="glb")
    assert list(scene.geometry) == ["a"] and abs(scene.to_mesh().volume - 6) < 1e-5
    cloud = trimesh.load(io.BytesIO(glb({"b": (points, np.empty((0, 3), int))})), file_type="glb")
    np.testing.assert_allclose(cloud.geometry["b"].vertices, points, atol=1e-6)
    colors = np.tile(np.array([255, 0, 0, 255], np.uint8), (len(box.vertices), 1))
    red = trimesh.load(io.BytesIO(glb({"c": (box.vertices, box.faces)}, colors)), file_type="glb")
    assert (red.geometry["c"].visual.vertex_colors[:, :3] == (255, 0, 0)).all()
