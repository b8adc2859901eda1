"""Commands that make wholes of scans: complete, reconstruct."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from .options import Session, common, device, pass_session
from .output import emit

if TYPE_CHECKING:
    from inrstore.surface.meshes import Written


def _scan_options(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands are given."""
    for option in (
        device,
        click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The file's up axis."),
        click.option(
            "--resolution", type=click.IntRange(8, 512), default=128, show_default=True, metavar="N",
            help="Cells a side of the lattice on which the surface is found.",
        ),
        click.option(
            "--ball", nargs=4, type=float, metavar="X Y Z R",
            help="The ball around the whole, in the file's coordinates; by default that around what is there.",
        ),
        click.option("--head", metavar="HEAD", help="Which transfer; by default the one that was trained last for it."),
        click.option("--picture", metavar="FILE", help="Draw the scan beside what is made of it."),
        click.option(
            "-o", "--out", required=True, metavar="FILE", help="The mesh: .obj, .ply, .stl, .glb or .off."
        ),
        click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False)),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_scan_options
@common
@pass_session
def complete(session: Session, /, **options: Any) -> None:
    """Make a whole shape of a scan that saw a part of it.

    FILE is a cloud, or a mesh whose surface is taken as one. Its network is fitted, read as a code, and transferred to
    the code of a whole by what `inrstore train completer` made; that is decoded, joined with what the scan's network
    saw, and moved onto it. What was not seen is guessed from the shapes that were learned from. Nothing is stored.
    """
    _transferred(session, "completion", **options)


@click.command()
@_scan_options
@common
@pass_session
def reconstruct(session: Session, /, **options: Any) -> None:
    """Make a closed solid of a cloud of its surface.

    FILE is a cloud, or a mesh whose surface is taken as one. Its network (udf) is fitted, read as a code, and
    transferred to the code of a solid by what `inrstore train reconstructor` made; that is decoded, joined with what
    the network saw, and moved onto it. Nothing is stored.
    """
    _transferred(session, "reconstruction", **options)


def _transferred(
    session: Session,
    task: str,
    path: str,
    out: str,
    picture: str | None,
    head: str | None,
    ball: tuple[float, ...] | None,
    resolution: int,
    up: str,
    device: str,
) -> None:
    from ingest.sampling.normalise import into
    from ingest.scans import fit_cloud, read_scan
    from inrstore.network.device import processor
    from inrstore.pictures.answers import Answer, answers_sheet
    from inrstore.surface.meshes import mesh_path, write_mesh
    from inrstore.tasks import Codes, Transfer
    from inrstore.tasks.transfer.completion import completed

    store, target = session.open(), mesh_path(out)
    codes = Codes.of(store)
    transfer = Transfer.of(codes, task, head)
    scan = read_scan(path, up=up, ball=ball)
    weights = fit_cloud(store, scan.points, device=processor(device))
    vertices, faces = completed(codes, transfer, weights, scan.frame, resolution)
    written = write_mesh(vertices, faces, target, scale=scan.frame.scale)
    files, text = [str(target)], _told(written)
    if picture:
        made = into(vertices, scan.frame), faces
        files.append(str(answers_sheet([Answer(scan.points, made)], picture)))
        text += f"\ndrawn in {picture}"
    emit({"files": files, "head": transfer.head.id, **_facts(written)}, text, session.json)


def _facts(written: Written) -> dict[str, Any]:
    return {"vertices": written.vertices, "faces": written.faces, "watertight": written.watertight}


def _told(written: Written) -> str:
    closed = "closed" if written.watertight else "not closed"
    return f"{written.path}: {written.faces:,} faces, {closed}"
