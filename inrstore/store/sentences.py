"""What shapes are called, as a sentence for a tower, and the vectors of these sentences.

A vector is of the sentence that the shape has now: whatever changes a name, label or tag takes the vector away in the
same transaction, and one that was made of a former sentence is not taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from inrstore.errors import NoEncoder
from inrstore.records import FloatArray
from inrstore.words import sentence

from . import embeddings
from . import named as naming
from .backing import Backing
from .beside import Beside
from .named import Named
from .read import LIVE, chunks
from .tables import EmbeddingRow, EncoderRow, LabelRow, ShapeRow, TagRow
from .where import MARKS, Conditions, Where
from .wording import Wording, read

Keys = NDArray[np.int64]
SILENT = (*MARKS, "split")
"""Tags that are about a shape's use, not about what it is."""
KIND = "words"
"""Of the encoders that these vectors are entered under."""


def sentences(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """By key, of the live shapes among some; empty for one whose name, label and tags hold no word."""
    found: dict[int, str] = {}
    for part in chunks([int(key) for key in keys]):
        tags: dict[int, list[str]] = defaultdict(list)
        tagged = select(TagRow.shape_key, TagRow.value).where(TagRow.shape_key.in_(part), TagRow.name.not_in(SILENT))
        for key, value in connection.execute(tagged.order_by(TagRow.name)):
            tags[key].append(value)
        shapes = select(ShapeRow.key, ShapeRow.name, LabelRow.name).join(LabelRow, isouter=True)
        for key, name, label in connection.execute(shapes.where(LIVE, ShapeRow.key.in_(part))):
            found[key] = sentence(name, label, tags[key])
    return found


def set_words(backing: Backing, encoder_id: str, said: Mapping[int, str], matrix: FloatArray) -> int:
    """Vectors (n, d) of n sentences by key; how many are set, as shapes may be called otherwise by now."""

    def valid(connection: Connection, keys: Keys) -> set[int]:
        now_called = sentences(connection, keys.tolist())
        return {key for key, text in now_called.items() if said.get(key) == text}

    return embeddings.set_embeddings(backing, list(said), matrix, encoder_id, valid)


def outdate(connection: Connection, keys: Sequence[int]) -> None:
    """Takes the vectors of shapes away that the transaction calls otherwise."""
    own = select(EncoderRow.key).where(EncoderRow.kind == KIND)
    if connection.execute(own.limit(1)).first() is None:
        return
    for part in chunks(list(keys)):
        connection.execute(
            delete(EmbeddingRow).where(EmbeddingRow.encoder_key.in_(own), EmbeddingRow.shape_key.in_(part))
        )


class Sentences(Beside):
    """The part of a store that knows what shapes are called, and keeps vectors of that; see `Shapes`."""

    backing: Backing

    def named(self, text: str, where: Conditions | None = None, limit: int = 100) -> Named:
        """Keys of the shapes whose names, labels, tags and paths have every word of a text, best first, then of those
        that have some; only such as fulfil every condition. Errors: BadInput.

        Words are found by their stems, their beginnings where they end the text or have digits, and, where nothing is
        called so, by what is spelt nearly like them; the answer says which.
        """
        with self.catalog.read() as connection:
            return naming.named(connection, text, Where.of(where), limit)

    def wording(self, text: str) -> Wording:
        """What a text is taken for: which of its words something is called, and what is spelt like the others."""
        with self.catalog.read() as connection:
            return read(connection, text)

    def sentences(self, keys: Sequence[int] | Keys) -> dict[int, str]:
        """What each of some shapes is called, by key; removed ones are left out, and what has no name is empty."""
        with self.catalog.read() as connection:
            return sentences(connection, np.asarray(keys, np.int64).tolist())

    def set_words(self, said: Mapping[int, str], matrix: FloatArray) -> int:
        """Vectors (n, d) of n sentences by key, of the store's encoder of words.

        Returns how many are set: not those of a shape that is called otherwise by now. Errors: as `set_embeddings`.
        """
        return set_words(self.backing, self._words(), said, matrix)

    def _words(self) -> str:
        if (own := self.beside(KIND)) is None:
            raise NoEncoder("the store has no vectors of words: run `inrstore encode --words`")
        return own
