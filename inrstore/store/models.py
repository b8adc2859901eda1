"""The parts of models in a store, below bases/, encoders/ and heads/: saved, entered in the catalogue, loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.engine import Connection

from inrstore.errors import CorruptShard, InrstoreError, ModelMismatch, ModelNotFound
from inrstore.records import FloatArray

from . import part_cache
from .connection import Catalog
from .read import storable
from .storage import Storage
from .tables import BaseRow, EncoderRow, HeadRow, now

if TYPE_CHECKING:
    from inrstore.model import Base, EncoderPart, Head, Model

CODES = "grid"
"""Kind of the encoders of codes, see `inrstore.tasks.codes`."""
FOLDERS = {"base": "bases", "encoder": "encoders", "head": "heads"}


@dataclass(frozen=True)
class BaseFacts:
    """What reading and writing networks need to know of a base; `start` loads the base itself."""

    key: int
    id: str
    weights: int
    siren: str
    start: Callable[[str], FloatArray]


@dataclass(frozen=True)
class EncoderFacts:
    """What reading and writing embeddings need to know of an encoder."""

    key: int
    id: str
    dim: int


class Parts:
    """The parts of one store; each is loaded once."""

    def __init__(self, storage: Storage, catalog: Catalog) -> None:
        self._storage, self._catalog = storage, catalog
        self._loaded: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}

    def base(self, base_id: str) -> Base:
        """Errors: ModelNotFound, CorruptShard."""
        self.base_facts(base_id)
        return self._load("base", base_id)  # type: ignore[no-any-return]

    def encoder(self, encoder_id: str) -> EncoderPart:
        """Errors: ModelNotFound, CorruptShard."""
        self.encoder_facts(encoder_id)
        return self._load("encoder", encoder_id)  # type: ignore[no-any-return]

    def decoder(self, encoder_id: str) -> Head | None:
        """The decoder of an encoder's embeddings that was given last, if it has one. Errors: CorruptShard."""
        query = select(HeadRow.id).join(EncoderRow).where(EncoderRow.id == encoder_id, HeadRow.kind == "decoder")
        with self._catalog.read() as connection:
            head_id = connection.execute(query.order_by(HeadRow.created.desc(), HeadRow.key.desc()).limit(1)).scalar()
        return self._load("head", head_id) if head_id else None

    def head(self, head_id: str) -> Head:
        """Errors: CorruptShard when it is damaged or gone."""
        return self._load("head", head_id)  # type: ignore[no-any-return]

    def forget(self, part_id: str) -> None:
        """A part that was removed is read again where it comes back."""
        self._loaded.pop(part_id, None)

    def model(self, base_id: str, encoder_id: str | None) -> Model:
        """Base, encoder and decoder together. Errors: ModelNotFound, CorruptShard."""
        from inrstore.model import Model  # brings torch

        base = self.base(base_id)
        if encoder_id is None:
            return Model(base.name, base)
        encoder = self.encoder(encoder_id)
        return Model(encoder.name, base, encoder, self.decoder(encoder_id))

    def add_base(self, base: Base) -> None:
        """Nothing happens if it is there."""
        self._add(base, insert_base)

    def add_encoder(self, encoder: EncoderPart, base_id: str) -> None:
        """It is to read networks of a base; nothing happens if it is there.

        Errors: ModelNotFound without the base, ModelMismatch if it does not read its networks.
        """
        if not encoder.reads(self.base(base_id)):
            raise ModelMismatch(f"encoder {encoder.name!r} does not read networks of base {base_id[:12]}")
        self._add(encoder, partial(insert_encoder, base_id=base_id))

    def add_head(self, head: Head) -> None:
        """One that is there already is now the one that was given last. Errors: ModelNotFound without its encoder."""
        self.forget(head.id)
        self._add(head, insert_head)

    def base_facts(self, base_id: str) -> BaseFacts:
        """What the catalogue knows of a base. Errors: ModelNotFound."""
        if base_id not in self._facts:
            row = self._row(BaseRow, base_id, "base")
            siren = "hidden={hidden} layers={layers} omega={omega:g}".format(**row.info["siren"])
            self._facts[base_id] = BaseFacts(row.key, row.id, row.weights, siren, partial(self._start, base_id))
        return self._facts[base_id]  # type: ignore[no-any-return]

    def encoder_facts(self, encoder_id: str) -> EncoderFacts:
        """What the catalogue knows of an encoder. Errors: ModelNotFound."""
        if encoder_id not in self._facts:
            row = self._row(EncoderRow, encoder_id, "encoder")
            self._facts[encoder_id] = EncoderFacts(row.key, row.id, row.dim)
        return self._facts[encoder_id]  # type: ignore[no-any-return]

    def _start(self, base_id: str, field: str) -> FloatArray:
        return self.base(base_id).start(field)

    def _add(self, part: Any, enter: Callable[[Connection, Any], None]) -> None:
        if part.id in self._loaded:
            return
        name = save_part(self._storage, part)
        with self._catalog.write() as connection:
            if not self._storage.exists(name):  # entered with its files, or not at all
                raise InrstoreError("a forced compaction deleted a new model; repeat, without it at the same time")
            enter(connection, part)
        self._loaded[part.id] = part

    def _load(self, role: str, part_id: str) -> Any:
        if part_id not in self._loaded:
            self._loaded[part_id] = self._read(role, part_id)
        return self._loaded[part_id]

    def _read(self, role: str, part_id: str) -> Any:
        """From the copy on this machine, where the store is remote; a copy that is damaged is fetched again."""
        if self._storage.local:
            return read_part(self._storage, role, part_id)
        folder = f"{FOLDERS[role]}/{part_id}"
        try:
            return _load(self._storage, role, part_id, part_cache.copy_of(self._storage, folder))
        except (CorruptShard, FileNotFoundError):
            part_cache.forget(folder)
            return read_part(self._storage, role, part_id)

    def _row(self, table: Any, part_id: str, role: str) -> Any:
        with self._catalog.read() as connection:
            row = connection.execute(select(table.__table__).where(table.id == part_id)).first()
        if row is None:
            raise ModelNotFound(f"the store has no {role} {part_id[:12]}; add it with Store.add_{role}")
        return row


