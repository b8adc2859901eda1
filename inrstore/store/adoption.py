"""Models of format 1 in a store, taken apart: their parts saved, and entered in the tables of revision 0003."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from inrstore.errors import CorruptShard

from .models import save_part
from .storage import Storage


@dataclass(frozen=True)
class Adopted:
    """What a model of format 1 has become."""

    base_key: int
    base_id: str
    encoder_key: int | None
    encoder_id: str | None


def adopt(connection: Connection, storage: Storage, models: Iterable[tuple[int, str]]) -> dict[int, Adopted]:
    """By the old key of each model (key, id). Errors: CorruptShard if one is damaged or gone."""
    return {key: _adopt(connection, storage, model_id) for key, model_id in models}


def _adopt(connection: Connection, storage: Storage, model_id: str) -> Adopted:
    base, encoder, decoder = _parts(storage, model_id)
    save_part(storage, base)
    siren = {"hidden": base.siren.hidden, "layers": base.siren.layers, "omega": base.siren.omega}
    info = {"siren": siren, "fields": list(base.fields)}
    base_key = _enter(connection, "bases", base, weights=base.siren.size, info=info)
    if encoder is None:
        return Adopted(base_key, base.id, None, None)
    save_part(storage, encoder)
    encoder_key = _enter(connection, "encoders", encoder, kind=encoder.kind, dim=encoder.dim, base_key=base_key)
    if decoder is not None:
        save_part(storage, decoder)
        info = {"fields": list(decoder.fields)}
        _enter(connection, "heads", decoder, kind=decoder.kind, encoder_key=encoder_key, info=info)
    return Adopted(base_key, base.id, encoder_key, encoder.id)


def _parts(storage: Storage, model_id: str) -> Any:
    from inrstore.model import legacy  # brings torch
    from inrstore.model.part import WEIGHTS, read_settings, read_tensors

    with storage.directory(f"models/{model_id}") as directory:
        try:
            path = directory / "model.json"
            values, tensors = read_settings(path), read_tensors(directory / WEIGHTS)
            if legacy.identity(path.read_text("utf-8"), tensors) != model_id:
                raise CorruptShard("its content is that of another model")
            return legacy.parts(values, tensors)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorruptShard(
                f"{storage}/models/{model_id[:12]} cannot be read ({error}), so the store cannot be upgraded; "
                "restore it from a backup, or open the store with the version that wrote it"
            ) from error


def _enter(connection: Connection, name: str, part: Any, **values: Any) -> int:
    """The key of a part, entered if it is not there: two models may have the same base."""
    columns = {"id": part.id, "name": part.name, **values, "created": datetime.now(UTC)}
    types: dict[str, Any] = {"info": sa.JSON(), "created": sa.DateTime(timezone=True)}
    table = sa.table(name, sa.column("key"), *(sa.column(column, types.get(column)) for column in columns))
    found = connection.execute(sa.select(table.c.key).where(table.c.id == part.id)).scalar()
    if found is None:
        found = connection.execute(sa.insert(table).values(columns).returning(table.c.key)).scalar_one()
    return int(found)
