"""STEP and IGES: solids, which OpenCASCADE turns into triangles, through cascadio."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import trimesh

from inrstore.errors import BadInput, MissingDependency

from .geometry import Cloud, Limits, Mesh, SceneObject
from .meshes import flatten
from .quiet import quiet
from .scenes import Objects, gltf_objects, objects_of

DEVIATION = 0.001
"""How far triangles may lie off the surface, as a share of the size of the edge or face: the same for any unit."""
ANGLE = 0.2
"""Radians by which neighbouring triangles may turn, so that a small fillet is round, too."""
UNITS = {
    "mm": 0.001,
    "cm": 0.01,
    "m": 1.0,
    "km": 1000.0,
    "um": 1e-6,
    "inch": 0.0254,
    "foot": 0.3048,
    "mil": 0.0254e-3,
    "mile": 1609.344,
    "microinch": 0.0254e-6,
}
"""Metres."""
_PREFIXES = {"$": "m", ".MILLI.": "mm", ".CENTI.": "cm", ".MICRO.": "um", ".KILO.": "km"}
_IGES = {1: "inch", 2: "mm", 4: "foot", 5: "mile", 6: "m", 7: "km", 8: "mil", 9: "um", 10: "cm", 11: "microinch"}
_HEAD = 2**16
"""Bytes of an IGES file in which its global section must end."""


def read(path: Path, limits: Limits) -> Mesh | Cloud:
    scene, _ = _scene(path, limits)
    return flatten(scene, limits, linear=True)


def read_objects(path: Path, limits: Limits) -> list[SceneObject]:
    """The solids of an assembly, each instance as the assembly calls it, or else its product."""
    scene, objects = _scene(path, limits)
    return objects_of(scene, limits, objects, linear=True)


def _scene(path: Path, limits: Limits) -> tuple[Any, Objects]:
    """A file as a `trimesh.Scene` in its own unit, and its solids."""
    try:
        import cascadio
    except ImportError as error:
        raise MissingDependency("to read STEP and IGES install cascadio: pip install 'inrstore[cad]'") from error
    data = path.read_bytes()
    kind: Literal["step", "iges"] = "step" if path.suffix.lower() in (".step", ".stp") else "iges"
    unit = step_unit(data) if kind == "step" else iges_unit(data)
    with quiet():
        glb = cascadio.load(data, kind, tol_linear=DEVIATION, tol_relative=True, tol_angular=ANGLE, use_parallel=False)
    if not glb:
        raise BadInput(f"OpenCASCADE finds no shape in it; is it damaged, cut short, or not {kind.upper()}?")
    plain = not limits.appearance
    scene = trimesh.load_scene(BytesIO(glb), file_type="glb", process=False, skip_materials=plain)
    metres = 1.0 if kind == "step" else 0.001  # what cascadio calls 1: of IGES a millimetre, of STEP a metre
    return _resized(scene, metres / UNITS[unit], unit), gltf_objects(scene)


def _resized(scene: Any, factor: float, unit: str) -> Any:
    """A scene in another unit; its nodes lie side by side."""
    found = trimesh.Scene()
    for name, geometry in scene.geometry.items():
        geometry.vertices = np.asarray(geometry.vertices, np.float64) * factor
        found.geometry[name] = geometry
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        matrix = np.array(transform, np.float64)
        matrix[:3, 3] *= factor
        found.graph.update(node, matrix=matrix, geometry=name)
    found.units = unit
    return found


def step_unit(data: bytes) -> str:
    """The unit of length of a STEP file: the first that a context of its shapes is in; millimetres if it says none."""
    text = data.decode("latin-1")
    entities = {number: body for number, body in re.findall(r"#(\d+)\s*=\s*(\([^;]*LENGTH_UNIT[^;]*);", text)}
    context = re.search(r"GLOBAL_UNIT_ASSIGNED_CONTEXT\s*\(\s*\(([^)]*)\)", text)
    used = re.findall(r"#(\d+)", context[1]) if context else list(entities)
    body = next((entities[number] for number in used if number in entities), "")
    if named := re.search(r"CONVERSION_BASED_UNIT\s*\(\s*'([^']*)'", body):
        return {"INCH": "inch", "IN": "inch", "FOOT": "foot", "FT": "foot"}.get(named[1].upper().strip(), "mm")
    metre = re.search(r"SI_UNIT\s*\(\s*(\$|\.\w+\.)\s*,\s*\.METRE\.", body)
    return _PREFIXES.get(metre[1], "mm") if metre else "mm"


def iges_unit(data: bytes) -> str:
    """The unit of length of an IGES file, by the flag in its global section; inches, its default, if it says none."""
    lines = data[:_HEAD].decode("latin-1").splitlines()
    text = "".join(line[:72].ljust(72) for line in lines if len(line) > 72 and line[72] == "G")
    fields = _iges_fields(text)
    flag = fields[13].strip() if len(fields) > 13 else ""
    return _IGES.get(int(flag), "mm") if flag.isdigit() else "inch"


def _iges_fields(text: str) -> list[str]:
    """Parameters of a global section; texts are counted, ``4HFile``, as they may hold the separator."""
    fields: list[str] = []
    at, separator = 0, ","
    while at < len(text) and len(fields) < 14:
        if counted := re.compile(r"\s*(\d+)H").match(text, at):
            end = counted.end() + int(counted[1])
            fields.append(text[counted.end() : end])
            if not fields[1:]:
                separator = fields[0] or ","
        else:
            end = next((i for i in range(at, len(text)) if text[i] in separator + ";"), len(text))
            fields.append(text[at:end])
        at = end + 1
    return fields
