"""Write examples/meshes from BlendSwap-CC-0.sh3f, the CC0 pack of Debian's sweethome3d-furniture 1.8-1.

apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
python examples/prepare_meshes.py out/usr/share/sweethome3d/furniture/BlendSwap-CC-0.sh3f
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

import fast_simplification
import numpy as np
import trimesh

CLASSES = """
bed babyRockingBed bed1 bed2 bedWithTexture
bottle flacon mamadeira tetrapak yogurtBottle
box ammoBox barrel box crate pallet
cabinet bedsideTable2 cupboard lockedLocker lowerCabinet televisionCabinet upperCabinet
cabinet wardrobeWithSlidingDoors
chair antiqueChair armchair armchair2 chair chair2 chairWithCushion designChair foldingChair
chair modernArmchair osakaChair plasticChair sillaBlanca thonet
lamp JapaneseLantern desklamp lamp2 lantern outdoorLamp stoneLantern wallLight
plant augalas cactus flowerBox littlePlant orchids plantie
radiator radiator radiator1 radiator2 radiator3
shelf bookcase shelves upperShelves verticalShelves
sofa L_shaped_sofa couch couch2 sofa sofa2
stool pianoBench silla2 stool stool2
table desk lbDesk oakTable table tableWithTablecloth technicalTable1 technicalTable2
toilet bidet potty toiletsUnit urinal
"""
MAX_FACES = 3600  # two models stay above: further collapse breaks them
LICENSE = """CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/ : modified copies of models in
BlendSwap-CC-0.sh3f of Debian's sweethome3d-furniture 1.8-1. The pack's own LICENSE.TXT:

"""
CREDITS = """# Credits

Models by various authors from blendswap.com, cleaned and converted to OBJ by Emmanuel Puybaret / eTeks for
BlendSwap-CC-0.sh3f; prepare_meshes.py merged and reduced them. Licence: CC0, see LICENSE.txt. Origin: the
licence file in the model's own folder of the pack, each saying CC0; else the pack and its catalogue alone.

| file | original name | author | origin |
| --- | --- | --- | --- |
"""


def triangles(ring: list[int], points: np.ndarray) -> list[list[int]]:
    """A polygon's triangles: ears cut off one by one, since many of the pack's polygons are concave."""
    local = points[ring] - points[ring[0]]
    normal = np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0)
    axis = int(np.abs(normal).argmax())
    flat = (np.roll(local, -axis, axis=1)[:, 1:] * [1, 1 if normal[axis] > 0 else -1]).tolist()

    def turn(i: int, j: int, k: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = flat[i], flat[j], flat[k]
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

    left, found = list(range(len(ring))), []
    while len(left) > 3:
        for at, j in enumerate(left):
            i, k = left[at - 1], left[(at + 1) % len(left)]
            rest = [m for m in left if flat[m] not in (flat[i], flat[j], flat[k])]
            if turn(i, j, k) > 0 and all(min(turn(i, j, m), turn(j, k, m), turn(k, i, m)) < 0 for m in rest):
                break
        else:
            at, i, j, k = 1, *left[:3]
        found.append([ring[i], ring[j], ring[k]])
        del left[at]
    return [*found, [ring[i] for i in left]]


def clean(vertices: np.ndarray, faces: np.ndarray) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices(digits_vertex=5 - int(np.log10(mesh.scale)))
    mesh.update_faces([len(set(face)) == 3 for face in mesh.faces.tolist()])
    mesh.remove_unreferenced_vertices()
    return mesh


def read_mesh(pack: zipfile.ZipFile, entry: dict[str, str]) -> trimesh.Trimesh:
    """Geometry alone, in the catalogue's orientation (Y up)."""
    rows = [line.split() for line in pack.read(entry["model"].lstrip("/")).decode("latin-1").splitlines()]
    points = np.array([row[1:4] for row in rows if row[:1] == ["v"]], float)
    rings = [[int(corner.split("/")[0]) - 1 for corner in row[1:]] for row in rows if row[:1] == ["f"]]
    faces = np.array([face for ring in rings if len(ring) > 2 for face in triangles(ring, points)])
    turn = np.array(entry.get("modelRotation", "1 0 0 0 1 0 0 0 1").split(), float).reshape(3, 3)
    return clean(points @ turn.T, faces)


def main(pack: zipfile.ZipFile, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    listing, credits = pack.read("PluginFurnitureCatalog.properties").decode("latin-1"), CREDITS
    for label, *names in map(str.split, CLASSES.strip().splitlines()):
        (out / label).mkdir(parents=True, exist_ok=True)
        for name in names:
            number = re.search(rf"^model#(\d+)=.*/{name}\.obj\s*$", listing, re.M)[1]
            entry = dict(re.findall(rf"^(\w+)#{number}=(.*?)\s*$", listing, re.M))
            mesh = read_mesh(pack, entry)
            if len(mesh.faces) > MAX_FACES:
                points, faces = mesh.vertices.astype("f4"), mesh.faces.astype("i4")
                mesh = clean(*fast_simplification.simplify(points, faces, target_count=MAX_FACES, agg=5))
            lines = ["v {:.5g} {:.5g} {:.5g}\n".format(*vertex) for vertex in mesh.vertices]
            lines += ["f {} {} {}\n".format(*face) for face in mesh.faces + 1]
            (out / label / f"{name}.obj").write_text("".join(lines))
            origin, folder = "no file of its own", entry["model"].lstrip("/").removesuffix(f"{name}.obj")
            for file in (f for f in pack.namelist() if f.startswith(folder) and "licen" in f.lower()):
                text = re.sub(r"(?s)(<style.*?</style>|<[^>]*>|\s)+", " ", pack.read(file).decode("latin-1"))
                assert re.search(r"(under|license:) Creative Commons Zero", text), file
                title = re.search(r"downloading (.+?) Released|^ ?(.+?) - (?:Down|Creat)", text)
                origin = f"{title[1] or title[2]}, <{re.search(r'http[^ ]+/blends/view/[0-9]+', text)[0]}>"
            credits += f"| {label}/{name}.obj | {entry['name']} | {entry['creator']} | {origin} |\n"
    (out / "CREDITS.md").write_text(credits)
    (out / "LICENSE.txt").write_text(LICENSE + pack.read("LICENSE.TXT").decode("latin-1").strip() + "\n")


if __name__ == "__main__":
    main(zipfile.ZipFile(sys.argv[1]), Path(__file__).parent / "meshes")
