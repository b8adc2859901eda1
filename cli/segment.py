"""The segment command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from .options import Session, align, common, device, pass_session
from .output import emit, table

if TYPE_CHECKING:
    from inrstore.tasks import Segmented


@click.command()
@click.argument("query", metavar="FILE|SHAPE")
@click.option(
    "-o", "--out", metavar="FILE", help="Write it, each part in its colour: .ply or .glb; or .npz, arrays of parts."
)
@click.option("--picture", metavar="FILE", help="Draw the parts.")
@click.option("--label", metavar="CLASS", help="What it is; by default its label, or what the store's classifier says.")
@click.option("--head", metavar="HEAD", help="Which segmenter; by default the one that was trained last.")
@click.option(
    "--resolution", type=click.IntRange(8, 512), default=128, show_default=True, metavar="N",
    help="Of a stored shape: cells a side.",
)  # fmt: skip
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of a file.")
@align
@device
@common
@pass_session
def segment(
    session: Session,
    query: str,
    out: str | None,
    picture: str | None,
    label: str | None,
    head: str | None,
    resolution: int,
    up: str,
    align: str,
    device: str,
) -> None:
    """Say which part of a shape each of its faces belongs to.

    Of a mesh file these are its own faces, of a cloud its points, and nothing is stored. A stored shape (an id, its
    start, or a source path that is no file any more) is decoded. What --out writes as .npz is what `inrstore ingest
    --parts` reads beside a mesh. `inrstore train segmenter` makes a segmenter.
    """
    from inrstore.pictures.answers import parts_sheet
    from inrstore.tasks import Segmenter, segment_shape

    store = session.open()
    segmenter = Segmenter(store.head(head, kind="segmenter"), store.base().siren)
    if os.path.isfile(query):
        from ingest.segmenting import segment_file

        found = segment_file(store, segmenter, query, kind=label, up=up, align=align, device=device)
    else:
        found = segment_shape(store, segmenter, query, kind=label, resolution=resolution)
    written = f"\nwritten to {found.write(out)}" if out else ""
    if picture:
        written += f"\ndrawn in {parts_sheet(found, picture)}"
    emit(found.to_dict(), f"{_table(found)}{written}", session.json)


def _table(found: Segmented) -> str:
    what = "points" if found.faces is None else "faces"
    rows = [[part["name"], part[what], f"{part['share']:.1%}"] for part in found.to_dict()["parts"]]
    return f"{found.kind}\n{table(['part', what, 'share'], rows)}"
