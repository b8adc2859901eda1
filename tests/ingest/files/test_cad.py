"""STEP and IGES against what their solids are, in every unit; assemblies; what is damaged."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load, load_objects
from inrstore.errors import BadInput
from inrstore.store import Store
from tests.ingest.runs import counts, run

from . import iges, step

pytest.importorskip("cascadio")


def mesh_of(path: Path, text: str) -> Mesh:
    path.write_text(text)
    found = load(path)
    assert isinstance(found, Mesh)
    return found


@pytest.mark.parametrize("unit, name", [(step.MILLIMETRE, "mm"), (step.METRE, "m"), (step.INCH, "inch")])
def test_a_box_in_its_own_unit(tmp_path: Path, unit: str, name: str) -> None:
    mesh = mesh_of(tmp_path / "b.STEP", step.box_file((1, 2, 3), unit))
    assert mesh.units == name and len(mesh.faces) == 12
    np.testing.assert_allclose(mesh.vertices.max(axis=0), (1, 2, 3), rtol=1e-6)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert solid.is_watertight and solid.volume == pytest.approx(6, rel=1e-6)


@pytest.mark.parametrize("unit", ["mm", "m", "inch"])
def test_an_iges_box_in_its_own_unit(tmp_path: Path, unit: str) -> None:
    mesh = mesh_of(tmp_path / "b.igs", iges.box_file((1, 2, 3), unit))
    assert mesh.units == unit
    np.testing.assert_allclose(mesh.vertices.max(axis=0), (1, 2, 3), rtol=1e-6)
    assert trimesh.Trimesh(mesh.vertices, mesh.faces).area == pytest.approx(22, rel=1e-6)


@pytest.mark.parametrize("radius", [0.01, 1.0, 1e4])
def test_tiny_and_huge_parts_fare_alike(tmp_path: Path, radius: float) -> None:
    mesh = mesh_of(tmp_path / "c.stp", step.cylinder_file(radius, 3 * radius))
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert solid.volume == pytest.approx(math.pi * radius**2 * 3 * radius, rel=5e-3)
    assert 200 < len(mesh.faces) < 1000


def test_the_parts_of_an_assembly(tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text(step.assembly_file())
    found = load_objects(tmp_path / "a.step")
    assert [one.name for one in found] == ["first", "second", "third", "pin"]
    places = [np.eye(4) if one.transform is None else one.transform for one in found]
    np.testing.assert_allclose([place[:3, 3] for place in places], [(0, 0, 0), (100, 0, 0), (0, 100, 0), (0, 0, 200)])
    np.testing.assert_allclose(places[2][:3, :3], ((0, -1, 0), (1, 0, 0), (0, 0, 1)), atol=1e-12)
    whole = load(tmp_path / "a.step")
    assert isinstance(whole, Mesh) and whole.units == "mm"
    solids = trimesh.Trimesh(whole.vertices, whole.faces)
    assert solids.volume == pytest.approx(3 * 6000 + math.pi * 16 * 9, rel=1e-3)
    np.testing.assert_allclose(solids.bounds[:, 0], (-20, 110), atol=1e-5)


def test_instances_in_an_assembly_are_one_shape(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text(step.assembly_file())
    assert counts(run(store, tmp_path, scenes="parts")) == (2, 2, 0)
    assert [len(shape.sources) for shape in store.shapes()] == [3, 1]
    assert {shape.tags["units"] for shape in store.shapes()} == {"mm"}


@pytest.mark.parametrize("name", ["cut.step", "noise.step", "cut.igs", "noise.igs"])
def test_damaged_files_are_refused_and_nothing_is_printed(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    text = step.box_file() if name.endswith("step") else iges.box_file()
    (tmp_path / name).write_text(text[:3000] if name.startswith("cut") else "noise\n" * 100)
    with pytest.raises(BadInput, match=name):
        load(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_a_missing_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cascadio", None)
    (tmp_path / "b.step").write_text(step.box_file())
    with pytest.raises(BadInput, match=r"install cascadio: pip install 'inrstore\[cad\]'"):
        load(tmp_path / "b.step")


def test_the_colour_of_a_solid_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    """A styled item of AP214, for the solid of a file that has none."""
    text = step.box_file((1, 2, 3))
    last = max(map(int, re.findall(r"#(\d+)\s*=", text)))
    solid, context = (re.search(rf"#(\d+)={name}", text) for name in ("MANIFOLD", r"\( GEOMETRIC_REPRESENTATION_CON"))
    assert solid and context
    entities = (
        "COLOUR_RGB('',0.9,0.5,0.1)",
        "FILL_AREA_STYLE_COLOUR('',#{0})",
        "FILL_AREA_STYLE('',(#{0}))",
        "SURFACE_STYLE_FILL_AREA(#{0})",
        "SURFACE_SIDE_STYLE('',(#{0}))",
        "SURFACE_STYLE_USAGE(.BOTH.,#{0})",
        "PRESENTATION_STYLE_ASSIGNMENT((#{0}))",
        f"STYLED_ITEM('',(#{{0}}),#{solid[1]})",
        f"MECHANICAL_DESIGN_GEOMETRIC_PRESENTATION_REPRESENTATION('',(#{{0}}),#{context[1]})",
    )
    lines = "".join(f"#{n}={entity.format(n - 1)};\n" for n, entity in enumerate(entities, last + 1))
    at = text.rindex("ENDSEC;")
    path = tmp_path / "c.step"
    path.write_text(text[:at] + lines + text[at:])
    (one,) = load_objects(path, Limits(appearance=True))
    for mesh in (load(path, Limits(appearance=True)), one.geometry):
        assert isinstance(mesh, Mesh) and mesh.appearance is not None and len(mesh.faces) == 12
        np.testing.assert_allclose(mesh.appearance.materials[0].color, (0.9, 0.5, 0.1), atol=0.02)
    plain = load(path)
    assert isinstance(plain, Mesh) and plain.appearance is None
