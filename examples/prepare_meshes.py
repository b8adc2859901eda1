"""Write examples/meshes from BlendSwap-CC-0.sh3f, the CC0 pack of Debian's sweethome3d-furniture 1.8-1.

    apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
    python examples/prepare_meshes.py out/usr/share/sweethome3d/furniture/BlendSwap-CC-0.sh3f

Needs numpy, trimesh and fast-simplification. The same pack gives the same files; class folders are replaced.
"""

import argparse
import re
import shutil
import zipfile
from pathlib import Path

import fast_simplification
import numpy as np
import trimesh

CLASSES = {
    "armchair": "armchair armchair2 modernArmchair winchesterArmchair",
    "bed": "babyRockingBed bed1 bed2 bed3 bedWithTexture",
    "bottle": "flacon mamadeira tetrapak yogurtBottle",
    "box": "ammoBox barrel box crate pallet",
    "cabinet": "bedsideTable2 cupboard highCabinet lockedLocker lowerCabinet televisionCabinet upperCabinet "
    "wardrobeWithSlidingDoors",
    "chair": "antiqueChair chair chair2 chairWithCushion designChair foldingChair oakChair osakaChair "
    "plasticChair sillaBlanca thonet",
    "lamp": "JapaneseLantern desklamp lamp2 lantern outdoorLamp stoneLantern wallLight",
    "plant": "augalas cactus flowerBox littlePlant orchids plantie",
    "radiator": "radiator radiator1 radiator2 radiator3",
    "shelf": "bookcase shelves upperShelves verticalShelves",
    "sofa": "L_shaped_sofa couch couch2 sofa sofa2 winchesterSofa",
    "stool": "pianoBench silla2 stool stool2",
    "table": "desk lbDesk oakTable table tableWithTablecloth technicalTable1 technicalTable2",
    "toilet": "bidet potty toiletsUnit urinal",
}
MAX_FACES = 4000
PACK = "BlendSwap-CC-0.sh3f (Debian package sweethome3d-furniture 1.8-1)"
CREDITS = f"""# Credits

All files come from {PACK}: models by various authors from
blendswap.com, cleaned and converted to OBJ by Emmanuel Puybaret / eTeks. `prepare_meshes.py` turned them into
plain triangles of at most {MAX_FACES} faces without materials. Licence: CC0, see LICENSE.txt.
Origin is what the model's folder in the pack says: its licence text, or only a file named by a blend's number;
"not stated" where it has neither (author and licence are then the catalogue's and the pack's word).

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
            if turn(i, j, k) > 0 and not any(
                turn(i, j, m) >= 0 and turn(j, k, m) >= 0 and turn(k, i, m) >= 0 for m in rest
            ):
                break
        else:
            at, i, j, k = 1, *left[:3]
        found.append([ring[i], ring[j], ring[k]])
        del left[at]
    return [*found, [ring[i] for i in left]]


def clean(vertices: np.ndarray, faces: np.ndarray) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices(digits_vertex=4 - int(np.log10(mesh.scale)))  # about what five digits keep
    mesh.update_faces([len(set(face)) == 3 for face in mesh.faces.tolist()])
    mesh.remove_unreferenced_vertices()
    return mesh


def read_catalogue(pack: zipfile.ZipFile) -> dict[str, dict[str, str]]:
    """The catalogue's entries by model name, the stem of the OBJ's path."""
    entries: dict[str, dict[str, str]] = {}
    for line in pack.read("PluginFurnitureCatalog.properties").decode("latin-1").splitlines():
        if found := re.match(r"(\w+)#(\d+)=(.*)", line):
            entries.setdefault(found[2], {})[found[1]] = found[3].strip()
    return {Path(entry["model"]).stem: entry for entry in entries.values()}


def read_mesh(pack: zipfile.ZipFile, entry: dict[str, str]) -> trimesh.Trimesh:
    """Geometry alone, in the catalogue's orientation (Y up)."""
    rows = [line.split() for line in pack.read(entry["model"].lstrip("/")).decode("latin-1").splitlines()]
    points = np.array([row[1:4] for row in rows if row[:1] == ["v"]], float)
    rings = [[int(corner.split("/")[0]) - 1 for corner in row[1:]] for row in rows if row[:1] == ["f"]]
    faces = np.array([face for ring in rings if len(ring) > 2 for face in triangles(ring, points)])
    return clean(
        points @ np.array(entry.get("modelRotation", "1 0 0 0 1 0 0 0 1").split(), float).reshape(3, 3).T,
        faces,
    )


def origin(pack: zipfile.ZipFile, folder: str) -> str:
    for name in (name for name in pack.namelist() if name.startswith(folder)):
        if name.endswith("LICENSE.txt"):
            text = " ".join(pack.read(name).decode("latin-1").split())
            found = re.search(r'downloading (".+?" by .+?) Released under (.+?) Downloaded from (\S+)', text)
            assert found and "Creative Commons Zero" in found[2], name
            return f"{found[1]}, <{found[3]}>"
        if re.fullmatch(r"\d+", Path(name).name):
            return f"blend number {Path(name).name}"
    return "not stated"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pack", type=Path, help="path of BlendSwap-CC-0.sh3f")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "meshes")
    args = parser.parse_args()
    credits, count = CREDITS, 0
    with zipfile.ZipFile(args.pack) as pack:
        entries = read_catalogue(pack)
        for label, names in CLASSES.items():
            shutil.rmtree(args.out / label, ignore_errors=True)
            (args.out / label).mkdir(parents=True)
            for name in names.split():
                entry = entries[name]
                mesh = read_mesh(pack, entry)
                if len(mesh.faces) > MAX_FACES:
                    points, corners = mesh.vertices.astype(np.float32), mesh.faces.astype(np.int32)
                    mesh = clean(
                        *fast_simplification.simplify(points, corners, target_count=MAX_FACES, agg=5)
                    )
                text = "".join("v {:.5g} {:.5g} {:.5g}\n".format(*vertex) for vertex in mesh.vertices)
                text += "".join("f {} {} {}\n".format(*face) for face in mesh.faces + 1)
                (args.out / label / f"{name}.obj").write_text(text)
                where = origin(pack, entry["model"].lstrip("/").rsplit("/", 1)[0] + "/")
                credits += f"| {label}/{name}.obj | {entry['name']} | {entry['creator']} | {where} |\n"
                count += 1
        words = pack.read("LICENSE.TXT").decode("latin-1").strip()
    (args.out / "CREDITS.md").write_text(credits)
    (args.out / "LICENSE.txt").write_text(
        f"The meshes in this folder are modified copies from\n{PACK},\n"
        "listed in CREDITS.md. The pack's own LICENSE.TXT says:\n\n"
        + "\n".join("    " + line.strip() for line in words.splitlines())
        + "\n\nThe package's Debian copyright file gives BlendSwap-CC-0 as CC0 (CC0 1.0 Universal,\n"
        "https://creativecommons.org/publicdomain/zero/1.0/). The modified copies are under CC0 1.0 too.\n"
    )
    print(f"{count} meshes in {len(CLASSES)} classes written to {args.out}")


if __name__ == "__main__":
    main()