def insert_base(connection: Connection, base: Base) -> None:
    """Enters a base; nothing happens if it is there."""
    siren = {"hidden": base.siren.hidden, "layers": base.siren.layers, "omega": base.siren.omega}
    info = {"siren": siren, "fields": list(base.fields)}
    _insert(connection, BaseRow, base, weights=base.siren.size, info=info)


def insert_encoder(connection: Connection, encoder: EncoderPart, base_id: str) -> None:
    """Enters an encoder of a base's networks; nothing happens if it is there. Errors: ModelNotFound without it."""
    base_key = _key(connection, BaseRow, base_id, "base")
    _insert(connection, EncoderRow, encoder, kind=encoder.kind, dim=encoder.dim, base_key=base_key)


def insert_head(connection: Connection, head: Head) -> None:
    """Enters a head, or the time and name if it is there. Errors: ModelNotFound without its encoder."""
    encoder_key = _key(connection, EncoderRow, head.encoder_id, "encoder")
    info = {"card": dict(head.card)} if head.card else {"fields": list(head.fields)}
    entered = update(HeadRow).where(HeadRow.id == head.id)
    connection.execute(entered.values(created=now(), name=storable(head.name)))
    _insert(connection, HeadRow, head, kind=head.kind, encoder_key=encoder_key, info=info)


def codes_key() -> Select[int]:
    """The key of the encoder of codes whose decoder was given last."""
    query = select(EncoderRow.key).join(HeadRow, HeadRow.encoder_key == EncoderRow.key)
    query = query.where(HeadRow.kind == "decoder", EncoderRow.kind == CODES)
    return query.order_by(HeadRow.created.desc(), HeadRow.key.desc()).limit(1)


def save_part(storage: Storage, part: Any) -> str:
    """Copies a part into the store, durably, and says which file came last; one that is there is left as it is."""
    from inrstore.model.part import SETTINGS

    folder = f"{FOLDERS[part.settings['part']]}/{part.id}"
    if not storage.exists(f"{folder}/{SETTINGS}"):
        with tempfile.TemporaryDirectory(prefix="inrstore-") as directory:
            part.save(Path(directory))
            storage.upload(Path(directory), folder, last=SETTINGS)
    return f"{folder}/{SETTINGS}"


def read_part(storage: Storage, role: str, part_id: str) -> Any:
    """Loads a part from the store itself: base, encoder or head. Errors: CorruptShard when it is damaged or gone."""
    with storage.directory(f"{FOLDERS[role]}/{part_id}") as directory:
        return _load(storage, role, part_id, directory)


def _load(storage: Storage, role: str, part_id: str, directory: Path) -> Any:
    from inrstore.model import Base, EncoderPart, Head  # brings torch

    kinds: dict[str, type[Base] | type[EncoderPart] | type[Head]] = {"base": Base, "encoder": EncoderPart, "head": Head}
    folder = f"{FOLDERS[role]}/{part_id}"
    try:
        part = kinds[role].load(directory)
    except (OSError, ValueError, KeyError) as error:
        raise CorruptShard(f"{folder} in {storage} cannot be read: {error}") from error
    if part.id != part_id:
        raise CorruptShard(f"{folder} in {storage} was altered: its content is now {part.id[:12]}")
    return part


def _insert(connection: Connection, table: Any, part: Any, **values: Any) -> None:
    if not connection.execute(select(table.key).where(table.id == part.id)).first():
        connection.execute(insert(table).values(id=part.id, name=storable(part.name), **values, created=now()))


def _key(connection: Connection, table: Any, part_id: str, role: str) -> int:
    key = connection.execute(select(table.key).where(table.id == part_id)).scalar()
    if key is None:
        raise ModelNotFound(f"the store has no {role} {part_id[:12]}; add it with Store.add_{role}")
    return int(key)
