"""Commands about single shapes: list, info, rm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from .each import each
from .options import Session, common, pass_session, where
from .output import counted, emit, emit_many, listing, table

if TYPE_CHECKING:
    from inrstore.records import Shape, Source, StoredInr


HEADERS = ("id", "label", "field", "kind", "name", "source")


def _summary(shape: Shape) -> dict[str, Any]:
    return {
        "id": shape.id,
        "label": shape.label,
        "name": shape.name,
        "field": shape.field,
        "kind": shape.kind,
        "source": shape.sources[0] if shape.sources else None,
    }


def _details(shape: Shape, inrs: list[StoredInr], kept: int, pictured: bool, sources: list[Source]) -> dict[str, Any]:
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
        "objects": [
            {"source": source.path, "name": source.part.name, "transform": _matrix(source.part.transform)}
            for source in sources
            if source.part
        ],
    }


def _matrix(transform: tuple[float, ...] | None) -> list[list[float]]:
    """Row by row."""
    flat = transform or (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    return [[float(x) for x in flat[start : start + 4]] for start in range(0, 16, 4)]


def _placed(rows: list[list[float]]) -> tuple[str, str, str]:
    """A transform for people: moved to, turned by degrees about an axis, made so many times as large."""
    import numpy as np

    matrix = np.array(rows)
    size = abs(np.linalg.det(matrix[:3, :3])) ** (1 / 3)
    turn = matrix[:3, :3] / (size or 1.0)
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    angle = float(np.degrees(np.arctan2(np.linalg.norm(axis), np.trace(turn) - 1)))
    if angle > 179.9:  # then the axis is what is kept
        axis = np.linalg.eigh(turn + turn.T)[1][:, -1]
    about = " ".join(f"{x:.3g}" for x in axis / (np.linalg.norm(axis) or 1.0) + 0.0)
    moved = " ".join(f"{x:.6g}" for x in matrix[:3, 3])
    return moved, f"{angle:.4g}° about {about}" if angle > 0.01 else "–", f"{size:.6g}"


def _details_text(value: dict[str, Any]) -> str:
    single = {key: item for key, item in value.items() if key not in ("inrs", "objects")}
    rows = [
        (i["profile"], i["base"][:12], "yes" if i["encoded"] else "", i["field"], i["error"], i["steps"])
        for i in value["inrs"]
    ]
    text = f"{listing(single)}\n\n{table(['profile', 'base', 'encoded', 'field', 'error', 'steps'], rows)}"
    placed = [(one["source"], *_placed(one["transform"])) for one in value["objects"]]
    return f"{text}\n\n{table(['object', 'moved to', 'turned', 'size'], placed)}" if placed else text


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

    A CONDITION is KEY=VALUE or KEY!=VALUE, where * stands for anything and | parts alternatives (label=chair|table);
    for numbers also KEY>VALUE, >=, < or <=. Quote those for the shell. Texts: id, name, label, field, kind, profile
    (of any network), source and any tag. Numbers: scale, error and steps (of the network that is encoded) and any
    figure of quality, as `inrstore info` prints them. `label=` finds what has no label, `label!=x` all that `label=x`
    does not find. tag:NAME and quality:NAME say which is meant where a tag is called like another key.
    """
    store = session.open()
    if limit is None and not offset and order == "key":
        shapes: Iterable[Shape] = store.iter_shapes(where)  # a page at a time, however many there are
    else:
        shapes = store.shapes(where, limit=limit, offset=offset, order=order)
    emit_many(map(_summary, shapes), HEADERS, _row, "No shape.", session.json)


def _row(value: dict[str, Any]) -> list[object]:
    return [value[name][:12] if name == "id" else value[name] for name in HEADERS]


@click.command()
@click.argument("shapes", nargs=-1, required=True, metavar="SHAPE...")
@common
@pass_session
def info(session: Session, shapes: tuple[str, ...]) -> int:
    """Print everything that is known of each SHAPE.

    A SHAPE is an id, the start of one (4 digits or more), or a source path. Of objects in files (`ingest --scenes
    parts`) it also prints where each instance stands: a point of the object's own coordinates, made so large, turned,
    then moved, is where it is in its file. With --json that is a 4x4 matrix.
    """
    store = session.open()

    def details(ref: str) -> dict[str, Any]:
        shape = store.shape(ref)
        kept = store.sample_counts(shape).get(shape.key, 0)
        pictured = len(store.thumbnail_keys(shape)) > 0
        return _details(shape, store.inrs(shape), kept, pictured, store.sources(shape))

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
