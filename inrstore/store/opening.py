"""How a store comes into being and is opened: store.json, the catalogue, the model."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from msgspec import Meta
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from inrstore import __version__
from inrstore.errors import BadInput, StoreExists, StoreFormatError, StoreNotFound
from inrstore.settings import decode

from . import connection
from .backing import Backing
from .connection import Catalog
from .models import Parts, insert_base, insert_encoder, insert_head, save_part
from .part_cache import cache_dir
from .storage import Storage
from .tables import StateRow, now

if TYPE_CHECKING:
    from inrstore.model import Model

FORMAT = 2
SETTINGS = "store.json"
CATALOG = "catalog.sqlite"
STAGE = ".init-"


def create(url: str | Path, model: Model, catalog_url: str | None) -> None:
    """Makes a store; store.json comes last, so a half-made one is none. Errors: StoreExists, BadInput."""
    storage = Storage(url)
    _refuse_occupied(storage)
    settings = {
        "format": FORMAT,
        "id": uuid4().hex,
        "base": model.base.id,
        "catalog": _without_password(catalog_url),
        "created": now().isoformat(timespec="seconds"),
        "written_by": f"inrstore {__version__}",
    }
    if storage.local:
        _create_local(storage, storage.local, model, catalog_url, settings)
        return
    if not catalog_url:
        raise BadInput(
            f"a store at {storage} needs its catalogue in a database server: "
            "give catalog_url, or init --catalog postgresql://HOST/NAME"
        )
    with _claim(storage):
        _save(storage, model)
        _fill(connection.connect(catalog_url), model, settings)
        storage.write(SETTINGS, _to_json(settings))


def connect_store(url: str | Path, catalog_url: str | None) -> tuple[str, Backing]:
    """Id and backing of a store, checked and, if it is older, upgraded. Errors: StoreNotFound, StoreFormatError."""
    storage = Storage(url)
    settings = _settings(storage)
    named = catalog_url or settings.get("catalog")
    if named:
        catalog = connection.connect(named)
    elif storage.local and (storage.local / CATALOG).exists():
        catalog = connection.connect(connection.sqlite_url(storage.local / CATALOG))
    else:
        raise StoreFormatError(f"{storage} has lost its {CATALOG}; restore it from a backup")
    connection.check_revision(catalog, storage)
    with catalog.read() as reader:
        found = reader.execute(select(StateRow.store_id, StateRow.base_id, StateRow.profile)).first()
    if found is None or found[0] != settings["id"]:
        raise StoreFormatError(f"the catalogue {catalog.where} belongs to another store than {storage}")
    return found[0], Backing(storage, catalog, Parts(storage, catalog), found[1], found[2])


def index_dir(storage: Storage, store_id: str, name: str) -> Path:
    """See `Store.index_dir`. Errors: BadInput."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise BadInput(f"index name {name!r}: use letters, digits, dot, dash and underscore")
    return work_dir(storage, store_id, f"indexes/{name}")


def work_dir(storage: Storage, store_id: str, name: str) -> Path:
    """See `Store.work_dir`."""
    path = (storage.local or cache_dir() / store_id) / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class _Version:
    format: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class _Settings:
    """What opening reads of store.json; the rest is for people."""

    id: Annotated[str, Meta(min_length=1)]
    catalog: str | None = None


def _settings(storage: Storage) -> dict[str, Any]:
    where = f"{storage}/{SETTINGS}"
    try:
        content = storage.read(SETTINGS).to_pybytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreNotFound(f"{storage} is not a store; make one with: inrstore init {storage}") from error
    try:
        version = decode(_Version, content, where, unknown=True).format
        if version > FORMAT:
            raise StoreFormatError(
                f"{storage} has format {version}, this inrstore reads up to {FORMAT}; "
                "upgrade with: pip install -U inrstore"
            )
        return asdict(decode(_Settings, content, where, unknown=True))
    except BadInput as error:
        raise StoreFormatError(f"{error}: it is damaged; restore it from a backup") from error


def _refuse_occupied(storage: Storage) -> None:
    if storage.exists(SETTINGS):
        raise StoreExists(f"{storage} is already a store")
    if storage.local is None or not storage.local.exists():
        return
    if not storage.local.is_dir() or any(not n.startswith(STAGE) for n in os.listdir(storage.local)):
        raise StoreExists(f"{storage} is not empty and no store; choose a new or empty directory")


@contextmanager
def _claim(storage: Storage) -> Iterator[None]:
    """Of several that make a store at a remote place at once one goes on at most: the one that finds no other's claim.

    Whoever claims later sees the earlier claim, or the store that came of it, since what is written is listed at once.
    """
    mine = f"{STAGE}{uuid4().hex}"
    storage.write(mine, b"a store is being made here\n")
    try:
        names = storage.names()
        if SETTINGS in names:
            raise StoreExists(f"{storage} was made into a store by another process just now")
        if others := [name for name in names if name.startswith(STAGE) and name != mine]:
            raise StoreExists(
                f"another process is making a store at {storage}; repeat later, or, if none is, delete "
                f"{storage}/{others[0]}, which one that died has left"
            )
        yield
    finally:
        storage.delete(mine)


def _create_local(
    storage: Storage, root: Path, model: Model, catalog_url: str | None, settings: dict[str, Any]
) -> None:
    """Builds all aside, then moves it in; the bases' folder, moved first, decides between two at once."""
    stage = Storage(root / f"{STAGE}{uuid4().hex}")
    assert stage.local
    try:
        _save(stage, model)
        catalog = connection.connect(catalog_url or connection.sqlite_url(stage.local / CATALOG))
        _fill(catalog, model, settings)
        try:
            os.rename(stage.local / "bases", root / "bases")
        except OSError as error:
            raise StoreExists(f"{storage} was made into a store by another process just now") from error
        for folder in ("encoders", "heads"):
            if (stage.local / folder).exists():
                os.rename(stage.local / folder, root / folder)
        if not catalog_url:
            os.rename(stage.local / CATALOG, root / CATALOG)
        storage.write(SETTINGS, _to_json(settings))
    finally:
        shutil.rmtree(stage.local, ignore_errors=True)


def _fill(catalog: Catalog, model: Model, settings: dict[str, Any]) -> None:
    connection.create(catalog)
    with catalog.write() as writer:
        connection.wait_for_makers(writer)  # no row is there yet in which writers could queue
        if found := writer.execute(select(StateRow.store_id)).scalar():
            raise StoreExists(f"{catalog.where} already is the catalogue of store {found}; use an empty database")
        insert_base(writer, model.base)
        if model.encoder:
            insert_encoder(writer, model.encoder, model.base.id)
        if model.decoder:
            insert_head(writer, model.decoder)
        _insert_state(writer, settings["id"], model)
    catalog.close()  # also folds SQLite's log into its file, which can then be moved


def _save(storage: Storage, model: Model) -> None:
    for part in model.parts().values():
        save_part(storage, part)


def _insert_state(writer: Connection, store_id: str, model: Model) -> None:
    writer.execute(
        insert(StateRow).values(
            id=1,
            store_id=store_id,
            base_id=model.base.id,
            profile=model.recipe.name,
            encoder_id=model.encoder.id if model.encoder else None,
            generation=0,
            rewritten=0,
            created=now(),
        )
    )


def _without_password(url: str | None) -> str | None:
    """Secrets do not belong in a file; libpq finds them in PGPASSWORD or ~/.pgpass."""
    return connection.parse(url)._replace(password=None).render_as_string() if url else None


def _to_json(settings: dict[str, Any]) -> bytes:
    return json.dumps(settings, indent=2).encode() + b"\n"
