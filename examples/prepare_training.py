"""Write the meshes that the bases of profile fidelity are learned from: packs of Debian's sweethome3d-furniture 1.8-1.

apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
P=out/usr/share/sweethome3d/furniture
python examples/prepare_training.py MESHES $P/Scopia.sh3f $P/KatorLegaz.sh3f $P/Reallusion.sh3f

These packs are CC-BY 3.0 (Reallusion: CC-BY 3.0 US); the example meshes come from another pack.
"""

import re
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import fast_simplification
from prepare_meshes import clean, read_mesh

MAX_FACES = 60_000


def entries(path: Path) -> list[dict[str, str]]:
    """The catalogue's models in OBJ."""
    listing = zipfile.ZipFile(path).read("PluginFurnitureCatalog.properties").decode("latin-1")
    found: dict[str, dict[str, str]] = {}
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*?)\s*$", listing, re.M):
        found.setdefault(number, {})[key] = value
    return [e for e in found.values() if e.get("model", "").lower().endswith(".obj")]


def convert(path: Path, out: Path) -> str:
    """Every model of a pack, in a folder named for it."""
    pack, written, failed = zipfile.ZipFile(path), 0, []
    (out / path.stem).mkdir(parents=True, exist_ok=True)
    for entry in entries(path):
        try:
            mesh = read_mesh(pack, entry)
        except (KeyError, ValueError, IndexError) as error:
            failed.append(f"{entry['model']} ({error})")
            continue
        if len(mesh.faces) > MAX_FACES:
            points, faces = mesh.vertices.astype("f4"), mesh.faces.astype("i4")
            mesh = clean(*fast_simplification.simplify(points, faces, target_count=MAX_FACES, agg=5))
        mesh.export(out / path.stem / f"{Path(entry['model']).stem}.obj", include_normals=False)
        written += 1
    return f"{path.name}: {written} written; not read: {', '.join(failed) or 'none'}"


def main(out: Path, packs: list[Path]) -> None:
    with ProcessPoolExecutor(2) as pool:
        for line in pool.map(convert, packs, [out] * len(packs)):
            print(line)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
