"""Pictures of the objects of scenes: each its own, in its own frame and colours, one for all its instances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from trimesh.transformations import rotation_matrix, scale_matrix, translation_matrix
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load_objects
from ingest.sampling.normalise import normalise
from ingest.thumbnails import draw
from inrstore.pictures.webp import from_webp
from inrstore.store import Store
from tests.ingest.files.glb import write_primitives
from tests.ingest.runs import BOX, counts, run
from tests.ingest.test_thumbnails import shown

RED, GREEN, BLUE = range(3)
CONE = trimesh.creation.cone(1, 3)


def colored(mesh: trimesh.Trimesh, color: int) -> trimesh.Trimesh:
    found = mesh.copy()
    found.visual = TextureVisuals(material=PBRMaterial(baseColorFactor=[*np.eye(3)[color], 1.0]))
    return found


def write_scene(path: Path) -> Path:
    """A red box, and a blue cone three times: as it is, far away and turned, and larger."""
    scene = trimesh.Scene()
    scene.add_geometry(colored(BOX, RED), node_name="box", geom_name="box")
    scene.add_geometry(colored(CONE, BLUE), node_name="cone", geom_name="cone")
    far = translation_matrix((90, 5, 0)) @ rotation_matrix(1.0, (1, 2, 3))
    scene.graph.update("far", matrix=far, geometry="cone")
    scene.graph.update("large", matrix=translation_matrix((-30, 0, 0)) @ scale_matrix(4), geometry="cone")
    scene.export(path)
    return path


def dominant(image: np.ndarray, color: int) -> np.ndarray:
    """Where one channel is far above the others."""
    others = image[..., [c for c in range(3) if c != color]].max(axis=2)
    return np.asarray(image[..., color].astype(int) - others > 60)


def picture(store: Store, name: str) -> np.ndarray:
    shape = next(shape for shape in store if shape.name == name)
    return np.asarray(from_webp(store.thumbnails([shape.key])[shape.key]))


def test_each_part_has_its_own_picture_in_its_own_colours(store: Store, tmp_path: Path) -> None:
    path = write_scene(tmp_path / "a.glb")
    assert counts(run(store, path, scenes="parts", thumbnails=None)) == (2, 2, 0)
    for name, mesh, color in (("box", BOX, RED), ("cone", CONE, BLUE)):
        image = picture(store, name)
        alone = normalise(Mesh(np.asarray(mesh.vertices), np.asarray(mesh.faces)))
        where = shown(draw(alone.geometry, alone).astype(int))
        assert dominant(image, color).mean() > 0.1 and not dominant(image, 2 - color).any()
        assert (dominant(image, color) ^ where).mean() < 0.05, "in its own frame"
    assert len(store.thumbnail_keys()) == 2 and store.verify().problems == []


def test_parts_can_do_without_and_get_theirs_later(store: Store, tmp_path: Path) -> None:
    path = write_scene(tmp_path / "a.glb")
    assert counts(run(store, path, scenes="parts", thumbnails=False)) == (2, 2, 0)
    assert len(store.thumbnail_keys()) == 0
    assert counts(run(store, path, scenes="parts", thumbnails=True)) == (2, 2, 0)
    assert len(store.thumbnail_keys()) == 2 and dominant(picture(store, "cone"), BLUE).mean() > 0.1
    assert counts(run(store, path, scenes="parts", thumbnails=True)) == (0, 4, 0)


@pytest.mark.parametrize("materials", [True, False])
def test_a_mesh_of_several_primitives_is_one_object_with_all_its_colours(tmp_path: Path, materials: bool) -> None:
    path = write_primitives(tmp_path / "a.glb", [[BOX, CONE], [CONE]], materials)
    for appearance in (False, True):
        pair, single = load_objects(path, Limits(appearance=appearance))
        assert isinstance(pair.geometry, Mesh) and isinstance(single.geometry, Mesh)
        assert (pair.name, single.name) == ("mesh a", "mesh b")
        assert len(pair.geometry.faces) == len(BOX.faces) + len(CONE.faces) and len(single.geometry.faces) == len(
            CONE.faces
        )
        assert (pair.geometry.appearance is not None) == (appearance and materials)
        if pair.geometry.appearance is not None and single.geometry.appearance is not None:
            colors = [tuple(np.round(one.color)) for one in pair.geometry.appearance.materials]
            assert colors == [(1, 0, 0), (0, 1, 0)]
            assert tuple(np.round(single.geometry.appearance.materials[0].color)) == (0, 0, 1)


def test_an_object_of_an_obj_keeps_the_colours_of_all_its_materials(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 1 0 0\nnewmtl blue\nKd 0 0 1\n")
    lines, start = ["mtllib a.mtl"], 1
    for name, pieces in (("lamp_1", [("red", BOX), ("blue", CONE)]), ("lamp", [("blue", BOX)])):
        lines.append(f"o {name}")
        for material, mesh in pieces:
            lines += [f"v {x} {y} {z}" for x, y, z in mesh.vertices]
            lines += [f"usemtl {material}", *(f"f {a} {b} {c}" for a, b, c in mesh.faces + start)]
            start += len(mesh.vertices)
    (tmp_path / "a.obj").write_text("\n".join(lines))
    for appearance in (False, True):
        first, second = load_objects(tmp_path / "a.obj", Limits(appearance=appearance))
        assert isinstance(first.geometry, Mesh) and isinstance(second.geometry, Mesh)
        assert (first.name, len(first.geometry.faces)) == ("lamp_1", len(BOX.faces) + len(CONE.faces))
        assert (second.name, len(second.geometry.faces)) == ("lamp", len(BOX.faces))
        if appearance:
            assert first.geometry.appearance is not None and second.geometry.appearance is not None
            assert [tuple(m.color) for m in first.geometry.appearance.materials] == [(1, 0, 0), (0, 0, 1)]
            assert [tuple(m.color) for m in second.geometry.appearance.materials] == [(0, 0, 1)]


def test_a_stage_with_z_up_is_upright(store: Store, tmp_path: Path) -> None:
    """A cone along z, of a stage that says z is up, and two of them as parts."""
    usd = pytest.importorskip("pxr.Usd")
    geom = pytest.importorskip("pxr.UsdGeom")
    stage = usd.Stage.CreateNew(str(tmp_path / "a.usda"))
    geom.SetStageUpAxis(stage, geom.Tokens.z)
    for name, mesh in (("cone", CONE), ("box", BOX)):
        prim = geom.Mesh.Define(stage, f"/{name}")
        prim.CreatePointsAttr([tuple(map(float, point)) for point in mesh.vertices])
        prim.CreateFaceVertexCountsAttr([3] * len(mesh.faces))
        prim.CreateFaceVertexIndicesAttr(mesh.faces.ravel().tolist())
    stage.Save()
    assert counts(run(store, tmp_path / "a.usda", scenes="parts", thumbnails=None)) == (2, 0, 0)
    rows = shown(picture(store, "cone").astype(int)).sum(axis=1)
    filled = np.flatnonzero(rows)
    assert rows[filled[0] + 10] < rows[filled[-1] - 40] / 3, "its tip is above"
