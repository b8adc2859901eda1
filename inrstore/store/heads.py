"""Heads in a store: networks on the embeddings of an encoder, by name or id; added, listed, found, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from inrstore.errors import BadInput, ModelMismatch, ModelNotFound

from .backing import Backing
from .models import codes_key
from .sentences import Sentences
from .tables import EncoderRow, HeadRow

if TYPE_CHECKING:
    from inrstore.model import Head

SHORTEST = 4
"""Digits of an id that name a head."""
MAKING = {
    "classifier": "inrstore train classifier",
    "segmenter": "inrstore train segmenter",
    "decoder": "inrstore train decoder",
    "transfer": "inrstore train completer, or reconstructor",
    "text": "inrstore train text",
    "image": "inrstore train image",
    "generator": "inrstore train generator",
}
"""What makes a head of a kind."""


@dataclass(frozen=True)
class HeadEntry:
    """What the catalogue knows of a head."""

    id: str
    name: str
    kind: str
    """`decoder`, or a task's: `classifier`."""
    encoder: str
    """Identity of the encoder whose embeddings it reads."""
    card: Mapping[str, Any]
    """What it was learned from and how well it does."""
    created: datetime
    """When it was given last."""


class Heads(Sentences):
    """The part of a store that keeps heads; see `Shapes`.

    A reference to a head is its name, of which the one that was given last counts, or its id or the start of one.
    """

    backing: Backing

    def add_head(self, head: Head) -> None:
        """Saves a further head for a saved encoder; of those of a kind and name the one given last is used.

        Errors: ModelNotFound without its encoder, StorageFull.
        """
        self.backing.parts.add_head(head)

    def heads(self, kind: str | None = None) -> list[HeadEntry]:
        """All heads, or those of a kind, whichever encoder they read; the one that was given last comes first."""
        query = select(HeadRow.__table__, EncoderRow.id.label("encoder")).join_from(HeadRow, EncoderRow)
        query = query.order_by(HeadRow.created.desc(), HeadRow.key.desc())
        with self.catalog.read() as connection:
            rows = connection.execute(query if kind is None else query.where(HeadRow.kind == kind)).all()
        return [HeadEntry(r.id, r.name, r.kind, r.encoder, r.info.get("card", {}), r.created) for r in rows]

    @property
    def codes_id(self) -> str | None:
        """Identity of the encoder of codes, embeddings to decode from, whose decoder was given last; None without."""
        with self.catalog.read() as connection:
            return connection.execute(select(EncoderRow.id).where(EncoderRow.key.in_(codes_key()))).scalar()

    def head(
        self, ref: str | None = None, kind: str | None = None, *, former: bool = False, encoder: str | None = None
    ) -> Head:
        """The head that a reference names; without one the last of the kind that reads the store's embeddings.

        former : it may read those of an encoder that the store had before
        encoder : the one whose embeddings it is to read, by default the store's own

        Errors: ModelNotFound; ModelMismatch if it reads those of another encoder; BadInput for the start of several
        ids; CorruptShard.
        """
        own = encoder or self.backing.encoder_id()
        entry = self._head(ref, kind, own)
        if entry.encoder != own and not former:
            raise ModelMismatch(
                f"head {entry.name!r} ({entry.id[:12]}) reads embeddings of the encoder {entry.encoder[:12]}, and "
                f"these are of another now; train it again: {MAKING.get(entry.kind, 'inrstore train')}"
            )
        return replace(self.backing.parts.head(entry.id), name=entry.name)

    def remove_head(self, ref: str) -> HeadEntry:
        """Forgets a head, also one of another encoder; its files go with the next `compact`. Errors: as `head`."""
        entry = self._head(ref, None, self.backing.encoder_id())
        with self.catalog.write() as connection:
            connection.execute(delete(HeadRow).where(HeadRow.id == entry.id))
        self.backing.parts.forget(entry.id)
        return entry

    def _head(self, ref: str | None, kind: str | None, own: str | None) -> HeadEntry:
        found = self.heads(kind)
        if ref is None:
            of_kind = [entry for entry in found if entry.encoder == own] or found
        else:
            named = [entry for entry in found if entry.name == ref]
            of_kind = [entry for entry in named if entry.encoder == own] or named or _by_id(found, ref)
        if not of_kind:
            raise ModelNotFound(_missing(found, ref, kind))
        return of_kind[0]


def _by_id(found: Sequence[HeadEntry], ref: str) -> list[HeadEntry]:
    """Errors: BadInput if several ids begin so."""
    same = [entry for entry in found if len(ref) >= SHORTEST and entry.id.startswith(ref.lower())]
    if len(same) > 1:
        raise BadInput(f"head {ref!r}: {len(same)} ids begin so; give more digits")
    return same


def _missing(found: Sequence[HeadEntry], ref: str | None, kind: str | None) -> str:
    what = kind or "head"
    how = f"train one with '{MAKING[kind]}'" if kind in MAKING else "'inrstore heads list' shows all"
    if ref is None:
        return f"the store has no {what}; {how}"
    there = ", ".join(dict.fromkeys(entry.name for entry in found))
    return f"the store has no {what} {ref!r}" + (f"; there is {there}" if there else f"; {how}")
