"""The interpolate command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import Session, align, common, device, pass_session
from .output import emit, table

if TYPE_CHECKING:
    from inrstore.tasks import Interpolation


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@click.option("-o", "--out", required=True, metavar="DIR", help="A new or empty folder for all that is written.")
@click.option("--steps", type=click.IntRange(2, 200), default=8, show_default=True, metavar="N", help="With both ends.")
@click.option("--minus", metavar="X", help="With --plus, instead of B: to A less X, with Y.")
@click.option("--plus", metavar="Y", help="See --minus.")
@click.option(
    "--field", type=click.Choice(["sdf", "occ", "udf"]),
    help="What codes are decoded as; by default sdf, or occ where A or B is. The surfaces of udf are open.",
)  # fmt: skip
@click.option(
    "--resolution", type=click.IntRange(8, 512), default=128, show_default=True, metavar="N", help="Cells a side."
)
@click.option(
    "--format", type=click.Choice(["obj", "ply", "stl", "glb"]), default="obj", show_default=True, help="Of the meshes."
)
@click.option(
    "--plain",
    is_flag=True,
    help="As decoded: small pieces are not left out, no volume is kept, and the ends' networks are not asked.",
)
@click.option("--model", metavar="NAME|DIR", help="Whose encoder and decoder of codes; by default the store's.")
@click.option("--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of files.")
@align
@device
@common
@pass_session
def interpolate(
    session: Session,
    a: str,
    b: str | None,
    out: str,
    steps: int,
    minus: str | None,
    plus: str | None,
    field: str | None,
    resolution: int,
    format: str,
    plain: bool,
    model: str | None,
    up: str,
    align: str,
    device: str,
) -> None:
    """Turn one shape into another in even steps.

    A and B are files, which are fitted and not stored, or stored shapes (an id, its start, or a source path that is no
    file any more). DIR gets a mesh a step (00.obj, ...) in the unit ball, strip.png, steps.gif, and steps.glb, an
    animation for any viewer of glTF. Both ends are as their own networks have them, and what codes lose of these fades
    beyond the middle. The surfaces of neighbouring steps are equally far apart. Between the ends the
    volume changes evenly from A's to B's, and pieces with less than a twentieth of the largest one's are left out.

    With --minus X --plus Y the way goes from A to A - X + Y: to what is to A as Y is to X.
    """
    if (b is None) != (minus is not None and plus is not None) or (minus is None) != (plus is None):
        raise click.UsageError("Give A and B, or A with both --minus and --plus.")
    from inrstore.tasks import Codes, analogy, coded, common_field, own_fields
    from inrstore.tasks import interpolate as run
    from inrstore.tasks.interpolation.steps import empty_folder

    from .progress import Bar

    empty_folder(out)
    codes = Codes.of(session.open(), model)
    asked = [a, *(one for one in (b, minus, plus) if one is not None)]
    with Bar("fitting", "step") as bar:
        ends = coded(codes, asked, up=up, align=align, device=device, on_progress=bar.update)
        first, *others = (end.code for end in ends)
        last = analogy(first, *others) if b is None else others[0]
        own = field or common_field(ends)
        kept: dict[str, Any] = {"keep_volume": False, "small": 0.0} if plain else {}
        there, *last_there = own_fields(codes, ends, own)
        networks = (None, None) if plain else (there, None if b is None else last_there[0])
        sizes: dict[str, Any] = {"field": own, "own": networks, "resolution": resolution}
        found = run(codes, first, last, steps, **sizes, **kept, on_progress=bar.update)
    files = found.write(out, format)
    emit(
        {"files": [str(path) for path in files], **found.to_dict()}, f"{_table(found)}\nwritten to {out}", session.json
    )


def _table(found: Interpolation) -> str:
    rows = [
        [number, f"{s.t:.3f}", s.chamfer, s.volume, s.pieces, s.left_out, "yes" if s.closed else "no"]
        for number, s in enumerate(found.steps)
    ]
    headers = ["step", "t", "from the last", "volume", "pieces", "left out", "closed"]
    return f"{table(headers, rows)}\n\nno distance differs by more than {found.evenness:.1%} from their mean"
