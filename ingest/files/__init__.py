"""What files hold, and how each format is read.

A format is a module here with `read(path, limits)`, and a line in `FORMATS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

MESH_SUFFIXES = frozenset((".obj", ".stl", ".ply", ".off", ".glb", ".gltf", ".3mf", ".dae", ".zae", ".3dxml", ".xaml"))
CAD_SUFFIXES = frozenset((".step", ".stp", ".iges", ".igs"))
USD_SUFFIXES = frozenset((".usd", ".usda", ".usdc", ".usdz"))
TEXTS = frozenset((".txt",))
"""Clouds, or anything else: a walk looks at them only where parts are asked for, as ShapeNetPart's are such."""
ARCHIVES = frozenset((".zip",))
"""Of any files, such as several models."""
SHARDS = frozenset((".tar",))
"""Read from one end to the other, each model in one as a file of its own, see `ingest.sources.shards`."""
_BLENDER = "open it in Blender and choose File > Export > glTF 2.0 (.glb)"
FOREIGN = {
    ".fbx": f"FBX is a closed format that is not read; {_BLENDER}, or run: assimp export FILE.fbx FILE.glb",
    ".blend": f"Blender's own files are not read; {_BLENDER}",
    ".max": "3ds Max's own files are not read; in 3ds Max choose File > Export and OBJ, or glTF with its exporter",
    ".ma": "Maya's own files are not read; in Maya choose File > Export All and OBJ or USD",
    ".mb": "Maya's own files are not read; in Maya choose File > Export All and OBJ or USD",
    ".c4d": "Cinema 4D's own files are not read; in Cinema 4D choose File > Export and glTF or OBJ",
    ".skp": "SketchUp's own files are not read; in SketchUp choose File > Export > 3D Model and glTF or OBJ",
    ".3dm": "Rhino's own files are not read; in Rhino choose File > Export and OBJ, or STEP for solids",
    ".sldprt": "SolidWorks' own files are not read; in SolidWorks choose File > Save As and STEP",
    ".sldasm": "SolidWorks' own files are not read; in SolidWorks choose File > Save As and STEP",
    ".ipt": "Inventor's own files are not read; in Inventor choose File > Export > CAD Format and STEP",
    ".iam": "Inventor's own files are not read; in Inventor choose File > Export > CAD Format and STEP",
    ".dwg": "DWG is a closed format that is not read; in a CAD program save its solids as STEP or STL",
    ".3ds": f"3DS is not read; {_BLENDER}, or run: assimp export FILE.3ds FILE.glb",
    ".x3d": f"X3D is not read; {_BLENDER}, or run: assimp export FILE.x3d FILE.glb",
}
"""Kinds of 3D files that are not read, and how to turn one into one that is."""


@dataclass(frozen=True)
class Format:
    """The module that reads files with these suffixes.

    Its `read(path, limits)` returns a geometry, and raises BadInput, or whatever a damaged file leads it to; `load`
    has checked the file's size, and that of an archive's content, before.
    """

    module: str
    suffixes: frozenset[str]
    archives: frozenset[str] = frozenset()
    """Those of the suffixes that are zips."""
    named_only: frozenset[str] = frozenset()
    """Those that a walk over a folder passes over: an archive counts as one shape, and may be anything."""
    scenes: frozenset[str] = frozenset()
    """Those that may hold several objects."""
    objects: str = ""
    """The module whose `read_objects(path, limits)` gives those one by one, as a list of `geometry.SceneObject`."""
    mixed: bool = False
    """Whether files with these suffixes may be no shapes at all; then the module's `is_shape(path)` says."""


FORMATS = (
    Format(
        "ingest.files.meshes",
        MESH_SUFFIXES | ARCHIVES,
        archives=ARCHIVES | {".3mf", ".zae", ".3dxml"},
        named_only=ARCHIVES,
        scenes=MESH_SUFFIXES - {".stl", ".ply", ".off"},
        objects="ingest.files.scenes",
    ),
    Format("ingest.files.cad", CAD_SUFFIXES, scenes=CAD_SUFFIXES, objects="ingest.files.cad"),
    Format(
        "ingest.files.usd",
        USD_SUFFIXES,
        archives=frozenset((".usdz",)),
        scenes=USD_SUFFIXES,
        objects="ingest.files.usd",
    ),
    Format("ingest.files.text", frozenset((".xyz", ".pts"))),
    Format("ingest.files.text", TEXTS, named_only=TEXTS, mixed=True),
    Format("ingest.files.pcd", frozenset((".pcd",))),
    Format("ingest.files.arrays", frozenset((".npy", ".npz")), archives=frozenset((".npz",)), mixed=True),
    Format("ingest.files.binvox", frozenset((".binvox",))),
)


def suffixes(named: bool = False) -> frozenset[str]:
    """What a walk over a folder picks up, or, a little more, what is read when it is `named`."""
    return frozenset(s for f in FORMATS for s in (f.suffixes if named else f.suffixes - f.named_only))


def is_archive(suffix: str) -> bool:
    """Whether files with this suffix are zips, read or not."""
    return any(suffix in f.archives for f in FORMATS)


def is_scene(path: str) -> bool:
    """Whether a file may hold several objects, by its suffix."""
    return any(Path(path).suffix.lower() in f.scenes for f in FORMATS)


def is_bundle(path: str) -> bool:
    """Whether a file is an archive of any files, by its suffix."""
    return Path(path).suffix.lower() in ARCHIVES


def is_shard(path: str) -> bool:
    """Whether a file is a tar shard, by its suffix."""
    return Path(path).suffix.lower() in SHARDS


def format_of(suffix: str) -> Format:
    """The format of a suffix that is read, in lower case."""
    return next(f for f in FORMATS if suffix in f.suffixes)


def may_be_shape(path: str) -> bool:
    """Whether a file with a suffix that is read may hold a shape; no more than its beginning and end is looked at."""
    found = next((f for f in FORMATS if Path(path).suffix.lower() in f.suffixes), None)
    return found is None or not found.mixed or bool(resolve_name(f"{found.module}:is_shape")(Path(path)))


def unknown_suffix(suffix: str, known: frozenset[str] | None = None) -> str | None:
    """Why a file with this suffix is refused, or None; by default all that can be read are known."""
    known = suffixes(named=True) if known is None else known
    if suffix.lower() in known:
        return None
    if suffix.lower() in FOREIGN:
        return FOREIGN[suffix.lower()]
    listed = " ".join(sorted(s[1:] for s in known))
    return f"unknown kind of file {suffix or '(no suffix)'!r}; known are {listed}"
