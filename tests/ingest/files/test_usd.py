"""USD stages against what they are said to be: polygons, transforms, instances, units, the upward axis."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Mesh
from ingest.files.load import load, load_objects
from inrstore.errors import BadInput
from inrstore.store import Store
from tests.ingest.runs import counts, run

pxr: Any = pytest.importorskip("pxr")
from pxr import Gf, Sdf, Usd, UsdGeom, UsdUtils  # noqa: E402


def box(stage: Any, path: str, size: tuple[float, float, float] = (1, 2, 3)) -> Any:
    """A box of quads."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr([(x * size[0], y * size[1], z * size[2]) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr([0, 1, 3, 2, 4, 6, 7, 5, 0, 4, 5, 1, 2, 3, 7, 6, 0, 2, 6, 4, 1, 5, 7, 3])
    return mesh


def new(path: Path, metres: float = 0.001, up: str = "Y") -> Any:
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, metres)
    UsdGeom.SetStageUpAxis(stage, up)
    return stage


def plate(path: Path) -> Path:
    """A bracket, a moved and turned instance of it, three nuts of an instancer, and what is not drawn."""
    stage = new(path)
    stage.CreateClassPrim("/part")
    box(stage, "/part/bracket")
    UsdGeom.Xform.Define(stage, "/plate")
    for number in range(2):
        one = UsdGeom.Xform.Define(stage, f"/plate/p{number}")
        one.AddTranslateOp().Set((0, 10 * number, 0))
        one.AddRotateZOp().Set(90 * number)
        one.GetPrim().GetReferences().AddInternalReference("/part")
        one.GetPrim().SetInstanceable(True)
    nuts = UsdGeom.PointInstancer.Define(stage, "/plate/nuts")
    box(stage, "/plate/nuts/protos/nut", (1, 1, 1))
    nuts.CreatePrototypesRel().SetTargets(["/plate/nuts/protos/nut"])
    nuts.CreateProtoIndicesAttr([0, 0, 0])
    nuts.CreatePositionsAttr([(0, 0, 50 + 5 * i) for i in range(3)])
    nuts.CreateOrientationsAttr([Gf.Quath(1, 0, 0, 0)] * 3)
    box(stage, "/plate/hidden").MakeInvisible()
    box(stage, "/plate/guide").CreatePurposeAttr("guide")
    UsdGeom.Camera.Define(stage, "/camera")
    stage.Save()
    return path


@pytest.mark.parametrize("suffix", ["usda", "usdc", "usd", "usdz"])
def test_a_stage_is_flattened_as_it_is_drawn(tmp_path: Path, suffix: str) -> None:
    path = plate(tmp_path / ("s.usdc" if suffix == "usdz" else f"s.{suffix}"))
    if suffix == "usdz":
        assert UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(path)), str(tmp_path / "s.usdz"))
    mesh = load(tmp_path / f"s.{suffix}")
    assert isinstance(mesh, Mesh) and (mesh.units, mesh.up) == ("mm", "y")
    solids = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert solids.volume == pytest.approx(2 * 6 + 3, rel=1e-6) and len(mesh.faces) == 5 * 12
    np.testing.assert_allclose(solids.bounds, ((-2, 0, 0), (1, 11, 61)), atol=1e-6)


def test_its_objects(tmp_path: Path) -> None:
    found = load_objects(plate(tmp_path / "s.usda"))
    assert [one.name for one in found] == ["bracket", "bracket", "nut", "nut", "nut"]
    assert found[1].transform is not None and found[4].transform is not None
    np.testing.assert_allclose(found[1].transform[:3], ((0, -1, 0, 0), (1, 0, 0, 10), (0, 0, 1, 0)), atol=1e-12)
    np.testing.assert_allclose(found[4].transform[:3, 3], (0, 0, 60))


def test_instances_are_one_shape_and_z_up_is_turned(store: Store, tmp_path: Path) -> None:
    plate(tmp_path / "s.usda")
    stage = new(tmp_path / "z.usda", 0.01, "Z")
    box(stage, "/a", (1, 2, 4))
    stage.Save()
    assert counts(run(store, tmp_path, scenes="parts")) == (3, 3, 0)
    by_name = {shape.name: shape for shape in store.shapes()}
    assert len(by_name["bracket"].sources) == 2 and len(by_name["nut"].sources) == 3
    assert by_name["z"].rotation is not None and by_name["bracket"].rotation is None
    assert by_name["z"].tags["units"] == "cm" and by_name["z"].center == pytest.approx((0.5, 1, 2))


def test_polygons_their_side_and_points(tmp_path: Path) -> None:
    stage = new(tmp_path / "p.usda")
    mesh = UsdGeom.Mesh.Define(stage, "/five")
    mesh.CreatePointsAttr([(0, 0, 0), (2, 0, 0), (2, 1, 0), (1, 2, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([5])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 3, 4])
    mesh.CreateOrientationAttr("leftHanded")
    stage.Save()
    found = load(tmp_path / "p.usda")
    assert isinstance(found, Mesh)
    flat = trimesh.Trimesh(found.vertices, found.faces, process=False)
    assert flat.area == pytest.approx(3) and (flat.face_normals[:, 2] < 0).all()
    stage = new(tmp_path / "c.usda")
    UsdGeom.Points.Define(stage, "/cloud").CreatePointsAttr([(i, i * i, 1) for i in range(9)])
    stage.Save()
    cloud = load(tmp_path / "c.usda")
    assert isinstance(cloud, Cloud) and len(cloud.points) == 9


def test_what_lies_outside_and_what_is_damaged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plate(tmp_path / "s.usda")
    (tmp_path / "in").mkdir()
    for name, target in (("in/out.usda", "../s.usda"), ("beside.usda", "./s.usda"), ("gone.usda", "./none.usda")):
        stage = new(tmp_path / name)
        stage.DefinePrim("/x").GetReferences().AddReference(target, "/plate")
        stage.Save()
    capfd.readouterr()
    assert isinstance(load(tmp_path / "beside.usda"), Mesh)
    with pytest.raises(BadInput, match="outside its own folder"):
        load(tmp_path / "in" / "out.usda")
    with pytest.raises(BadInput, match="not a file in its folder"):
        load(tmp_path / "gone.usda")
    plate(tmp_path / "s.usdc")
    for suffix in ("usda", "usdc"):
        cut = tmp_path / f"cut.{suffix}"
        cut.write_bytes((tmp_path / f"s.{suffix}").read_bytes()[:900])
        with pytest.raises(BadInput, match=rf"cut.{suffix}: damaged, cut short or not USD: \w"):
            load(cut)
    assert capfd.readouterr() == ("", "")


def test_a_missing_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate(tmp_path / "s.usda")
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(BadInput, match=r"install usd-core: pip install 'inrstore\[usd\]'"):
        load(tmp_path / "s.usda")
