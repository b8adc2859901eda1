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


def _details(shape: Shape, inrs: list[StoredInr], kept: int) -> dict[str, Any]:
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
        "inrs": [
            {"profile": i.profile, "model": i.model, "field": i.field, "error": i.error, "steps": i.steps} for i in inrs
        ],
    }


def _details_text(value: dict[str, Any]) -> str:
    single = {key: item for key, item in value.items() if key != "inrs"}
    rows = [(i["profile"], i["model"][:12], i["field"], i["error"], i["steps"]) for i in value["inrs"]]
    return f"{listing(single)}\n\n{table(['profile', 'model', 'field', 'error', 'steps'], rows)}"


@click.command("list")
@where
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N shapes.")
@common
@pass_session
def list_shapes(session: Session, where: dict[str, str], limit: int | None) -> None:
    """List the stored shapes."""
    value = [_summary(shape) for shape in session.open().shapes(where=where or None, limit=limit)]
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
        kept = store.sample_counts([shape.key]).get(shape.key, 0)
        return _details(shape, list(store.inrs(shape.key)), kept)

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
    values, code = each(shapes, lambda ref: _summary(store.remove(ref)))
    lines = [f"removed {value['id'][:12]} {value['source'] or value['name']}" for value in values]
    emit({"removed": values}, "\n".join([*lines, counted(len(values), "shape") + " removed"]), session.json)
    return code
