"""Write the meshes that the packaged models are trained on: packs of Debian's sweethome3d-furniture 1.8-1.

apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
P=out/usr/share/sweethome3d/furniture
python examples/prepare_training.py MESHES $P/Scopia.sh3f $P/KatorLegaz.sh3f $P/Reallusion.sh3f
python examples/prepare_training.py --classes LABELLED $P/*.sh3f
python examples/prepare_training.py --names NAMED $P/*.sh3f

A pack's meshes go to a folder named for it, from which bases are learned, or with --classes to one named for the first
of `CLASSES` in the catalogue's name, from which encoders are. With --names, which the heads for words and pictures
learn from, a mesh is called what the catalogue calls it, with a number; the catalogue's icons, called alike, lie
beside, and a table labels.csv, with categories as labels and the catalogue's tags as captions. The packs are CC-BY 3.0
(Reallusion: CC-BY 3.0 US) and CC0; the example meshes, and what has the name of one with another number, are left out,
or with --names tagged as examples.
"""

import csv
import re
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import fast_simplification
import trimesh
from prepare_meshes import clean, read_mesh

MAX_FACES = 60_000
CLASSES = """
armchair chair stool bench sofa couch=sofa puff=stool table desk bed crib=bed cabinet wardrobe drawer=cabinet
nightstand=cabinet vanity=cabinet shelf shelves=shelf bookcase rack=shelf lamp lantern=lamp light=lamp bottle box vase
glass cup=glass plant tree ficus=plant hedge=tree maple=tree flowers=plant tulips=plant door window panes=window plug
socket=plug switch radiator heater=radiator washbasin sink=washbasin lavatory=washbasin bathtub bath=bathtub shower
toilet urinal=toilet bidet=toilet oven stove=oven fridge refrigerator=fridge tv television=tv monitor=tv screen=tv
phone faucet fan female male=female boy=female girl=female car sedan=car truck bus=truck railing fence=railing umbrella
clock cushion piano speaker fireplace ladder stairs bike scooter=bike horse cat=horse dog=horse
"""


def entries(path: Path) -> list[dict[str, str]]:
    """The catalogue's models in OBJ."""
    listing = zipfile.ZipFile(path).read("PluginFurnitureCatalog.properties").decode("latin-1")
    found: dict[str, dict[str, str]] = {}
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*?)\s*$", listing, re.M):
        found.setdefault(number, {})[key] = value
    return [e for e in found.values() if e.get("model", "").lower().endswith(".obj")]


def class_of(name: str) -> str:
    """The class of a catalogue's name: of its last word that is one, as the noun comes last."""
    known = {word: kind or word for word, _, kind in (entry.partition("=") for entry in CLASSES.split())}
    words = re.findall(r"[a-z]+", name.lower())
    return next((known[word] for word in reversed(words) if word in known), "other")


def named(path: Path, out: Path) -> list[dict[str, str]]:
    """Every model of a pack by its name, with its icon, and rows of the table; `split` tells the examples' objects."""
    pack, rows = zipfile.ZipFile(path), []
    examples = {mesh.stem.rstrip("0123456789") for mesh in (Path(__file__).parent / "meshes").rglob("*.obj")}
    for number, entry in enumerate(entries(path), 1):
        name = re.sub(r"[^\w ()-]", " ", entry["name"]).strip()
        stem = f"{path.stem}/{name} {number:03d}"
        for folder in ("meshes", "icons"):
            (out / folder / path.stem).mkdir(parents=True, exist_ok=True)
        try:
            mesh = read_mesh(pack, entry)
        except (KeyError, ValueError, IndexError) as error:
            print(f"{path.name}: {entry['model']} is not read: {error}")
            continue
        simple(mesh).export(out / "meshes" / f"{stem}.obj", include_normals=False)
        (out / "icons" / f"{stem}.png").write_bytes(pack.read(entry["icon"].lstrip("/")))
        own = path.stem == "BlendSwap-CC-0" and Path(entry["model"]).stem.rstrip("0123456789") in examples
        tags = [tag.strip() for tag in entry.get("tags", "").split(",") if tag.strip() not in ("", "Blend Swap")]
        about = {"label": entry["category"], "captions": "|".join(tags), "split": "example" if own else "train"}
        rows.append({"path": f"meshes/{stem}.obj", **about})
    return rows


def simple(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Of at most `MAX_FACES`."""
    if len(mesh.faces) <= MAX_FACES:
        return mesh
    points, faces = mesh.vertices.astype("f4"), mesh.faces.astype("i4")
    return clean(*fast_simplification.simplify(points, faces, target_count=MAX_FACES, agg=5))


def convert(path: Path, out: Path, classes: bool) -> str:
    """Every model of a pack, in a folder named for it, or for its class."""
    pack, written, failed = zipfile.ZipFile(path), 0, []
    examples = {mesh.stem.rstrip("0123456789") for mesh in (Path(__file__).parent / "meshes").rglob("*.obj")}
    own = path.stem == "BlendSwap-CC-0"  # the examples' pack
    for entry in entries(path):
        if own and Path(entry["model"]).stem.rstrip("0123456789") in examples:
            continue
        folder = out / (class_of(entry["name"]) if classes else path.stem)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            mesh = read_mesh(pack, entry)
        except (KeyError, ValueError, IndexError) as error:
            failed.append(f"{entry['model']} ({error})")
            continue
        prefix = f"{path.stem}-" if classes else ""  # packs use the same names
        simple(mesh).export(folder / f"{prefix}{Path(entry['model']).stem}.obj", include_normals=False)
        written += 1
    return f"{path.name}: {written} written; not read: {', '.join(failed) or 'none'}"


def main(out: Path, packs: list[Path], classes: bool, names: bool) -> None:
    with ProcessPoolExecutor(2) as pool:
        if names:
            rows = [row for some in pool.map(named, packs, [out] * len(packs)) for row in some]
            with open(out / "labels.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, ["path", "label", "captions", "split"])
                writer.writeheader()
                writer.writerows(rows)
            return
        for line in pool.map(convert, packs, [out] * len(packs), [classes] * len(packs)):
            print(line)


if __name__ == "__main__":
    given = [name for name in sys.argv[1:] if not name.startswith("--")]
    main(Path(given[0]), [Path(name) for name in given[1:]], "--classes" in sys.argv, "--names" in sys.argv)
