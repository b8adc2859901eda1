"""The command that draws a map of a store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import SEED, Session, common, pass_session, where
from .output import counted, emit


@click.command("map")
@click.option("--out", "-o", default="map.html", show_default=True, metavar="FILE", help="The page that is written.")
@click.option(
    "--label", default="label", show_default=True, metavar="NAME", help="The label, or the tag that gives the colours."
)
@click.option(
    "--pictures", type=click.IntRange(min=0), default=10_000, show_default=True, metavar="N",
    help="At most so many thumbnails go into the page, at about 5 kB each.",
)  # fmt: skip
@click.option(
    "--neighbours", type=click.IntRange(min=2), default=15, show_default=True, metavar="N",
    help="Few show fine groups, many the large ones.",
)  # fmt: skip
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the map.")
@where
@common
@pass_session
def draw(session: Session, /, out: str, where: tuple[str, ...], **options: Any) -> None:
    """Draw a map of the store as one HTML page: shapes that are alike lie near each other.

    Open it in a browser: it shows a shape's picture under the pointer, colours by label, and finds shapes by words. It
    needs no network and no other file. It is made by UMAP, the extra `map`, which takes half a
    minute to start.
    """
    from inrstore.map import draw_map

    count = draw_map(session.open(), out, where=where or None, **options)
    value = {"out": str(Path(out).resolve()), "shapes": count, "bytes": Path(out).stat().st_size}
    emit(value, f"{counted(count, 'shape')} on the map, {out}", session.json)
