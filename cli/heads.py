"""Commands about the heads in a store: what tasks have learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import Session, common, pass_session
from .output import counted, emit, listing, table

if TYPE_CHECKING:
    from inrstore.store import HeadEntry

FIGURES = {"classifier": "accuracy", "segmenter": "instance mIoU", "generator": "remembered", "transfer": "cosine"}
"""Of each kind the figure that a list shows."""


@click.group()
@common
def heads() -> None:
    """List, remove, export and import what tasks have learned.

    A HEAD is a head's name, of which the one that was trained last counts, or its id or the start of one.
    """


@heads.command("list")
@click.option("--kind", metavar="KIND", help="Only those of this kind, as classifier.")
@common
@pass_session
def list_heads(session: Session, kind: str | None) -> None:
    """List the heads of the store, the last one first.

    Those that read embeddings of another encoder than the store's present ones, of search and of codes, cannot be
    used; they are marked.
    """
    store = session.open()
    own = {store.encoder_id, store.codes_id}
    found = store.heads(kind)
    rows = [
        (e.name, e.kind, e.id[:12], _figure(e), "yes" if e.encoder in own else "no", f"{e.created:%Y-%m-%d %H:%M}")
        for e in found
    ]
    text = table(["name", "kind", "id", "figure", "usable", "created"], rows) if rows else "no heads"
    emit([{**_facts(entry), "usable": entry.encoder in own} for entry in found], text, session.json)


@heads.command()
@click.argument("head", metavar="HEAD")
@common
@pass_session
def show(session: Session, head: str) -> None:
    """Print what a head was learned from and how well it does."""
    found = session.open().head(head, former=True)
    facts: dict[str, object] = {"id": found.id, "name": found.name, "kind": found.kind, "encoder": found.encoder_id}
    card = found.card or {"fields": list(found.fields)}
    text = [listing(facts), *(f"\n{key}\n{_paragraph(value)}" for key, value in card.items())]
    emit({**facts, "card": card}, "\n".join(text), session.json)


@heads.command("rm")
@click.argument("heads", nargs=-1, required=True, metavar="HEAD...")
@common
@pass_session
def remove(session: Session, heads: tuple[str, ...]) -> int:
    """Forget heads; `inrstore compact` then deletes their files."""
    from .each import each

    gone, code = each(heads, session.open().remove_head)
    emit([_facts(entry) for entry in gone], f"{counted(len(gone), 'head')} removed", session.json)
    return code


@heads.command("export")
@click.argument("head", metavar="HEAD")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@common
@pass_session
def export(session: Session, head: str, folder: Path) -> None:
    """Write a head to DIR: its weights as safetensors, its settings and card as JSON."""
    from inrstore.errors import BadInput

    found = session.open().head(head, former=True)
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{folder} is not empty; give a new folder")
    found.save(folder)
    emit({"head": found.id, "out": str(folder.resolve())}, f"wrote {found.name} to {folder}", session.json)


@heads.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--name", metavar="NAME", help="What the store is to call it; by default as where it comes from.")
@common
@pass_session
def import_head(session: Session, folder: Path, name: str | None) -> None:
    """Take a head that `inrstore heads export` wrote into the store; it must read embeddings of the same encoder."""
    from dataclasses import replace

    from inrstore.errors import ModelMismatch
    from inrstore.model import Head
    from inrstore.tasks import Codes

    store, head = session.open(), Head.load(folder)
    if head.encoder_id != store.encoder_id:
        codes = Codes.of(store)
        if head.encoder_id != codes.id:
            raise ModelMismatch(
                f"{folder}: the head reads embeddings of the encoder {head.encoder_id[:12]}, the store's are of "
                f"{store.encoder_id[:12] if store.encoder_id else 'none'}, its codes of {codes.id[:12]}; train it anew "
                "from this store"
            )
        store.add_encoder(codes.model.encoding.part)  # what the head belongs to, perhaps before there are codes
    store.add_head(replace(head, name=name or head.name))
    emit({"head": head.id, "name": name or head.name}, f"{name or head.name} ({head.id[:12]}) is stored", session.json)


def _facts(entry: HeadEntry) -> dict[str, Any]:
    plain = {"id": entry.id, "name": entry.name, "kind": entry.kind, "encoder": entry.encoder}
    return {**plain, "created": entry.created, "figures": entry.card.get("figures", {})}


def _figure(entry: HeadEntry) -> str | None:
    name = FIGURES.get(entry.kind)
    value = entry.card.get("figures", {}).get(name) if name else None
    return None if value is None else f"{name} {value:.3f}"


def _paragraph(value: Any) -> str:
    return listing(value) if isinstance(value, dict) else str(value)
