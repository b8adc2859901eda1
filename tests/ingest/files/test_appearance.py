"""Colours of meshes: each where the file has it, whatever is damaged, and never a change of the geometry."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.transformations import translation_matrix
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from ingest.files import appearance
from ingest.files.appearance import EXPOSURE
from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load

COLORED = Limits(appearance=True)
SQUARE = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], float)
FACES = np.array([(0, 1, 2), (0, 2, 3)])
RED, GREEN, BLUE, GOLD = (220, 30, 20), (20, 200, 40), (10, 40, 230), (230, 180, 20)


def read(path: Path, limits: Limits = COLORED) -> Mesh:
    mesh = load(path, limits)
    assert isinstance(mesh, Mesh)
    return mesh


def colors(mesh: Mesh, shares: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)) -> np.ndarray:
    """(f, 3) of 0 to 255 at one place of each face."""
    assert mesh.appearance is not None
    n = len(mesh.faces)
    found = mesh.appearance.paint(mesh.faces)(np.arange(n), np.tile(np.array(shares, np.float32), (n, 1)))
    assert found.dtype == np.float32
    return np.asarray(found) / EXPOSURE * 255


def has_texture(mesh: Mesh) -> bool:
    return mesh.appearance is not None and any(material.texture for material in mesh.appearance.materials)


def quarters() -> Image.Image:
    """Upper left red, upper right green, lower left blue, lower right gold; too large to be a palette."""
    image = Image.new("RGB", (200, 200))
    for color, corner in ((RED, (0, 0)), (GREEN, (100, 0)), (BLUE, (0, 100)), (GOLD, (100, 100))):
        image.paste(color, (*corner, corner[0] + 100, corner[1] + 100))
    return image


def textured(path: Path, image: Image.Image | None = None, uv: np.ndarray | None = None) -> Path:
    """A square with an image on it; the first face is the lower right half of it, the second the upper left one."""
    uv = SQUARE[:, :2] if uv is None else uv
    glb = path.suffix in (".glb", ".gltf")
    picture = image or quarters()
    material = PBRMaterial(baseColorTexture=picture) if glb else SimpleMaterial(image=picture)
    mesh = trimesh.Trimesh(SQUARE, FACES, process=False, visual=TextureVisuals(uv=uv, material=material))
    path.parent.mkdir(exist_ok=True)
    mesh.export(path)
    return path


@pytest.mark.parametrize("suffix", ["obj", "glb", "gltf"])
def test_textures_are_where_their_coordinates_say(tmp_path: Path, suffix: str) -> None:
    mesh = read(textured(tmp_path / "in" / f"a.{suffix}"))
    for shares, wanted in (((0.9, 0.05, 0.05), (BLUE, BLUE)), ((0.05, 0.9, 0.05), (GOLD, GREEN))):
        assert np.allclose(colors(mesh, shares), wanted, atol=8)
    assert np.allclose(colors(mesh, (0.05, 0.05, 0.9)), (GREEN, RED), atol=8)


def test_coordinates_beyond_the_image_begin_it_anew(tmp_path: Path) -> None:
    mesh = read(textured(tmp_path / "a.glb", uv=SQUARE[:, :2] + [3, -2]))
    assert np.allclose(colors(mesh, (0.9, 0.05, 0.05)), (BLUE, BLUE), atol=8)


def test_a_palette_s_colours_do_not_run_into_each_other(tmp_path: Path) -> None:
    palette = Image.new("RGB", (2, 1), RED)
    palette.putpixel((1, 0), BLUE)
    mesh = read(textured(tmp_path / "a.glb", palette, np.array([(0.26, 0.5), (0.26, 0.5), (0.49, 0.5), (0.49, 0.5)])))
    assert np.allclose(colors(mesh), (RED, RED), atol=2)


@pytest.mark.parametrize("suffix", ["ply", "glb", "obj"])
def test_colours_of_vertices(tmp_path: Path, suffix: str) -> None:
    mesh = trimesh.Trimesh(SQUARE, FACES, process=False, vertex_colors=[RED, GREEN, BLUE, GOLD])
    mesh.export(tmp_path / f"a.{suffix}")
    found = read(tmp_path / f"a.{suffix}")
    linear = 255 * (np.array([RED, RED]) / 255) ** (1 / 2.2)  # what glTF says is not what a screen shows
    assert np.allclose(colors(found, (1, 0, 0)), linear if suffix == "glb" else (RED, RED), atol=9)
    if suffix != "glb":
        assert np.allclose(colors(found), [np.mean([RED, GREEN, BLUE], 0), np.mean([RED, BLUE, GOLD], 0)], atol=2)


def test_colours_of_faces(tmp_path: Path) -> None:
    trimesh.Trimesh(SQUARE, FACES, process=False, face_colors=[RED, GREEN]).export(tmp_path / "a.ply")
    assert np.allclose(colors(read(tmp_path / "a.ply")), (RED, GREEN), atol=1)


def painted(color: tuple[float, float, float], suffix: str) -> trimesh.Trimesh:
    material = PBRMaterial(baseColorFactor=[*color, 1.0]) if suffix == "glb" else SimpleMaterial(diffuse=[*color, 1.0])
    return trimesh.Trimesh(SQUARE, FACES, process=False, visual=TextureVisuals(material=material))


def test_materials_survive_the_flattening_of_a_scene(tmp_path: Path) -> None:
    """Two things, one of them twice."""
    scene = trimesh.Scene()
    scene.add_geometry(painted((1, 0, 0), "glb"), node_name="a", geom_name="a")
    away = translation_matrix((5, 0, 0))
    scene.add_geometry(painted((0, 0.2, 1), "glb"), node_name="b", geom_name="b", transform=away)
    scene.graph.update(frame_to="a again", geometry="a", matrix=translation_matrix((10, 0, 0)))
    scene.export(tmp_path / "a.glb")
    mesh = read(tmp_path / "a.glb")
    blue = (0, 255 * (1.055 * 0.2 ** (1 / 2.4) - 0.055), 255)
    places = mesh.vertices[mesh.faces].mean(axis=1)[:, 0]
    wanted = np.where(((places > 4) & (places < 8))[:, None], blue, (255, 0, 0))
    assert len(mesh.faces) == 6 and np.allclose(colors(mesh), wanted, atol=2)
    assert mesh.appearance is not None and len(mesh.appearance.materials) == 2


OBJ = "mtllib a.mtl\n" + "".join(f"v {x} {y} {z}\n" for x, y, z in SQUARE)
HALVES = OBJ + "usemtl red\nf 1 2 3\nusemtl green\nf 1 3 4\n"


def test_materials_of_an_obj(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(HALVES)
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 1 0 0\nnewmtl green\nKd 0 0.5 0\n")
    mesh = read(tmp_path / "a.obj")
    lower = mesh.vertices[mesh.faces].mean(axis=1)[:, 1] < 0.5  # faces come by the material
    assert np.allclose(colors(mesh), np.where(lower[:, None], (255, 0, 0), (0, 127, 0)), atol=1)


def test_colours_of_a_3mf(tmp_path: Path) -> None:
    core = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    more = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in SQUARE)
    triangles = '<triangle v1="0" v2="1" v3="2"/><triangle v1="0" v2="2" v3="3" pid="2" p1="1"/>'
    (tmp_path / "model").write_text(
        f'<model xmlns="{core}" xmlns:m="{more}"><resources>'
        '<basematerials id="1"><base name="a" displaycolor="#DC1E14FF"/></basematerials>'
        '<m:colorgroup id="2"><m:color color="#000000"/><m:color color="#14C828"/></m:colorgroup>'
        f'<object id="3" pid="1" pindex="0"><mesh><vertices>{vertices}</vertices>'
        f'<triangles>{triangles}</triangles></mesh></object></resources><build><item objectid="3"/></build></model>'
    )
    with zipfile.ZipFile(tmp_path / "a.3mf", "w") as archive:
        archive.write(tmp_path / "model", "3D/3dmodel.model")
    assert np.allclose(colors(read(tmp_path / "a.3mf")), (RED, GREEN), atol=1)


@pytest.mark.parametrize("suffix", ["obj", "stl", "off", "glb", "3mf", "dae", "ply"])
def test_a_mesh_without_colours_has_none(tmp_path: Path, suffix: str) -> None:
    trimesh.Trimesh(SQUARE, FACES, process=False).export(tmp_path / f"a.{suffix}")
    found = read(tmp_path / f"a.{suffix}")
    assert found.appearance is None or suffix == "dae"  # trimesh gives every DAE a material


def test_texture_coordinates_alone_are_no_colour(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ.partition("\n")[2] + "vt 0 0\nvt 1 0\nvt 1 1\nf 1/1 2/2 3/3\n")
    assert read(tmp_path / "a.obj").appearance is None


def missing(folder: Path) -> None:
    next(folder.glob("*.png")).unlink()


def cut(folder: Path) -> None:
    image = next(folder.glob("*.png"))
    image.write_bytes(image.read_bytes()[:60])


def outside(folder: Path) -> None:
    image = next(folder.glob("*.png"))
    image.rename(folder.parent / "outside.png")
    (material,) = folder.glob("*.mtl")
    material.write_text(material.read_text().replace(image.name, "../outside.png"))


def none(folder: Path) -> None:
    next(folder.glob("*.mtl")).unlink()


def nonsense(folder: Path) -> None:
    next(folder.glob("*.mtl")).write_bytes(b"Kd 1 2\nnewmtl\nmap_Kd\nKd x y z\n\xff\x00")


@pytest.mark.parametrize("damage", [missing, cut, outside, none, nonsense])
def test_what_cannot_be_read_costs_only_the_colours(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = textured(tmp_path / "in" / "a.obj")
    damage(path.parent)
    mesh = read(path)
    assert len(mesh.faces) == 2 and not has_texture(mesh)


def test_a_gltf_that_names_a_material_that_is_not_there_keeps_its_geometry(tmp_path: Path) -> None:
    path = textured(tmp_path / "in" / "a.gltf")
    path.write_text(path.read_text().replace('"material": 0', '"material": 7').replace('"material":0', '"material":7'))
    assert len(read(path).faces) == 2 and read(path).appearance is None


def test_images_named_as_other_machines_do_are_found(tmp_path: Path) -> None:
    for name in ("textures\\quarters.png", "C:\\work\\quarters.png", "-s 1 1 1 quarters.png", "QUARTERS/quarters.png"):
        folder = tmp_path / name[:2].strip()
        folder.mkdir(exist_ok=True)
        place = folder / ("textures" if name.startswith("textures") else "")
        place.mkdir(exist_ok=True)
        quarters().save(place / "quarters.png")
        (folder / "a.mtl").write_text(f"newmtl m\nmap_Kd {name}\n")
        (folder / "a.obj").write_text(OBJ + "vt 0 0\nvt 1 0\nvt 1 1\nusemtl m\nf 1/1 2/2 3/3\n")
        assert np.allclose(colors(read(folder / "a.obj"), (0.9, 0.05, 0.05)), [BLUE], atol=8), name


def test_huge_images_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = textured(tmp_path / "in" / "a.obj")
    monkeypatch.setattr(appearance, "MAX_PIXELS", 200 * 200 - 1)
    assert not has_texture(read(path))
    monkeypatch.setattr(appearance, "MAX_PIXELS", 200 * 200)
    monkeypatch.setattr(appearance, "TEXTURE_SIDE", 100)
    reduced = read(path).appearance
    assert reduced is not None and reduced.materials[0].texture is not None
    assert reduced.materials[0].texture.pixels.shape == (100, 100, 3)


def test_a_bomb_of_an_image_is_refused_by_its_head(tmp_path: Path) -> None:
    """A PNG that says it has 60,000 by 60,000 pixels."""
    path = textured(tmp_path / "in" / "a.obj")
    (image,) = path.parent.glob("*.png")
    content = bytearray(image.read_bytes())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    image.write_bytes(content)
    assert not has_texture(read(path))


@pytest.mark.parametrize("suffix", ["obj", "glb", "gltf", "ply", "3mf", "dae"])
def test_the_geometry_is_the_same_with_and_without(tmp_path: Path, suffix: str) -> None:
    scene = trimesh.Scene([trimesh.creation.icosphere(2), trimesh.creation.box()])
    rng = np.random.default_rng(0)
    for mesh in scene.geometry.values():
        uv = rng.uniform(size=(len(mesh.vertices), 2))
        kind = PBRMaterial(baseColorTexture=quarters()) if suffix == "glb" else SimpleMaterial(image=quarters())
        mesh.visual = TextureVisuals(uv=uv, material=kind)
    flat = suffix in ("ply", "dae")
    path = tmp_path / f"a.{suffix}"
    (next(iter(scene.geometry.values())) if flat else scene).export(path)
    plain, colored = read(path, Limits()), read(path)
    assert plain.appearance is None
    assert np.array_equal(plain.vertices, colored.vertices) and np.array_equal(plain.faces, colored.faces)


def test_the_geometry_of_an_obj_of_many_materials_is_the_same(tmp_path: Path) -> None:
    """Their names become those of its parts, which must not change the parts' order."""
    text = io.StringIO(OBJ)
    text.seek(0, io.SEEK_END)
    for number in (3, 1, 2, 0, 9, 5):
        text.write(f"usemtl m{number}\nf 1 2 3\nf {number % 2 + 1} 3 4\n")
    (tmp_path / "a.obj").write_text(text.getvalue())
    (tmp_path / "a.mtl").write_text("".join(f"newmtl m{n}\nKd 0.{n} 0 0\n" for n in range(10)))
    plain, colored = read(tmp_path / "a.obj", Limits()), read(tmp_path / "a.obj")
    assert colored.appearance is not None and len(colored.appearance.materials) == 6
    assert np.array_equal(plain.vertices, colored.vertices) and np.array_equal(plain.faces, colored.faces)


@pytest.mark.parametrize("mode", ["MASK", "BLEND", "OPAQUE"])
def test_an_image_cuts_out_if_its_material_says_so(tmp_path: Path, mode: str) -> None:
    image = quarters().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 100, 100, 200))  # the lower left
    material = PBRMaterial(baseColorTexture=image, alphaMode=mode)
    visual = TextureVisuals(uv=SQUARE[:, :2], material=material)
    trimesh.Trimesh(SQUARE, FACES, process=False, visual=visual).export(tmp_path / "a.glb")
    mesh = read(tmp_path / "a.glb")
    assert mesh.appearance is not None
    at = np.array([(0.9, 0.05, 0.05), (0.05, 0.05, 0.9)], np.float32)
    found = mesh.appearance.paint(mesh.faces)(np.zeros(2, int), at)
    assert found.shape == (2, 3) if mode == "OPAQUE" else np.allclose(found[:, 3], (0, 1), atol=0.05)
