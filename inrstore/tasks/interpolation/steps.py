"""From one shape to another: codes between theirs, and the surfaces that these are decoded into, evenly apart.

Codes have length one, and the way between two of them is the great circle (slerp, Shoemake 1985). Equal angles are not
equal changes of the surface, so the steps are placed by how far apart the surfaces are. Where two shapes fill different
places, what is decoded between them is hardly inside of anything, as when distance fields are mixed (Cohen-Or et al.
1998): thin parts vanish, and others come apart. So the surface is taken at that level of the decoded field at which the
volume, too, is between those of the ends. What codes lose of the ends' own networks is added to what is decoded, and
fades beyond the middle.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from inrstore.arrays import as_floats
from inrstore.errors import BadInput
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray
from inrstore.surface.animated import write_animated
from inrstore.surface.comparison import RESOLUTION, Surface, apart
from inrstore.surface.extraction import Field
from inrstore.surface.meshes import MESH_FORMATS, write_mesh
from inrstore.surface.points import Faces, Vertices

from .spacing import Places, deviation, even_places
from .way import SMALL, Decodes, Step, Way

FEWEST = 2


@dataclass(frozen=True, eq=False)
class Interpolation:
    """The way from one shape to another in steps. `interpolate` makes one."""

    steps: tuple[Step, ...]
    field: str
    """That the codes were decoded in."""

    @property
    def evenness(self) -> float:
        """How far the distance of two neighbours that differs most from the mean is off, as a share of the mean."""
        return deviation(np.array([step.chamfer for step in self.steps[1:]]))

    @property
    def surfaces(self) -> list[tuple[Vertices, Faces]]:
        return [(step.vertices, step.faces) for step in self.steps]

    def to_dict(self) -> dict[str, Any]:
        return {"field": self.field, "steps": [step.to_dict() for step in self.steps], "evenness": self.evenness}

    def write(self, folder: str | os.PathLike[str], format: str = "obj") -> list[Path]:
        """Write into a folder, which is made: a mesh a step, and all as a strip, as moving pictures and as one GLB.

        The meshes lie in normalised coordinates, the unit ball. Errors: BadInput for a folder that is not empty, or
        another format than `MESH_FORMATS`; StorageFull.
        """
        from inrstore.pictures.frames import frames, write_animation, write_strip

        target = empty_folder(folder)
        if format not in MESH_FORMATS:
            raise BadInput(f"format: {format!r} is not one of {', '.join(MESH_FORMATS)}")
        target.mkdir(parents=True, exist_ok=True)
        digits = max(2, len(str(len(self.steps) - 1)))
        names = [target / f"{number:0{digits}d}.{format}" for number in range(len(self.steps))]
        meshes = [write_mesh(*own, path).path for own, path in zip(self.surfaces, names, strict=True)]
        images = frames(self.surfaces)
        strip, moving = write_strip(images, target / "strip.png"), write_animation(images, target / "steps.gif")
        return [*meshes, strip, moving, write_animated(self.surfaces, target / "steps.glb")]


def interpolate(
    codes: Decodes,
    a: FloatArray,
    b: FloatArray,
    steps: int = 8,
    *,
    field: str = "sdf",
    own: tuple[Field | None, Field | None] = (None, None),
    resolution: int = 128,
    keep_volume: bool = True,
    small: float = SMALL,
    on_progress: OnProgress | None = None,
) -> Interpolation:
    """The way from code a (d,) to code b (d,) in steps, both ends among them, between which the surface changes evenly.

    Parameters
    ----------
    field : that the codes are decoded in, sdf, udf or occ; a udf's surfaces are open, and taken as they are
    own : the same fields of the networks of both ends, where there are any: the ends are as these have them, and what
        their codes lose of them is given back, in full up to the middle, and fading from there (not of a udf)
    resolution : cells a side of the surfaces; the way is first measured at `surface.comparison.RESOLUTION`
    keep_volume : whether what is between is to enclose as much as both ends do, mixed as t says
    small : of what is between, pieces of less than this share of the largest one's volume are left out

    Raises
    ------
    BadInput
        For fewer than two steps, or codes between which there is no shortest way.
    EmptySurface
        If a code on the way has no surface.
    """
    if steps < FEWEST:
        raise BadInput(f"steps: {steps} asked for; both ends are steps, so give {FEWEST} or more")
    one, other = (as_floats(code, (codes.dim,), "code") for code in (a, b))
    way = Way(codes, one, other, field, own, keep_volume, small)
    meter = Meter(on_progress, stage="decoding")

    @cache
    def at(t: float, cells: int) -> tuple[Step, Surface]:
        step = way.step(t, cells)
        meter.step()
        return step, Surface(step.vertices, step.faces)

    def gaps(places: Places, cells: int) -> Places:
        found = [at(t, cells)[1] for t in places.tolist()]
        return np.array([apart(*neighbours) for neighbours in pairwise(found)])

    places = even_places(partial(gaps, cells=RESOLUTION), partial(gaps, cells=resolution), steps)
    chamfers = [None, *gaps(places, resolution).tolist()]
    there = zip(places.tolist(), chamfers, strict=True)
    return Interpolation(tuple(replace(at(t, resolution)[0], chamfer=chamfer) for t, chamfer in there), field)


def analogy(a: FloatArray, minus: FloatArray, plus: FloatArray) -> FloatArray:
    """(d,) of length one: code a (d,) changed as one code would have to be to become the other, a - minus + plus.

    Errors: BadInput if nothing is left of it.
    """
    whole = a.astype(np.float64) - minus + plus
    length = float(np.linalg.norm(whole))
    if length < 1e-6:
        raise BadInput("the shape, less the one and with the other, is nothing; choose others")
    return np.asarray(whole / length, np.float32)


def empty_folder(path: str | os.PathLike[str]) -> Path:
    """The path of a folder that can be filled: there is none yet, or nothing is in it. Errors: BadInput."""
    target = Path(path)
    there = next(one for one in (target, *target.absolute().parents) if one.exists())
    if not there.is_dir():
        raise BadInput(f"{there}: a file is in the way; name another folder")
    if target.exists() and any(target.iterdir()):
        raise BadInput(f"{target}: there is something already; name a new folder, or an empty one")
    return target
