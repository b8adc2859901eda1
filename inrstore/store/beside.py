"""Encoders beside the store's own, one of a kind at a time: what shapes are called, and how they look from all sides.

Their vectors are embeddings like others, but search by shape does not compare them, and no index is of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from . import embeddings
from .backing import Backing
from .part_labels import LabelledParts
from .tables import EncoderRow, now

if TYPE_CHECKING:
    from inrstore.model import EncoderPart

Keys = NDArray[np.int64]


def encoder_beside(connection: Connection, kind: str) -> str | None:
    """Identity of the encoder of a kind that the store has now, if any."""
    query = select(EncoderRow.id).where(EncoderRow.kind == kind, EncoderRow.retired.is_(None))
    return connection.execute(query.order_by(EncoderRow.key.desc()).limit(1)).scalar()


class Beside(LabelledParts):
    """The part of a store that knows encoders beside its own; see `Shapes`."""

    backing: Backing

    def beside(self, kind: str) -> str | None:
        """Identity of the encoder of a kind, `words` or `views`, that the store has beside its own; None if none."""
        return self.catalog.known(f"beside {kind}", partial(encoder_beside, kind=kind))

    def use_beside(self, encoder: EncoderPart) -> None:
        """Makes an encoder the store's of its kind; vectors of a former one stay until `compact`.

        Errors: ModelMismatch if it reads other networks.
        """
        self.backing.parts.add_encoder(encoder, self.backing.base_id)
        alike = update(EncoderRow).where(EncoderRow.kind == encoder.kind)
        with self.catalog.write() as connection:
            connection.execute(alike.where(EncoderRow.retired.is_(None)).values(retired=now()))
            connection.execute(alike.where(EncoderRow.id == encoder.id).values(retired=None))

    def beside_since(self, encoder_id: str, shard: int = 0) -> tuple[Keys, Keys, int]:
        """Keys (n,), ascending, of the shapes that have a vector of an encoder; those (m,) whose vector was set since
        the youngest shard was `shard`; and which is the youngest now. Errors: ModelNotFound."""
        return embeddings.since(self.backing, encoder_id, shard)
