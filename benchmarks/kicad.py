"""KiCad's electronic parts as meshes, a folder a family: many variants of few forms, for `duplicates.py`.

    apt-get download kicad-packages3d && dpkg -x kicad-packages3d_*.deb PACKAGE
    python benchmarks/kicad.py PACKAGE OUT [--each 6]
    python benchmarks/duplicates.py OUT --name duplicates_kicad --originals 24 --others 390 --profile default

The parts are CC-BY-SA 4.0 with KiCad's exception; none is kept here. They are for tests alone: a thousand variants of a
few families would teach an encoder little, and what is trained on them might have to be shared alike.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import trimesh

CORNERS = re.compile(r"coordIndex\s*\[([^\]]*)\]")
POINTS = re.compile(r"point\s*\[([^\]]*)\]")
"""Of VRML 2.0's IndexedFaceSet, in either order: corners of polygons, each ended by -1, and points."""
BETWEEN = re.compile(r"[\s,]+")


def main() -> None:
    parser = argparse.ArgumentParser(description="KiCad's parts as PLY, a folder a family.")
    parser.add_argument("package", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=6, help="parts of a family, evenly spread over its names")
    options = parser.parse_args()
    families = sorted(options.package.rglob("*.3dshapes"))
    count = 0
    for family in families:
        paths = sorted(family.glob("*.wrl"))
        for path in paths[:: max(1, -(-len(paths) // options.each))]:
            mesh = part(path)
            if mesh is None:
                print(f"{path}: left out, of another layout")
                continue
            target = options.out / family.stem / f"{path.stem}.ply"
            target.parent.mkdir(parents=True, exist_ok=True)
            mesh.export(target)
            count += 1
    print(f"{count} parts of {len(families)} families")


def part(path: Path) -> trimesh.Trimesh | None:
    """All polygons of a file as one mesh; none where they are placed by transformations, as in three files."""
    text = path.read_text("utf-8", errors="replace")
    corners, points = CORNERS.findall(text), POINTS.findall(text)
    if "Transform" in text or "USE Coord" in text or not corners or len(corners) != len(points):
        return None
    sets = zip(map(numbers, points), corners, strict=True)
    return trimesh.util.concatenate([trimesh.Trimesh(p.reshape(-1, 3), fans(c), process=False) for p, c in sets])


def numbers(text: str) -> np.ndarray:
    return np.array([word for word in BETWEEN.split(text) if word], float)


def fans(corners: str) -> np.ndarray:
    """(n, 3) triangles of polygons."""
    faces, polygon = [], list[int]()
    for corner in numbers(corners).astype(int).tolist():
        if corner >= 0:
            polygon.append(corner)
            continue
        faces += [(polygon[0], a, b) for a, b in zip(polygon[1:], polygon[2:], strict=False)]
        polygon = []
    return np.array(faces, np.int64).reshape(-1, 3)


if __name__ == "__main__":
    main()
