"""Commands that bring shapes back out: export, render."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from .each import each
from .options import Session, common, pass_session
from .output import emit

# Those of inrstore.surface.export.FORMATS, which is slow to import; a test compares.
FORMATS = ("obj", "ply", "stl", "glb", "off", "xyz", "npy", "binvox", "inr")

output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), default=Path(), metavar="PATH",
    help="A file for one SHAPE, a folder for several; by default the current folder.",
)  # fmt: skip


def _matrix(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """(3, 3) from JSON."""
    if value is None:
        return None
    import numpy as np

    try:
        return np.array(json.loads(value), np.float64)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no matrix such as [[1,0,0],[0,1,0],[0,0,1]].") from error


@click.command()
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE...")
@output
@click.option(
    "--format",
    "-f",
    type=click.Choice(FORMATS),
    help="By default the ending of --output, else obj for meshes, xyz for clouds, binvox for voxels.",
)
@click.option(
    "--resolution",
    "-r",
    type=click.IntRange(8, 1024),
    default=128,
    show_default=True,
    help="Cells a side; evaluated coarse to fine.",
)
@click.option(
    "--via",
    type=click.Choice(["inr", "decoder"]),
    default="inr",
    show_default=True,
    help="From the network itself, or from its embedding through the implicit decoder.",
)
@click.option(
    "--profile",
    metavar="NAME",
    help="Which of the shape's networks; by default the one fitted for its surface.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Points of a cloud.",
)
@click.option(
    "--faces",
    type=click.IntRange(min=4),
    metavar="N",
    help="At most so many faces of a mesh; what is watertight stays so, and keeps more faces where it must.",
)
@click.option(
    "--like",
    metavar="QUERY",
    help="Lay each SHAPE upon this file or stored shape: turned, mirrored, sized and placed, in its coordinates.",
)
@click.option(
    "--pose",
    metavar="MATRIX",
    callback=_matrix,
    help="Turn each SHAPE in its place as the query lay that found it, by the matrix of its pose in `search --json`.",
)
@common
@pass_session
def export(
    session: Session, /, shapes: tuple[str, ...], output: Path, like: str | None, pose: Any, **options: Any
) -> int:
    """Write shapes as meshes, clouds or voxels, or their networks as safetensors (-f inr).

    A SHAPE is an id, the start of one (4 digits or more), or a source path. What is written has its source's
    own coordinates and units, or with --like those of another. Of a mesh, its vertices and faces are stated, and
    whether it is watertight.
    """
    if like is not None and pose is not None:
        raise click.UsageError("--like and --pose exclude each other.")
    import index
    from inrstore.surface.export import write_shape

    store = session.open()
    overlay = None if like is None else index.Overlay(store, like)
    make_room(shapes, output)

    def write(ref: str) -> dict[str, Any]:
        shape, frame = store.shape(ref), None
        if overlay is not None:
            frame = overlay.frame(shape)
        elif pose is not None:
            frame = index.posed(shape, pose)
        written = write_shape(store, shape.id, output, frame=frame, **options)
        value: dict[str, Any] = {"id": shape.id, "path": str(written.path)}
        if written.faces is not None:
            value |= {"vertices": written.vertices, "faces": written.faces, "watertight": written.watertight}
        return value

    return _written(session, shapes, write)


@click.command()
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE...")
@output
@click.option("--size", type=click.IntRange(16, 4096), help="Pixels a side; 512 by default. Sources are kept at 256.")
@click.option(
    "--source/--decoded",
    default=False,
    show_default="--decoded",
    help="The picture of the source that the store keeps, as WebP, or what the network has, as PNG.",
)
@common
@pass_session
def render(session: Session, shapes: tuple[str, ...], output: Path, size: int | None, source: bool) -> int:
    """Draw shapes as pictures, from their networks, or write those of their sources.

    A SHAPE is an id, the start of one (4 digits or more), or a source path. The ending of --output may name another
    format.
    """
    from inrstore.pictures.stored import render_shape, write_thumbnail
    from inrstore.surface.export import default_name

    if source and size:
        raise click.UsageError("--size is not for --source: what the store keeps is 256 pixels a side.")
    store = session.open()
    make_room(shapes, output)

    def draw(ref: str) -> dict[str, Any]:
        shape = store.shape(ref)
        path = output / default_name(shape, "webp" if source else "png") if output.is_dir() else output
        done = write_thumbnail(store, shape, path) if source else render_shape(store, shape, path, size or 512)
        return {"id": shape.id, "path": str(done)}

    return _written(session, shapes, draw)


def make_room(shapes: Sequence[str], output: Path) -> None:
    """Make the folder that the files go to."""
    (output if len(shapes) > 1 else output.parent).mkdir(parents=True, exist_ok=True)


def _written(session: Session, shapes: Sequence[str], write: Callable[[str], dict[str, Any]]) -> int:
    values, code = each(shapes, write)
    emit(values, "\n".join(map(_line, values)), session.json)
    return code


def _line(value: dict[str, Any]) -> str:
    line = f"{value['id'][:12]} → {value['path']}"
    if "faces" not in value:
        return line
    closed = "watertight" if value["watertight"] else "not watertight"
    return f"{line}  {value['vertices']} vertices, {value['faces']} faces, {closed}"
