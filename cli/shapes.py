"""Commands about single shapes: list, info, rm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .each import each
from .options import Session, common, pass_session, where
from .output import counted, emit, listing, table

if TYPE_CHECKING:
    from inrstore.records import Shape, StoredInr


def _summary(shape: Shape) -> dict[str, Any]:
    return {
        "id": shape.id,
        "label": shape.label,
        "name": shape.name,
        "field": shape.field,
        "kind": shape.kind,
        "source": shape.sources[0] if shape.sources else None,
    }


def _details(shape: Shape, inrs: list[StoredInr], kept: int, pictured: bool) -> dict[str, Any]:
    return {
        "id": shape.id,
        "name": shape.name,
        "label": shape.label,
        "field": shape.field,
        "kind": shape.kind,
        "sources": list(shape.sources),
        "tags": dict(shape.tags),
        "created": shape.created.isoformat(timespec="seconds"),
        "center": list(shape.center),
        "scale": shape.scale,
        "rotation": list(shape.rotation) if shape.rotation else None,
        "quality": dict(shape.quality),
        "samples": kept,
        "thumbnail": pictured,
        "inrs": [
            {name: getattr(inr, name) for name in ("profile", "base", "encoded", "field", "error", "steps")}
            for inr in inrs
        ],
    }


def _details_text(value: dict[str, Any]) -> str:
    single = {key: item for key, item in value.items() if key != "inrs"}
    rows = [
        (i["profile"], i["base"][:12], "yes" if i["encoded"] else "", i["field"], i["error"], i["steps"])
        for i in value["inrs"]
    ]
    return f"{listing(single)}\n\n{table(['profile', 'base', 'encoded', 'field', 'error', 'steps'], rows)}"


@click.command("list")
@where
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N shapes.")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Pass over the first N shapes.")
@click.option(
    "--order",
    type=click.Choice([sign + name for name in ("key", "name", "label", "created", "error") for sign in ("", "-")]),
    default="key",
    show_default=True,
    metavar="KEY",
    help="By key (as stored), name, label, created or error of the fit; a - before it turns it round.",
)
@common
@pass_session
def list_shapes(session: Session, where: tuple[str, ...], limit: int | None, offset: int, order: str) -> None:
    """List the stored shapes.

    A CONDITION is KEY=VALUE or KEY!=VALUE, where * stands for anything, or, for numbers, also KEY>VALUE, >=, < or <=;
    quote those for the shell. Texts: id, name, label, field, kind, source and any tag. Numbers: scale, error and
    steps (of the network that is encoded) and any figure of quality, as `inrstore info` prints them. `label=` finds
    what has no label, `label!=x` all that `label=x` does not find. tag:NAME and quality:NAME say which is meant
    where a tag is called like another key.
    """
    value = [_summary(shape) for shape in session.open().shapes(where, limit=limit, offset=offset, order=order)]
    rows = [(v["id"][:12], v["label"], v["field"], v["kind"], v["name"], v["source"]) for v in value]
    text = table(["id", "label", "field", "kind", "name", "source"], rows) if rows else "No shape."
    emit(value, text, session.json)


@click.command()
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE...")
@common
@pass_session
def info(session: Session, shapes: tuple[str, ...]) -> int:
    """Print everything that is known of each SHAPE.

    A SHAPE is an id, the start of one (4 digits or more), or a source path.
    """
    store = session.open()

    def details(ref: str) -> dict[str, Any]:
        shape = store.shape(ref)
        kept = store.sample_counts(shape).get(shape.key, 0)
        return _details(shape, store.inrs(shape), kept, len(store.thumbnail_keys(shape)) > 0)

    values, code = each(shapes, details)
    emit(values if len(shapes) > 1 else values[0], "\n\n".join(map(_details_text, values)), session.json)
    return code


@click.command("rm")
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE...")
@common
@pass_session
def remove(session: Session, shapes: tuple[str, ...]) -> int:
    """Remove shapes; `compact` then frees their space.

    A SHAPE is an id, the start of one (4 digits or more), or a source path.
    """
    store = session.open()
    found, code = each(shapes, store.shape)
    values = [_summary(shape) for shape in store.remove(found)]
    lines = [f"removed {value['id'][:12]} {value['source'] or value['name']}" for value in values]
    emit({"removed": values}, "\n".join([*lines, counted(len(values), "shape") + " removed"]), session.json)
    return code
