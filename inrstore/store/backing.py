"""What a store stands on: its storage, its catalogue, its parts, and which of these are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.engine import Connection

from inrstore.errors import ModelMismatch, NoEncoder

from .connection import Catalog
from .models import BaseFacts, EncoderFacts, Parts
from .staging import staging
from .storage import Storage
from .tables import StateRow

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .staging import Staging


@dataclass(frozen=True)
class Backing:
    """Handed to whatever reads and writes a store. The base never changes; the encoder does, by `reencode`."""

    storage: Storage
    catalog: Catalog
    parts: Parts
    base_id: str
    profile: str
    """Of the networks that are fitted as the base says."""

    @property
    def base(self) -> BaseFacts:
        return self.parts.base_facts(self.base_id)

    def encoder_id(self) -> str | None:
        """As the catalogue has it now."""
        return self.catalog.known("encoder", encoder_of)

    def encoder(self, encoder_id: str | None = None) -> EncoderFacts:
        """The encoder of this id, else the store's own. Errors: NoEncoder, ModelNotFound."""
        found = encoder_id or self.encoder_id()
        if found is None:
            raise NoEncoder(
                f"base {self.base_id[:12]} has no encoder in {self.storage}, so the store has no embeddings; "
                "give it one with: inrstore reencode --model NAME|DIR"
            )
        return self.parts.encoder_facts(found)

    def staging(self) -> AbstractContextManager[Staging]:
        """See `staging.staging`."""
        return staging(self.storage, self.catalog)


def encoder_of(connection: Connection) -> str | None:
    """Identity of the encoder of a store's embeddings, if it has one."""
    return connection.execute(select(StateRow.encoder_id)).scalar_one()


def check_encoder(connection: Connection, given: str | None, who: str) -> None:
    """In the transaction that is to store embeddings of the encoder `given`. Errors: ModelMismatch for another one."""
    found = encoder_of(connection)
    if given is not None and found != given:
        raise ModelMismatch(
            f"{who}: its embedding is of encoder {given[:12]}, the store's are of {found[:12] if found else 'none'}; "
            "if that was changed by reencode just now, run the same command again"
        )
