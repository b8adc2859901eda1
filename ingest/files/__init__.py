"""What files hold, and how each format is read.

A format is a module here with `read(path, limits)`, and a line in `FORMATS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

MESH_SUFFIXES = frozenset((".obj", ".stl", ".ply", ".off", ".glb", ".gltf", ".3mf", ".dae", ".zae", ".3dxml", ".xaml"))


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
    mixed: bool = False
    """Whether files with these suffixes may be no shapes at all; then the module's `is_shape(path)` says."""


FORMATS = (
    Format(
        "ingest.files.meshes",
        MESH_SUFFIXES | {".zip"},
        archives=frozenset((".3mf", ".zae", ".3dxml", ".zip")),
        named_only=frozenset((".zip",)),
    ),
    Format("ingest.files.text", frozenset((".xyz", ".pts"))),
    Format("ingest.files.pcd", frozenset((".pcd",))),
    Format("ingest.files.arrays", frozenset((".npy", ".npz")), archives=frozenset((".npz",)), mixed=True),
    Format("ingest.files.binvox", frozenset((".binvox",))),
)

NAMED_SUFFIXES = frozenset[str]().union(*(f.suffixes for f in FORMATS))
"""What is read when it is named."""
SUFFIXES = NAMED_SUFFIXES.difference(*(f.named_only for f in FORMATS))
"""What a walk over a folder picks up."""
ARCHIVES = frozenset[str]().union(*(f.archives for f in FORMATS))


def format_of(suffix: str) -> Format:
    """The format of a suffix of `NAMED_SUFFIXES`, in lower case."""
    return next(f for f in FORMATS if suffix in f.suffixes)


def may_be_shape(path: str) -> bool:
    """Whether a file with a suffix that is read may hold a shape; no more than its beginning and end is looked at."""
    found = next((f for f in FORMATS if Path(path).suffix.lower() in f.suffixes), None)
    return found is None or not found.mixed or bool(resolve_name(f"{found.module}:is_shape")(Path(path)))


def unknown_suffix(suffix: str, known: frozenset[str] = NAMED_SUFFIXES) -> str | None:
    """Why a file with this suffix is refused, or None."""
    if suffix.lower() in known:
        return None
    listed = " ".join(sorted(s[1:] for s in known))
    return f"unknown kind of file {suffix or '(no suffix)'!r}; known are {listed}"
