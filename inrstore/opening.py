"""How a store comes into being and is opened: store.json, the catalogue, the model."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from . import __version__, connection, ledger
from .catalog import StateRow, now
from .connection import Catalog
from .errors import BadInput, StoreExists, StoreFormatError, StoreNotFound
from .places import Place
from .shelf import save_model

if TYPE_CHECKING:
    from .model import Model

FORMAT = 1
SETTINGS = "store.json"
CATALOG = "catalog.sqlite"
STAGE = ".init-"


def create(url: str | Path, model: Model, catalog_url: str | None) -> None:
    """Makes a store; store.json comes last, so a half-made one is none. Errors: StoreExists, BadInput."""
    place = Place(url)
    _refuse_occupied(place)
    settings = {
        "format": FORMAT,
        "id": uuid4().hex,
        "model": model.id,
        "catalog": _without_password(catalog_url),
        "created": now().isoformat(timespec="seconds"),
        "written_by": f"inrstore {__version__}",
    }
    if place.local:
        _create_local(place, place.local, model, catalog_url, settings)
        return
    if not catalog_url:
        raise BadInput(f"a store at {place} needs its catalogue in a database server: give catalog_url")
    save_model(place, model)
    _fill(connection.connect(catalog_url), model, settings)
    place.write(SETTINGS, _to_json(settings))


def connect_store(url: str | Path, catalog_url: str | None) -> tuple[Place, Catalog, dict[str, Any]]:
    """Place, catalogue and settings of a store, checked. Errors: StoreNotFound, StoreFormatError."""
    place = Place(url)
    settings = _settings(place)
    named = catalog_url or settings.get("catalog")
    if named:
        catalog = connection.connect(named)
    elif place.local and (place.local / CATALOG).exists():
        catalog = connection.connect(connection.sqlite_url(place.local / CATALOG))
    else:
        raise StoreFormatError(f"{place} has lost its {CATALOG}; restore it from a backup")
    connection.check_revision(catalog)
    with catalog.read() as reader:
        found = reader.execute(select(StateRow.store_id, StateRow.model_id)).first()
    if found is None or found[0] != settings["id"]:
        raise StoreFormatError(f"the catalogue {catalog.where} belongs to another store than {place}")
    return place, catalog, {**settings, "model": found[1]}


def index_dir(place: Place, store_id: str, name: str) -> Path:
    """See `Store.index_dir`. Errors: BadInput."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise BadInput(f"index name {name!r}: use letters, digits, dot, dash and underscore")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "inrstore" / store_id
    path = (place.local or cache) / "indexes" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def _settings(place: Place) -> dict[str, Any]:
    try:
        settings = json.loads(place.read(SETTINGS))
        version = int(settings["format"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreNotFound(f"{place} is not a store; make one with: inrstore init {place}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise StoreFormatError(f"{place}/{SETTINGS} is damaged ({error}); restore it from a backup") from error
    if version > FORMAT:
        raise StoreFormatError(
            f"{place} has format {version}, this inrstore reads up to {FORMAT}; upgrade with: pip install -U inrstore"
        )
    return dict(settings)


def _refuse_occupied(place: Place) -> None:
    if place.exists(SETTINGS):
        raise StoreExists(f"{place} is already a store")
    if place.local is None or not place.local.exists():
        return
    if not place.local.is_dir() or any(not n.startswith(STAGE) for n in os.listdir(place.local)):
        raise StoreExists(f"{place} is not empty and no store; choose a new or empty directory")


def _create_local(place: Place, root: Path, model: Model, catalog_url: str | None, settings: dict[str, Any]) -> None:
    """Builds all aside, then moves it in; the model's folder, moved first, decides between two at once."""
    stage = Place(root / f"{STAGE}{uuid4().hex}")
    assert stage.local
    try:
        save_model(stage, model)
        catalog = connection.connect(catalog_url or connection.sqlite_url(stage.local / CATALOG))
        _fill(catalog, model, settings)
        try:
            os.rename(stage.local / "models", root / "models")
        except OSError as error:
            raise StoreExists(f"{place} was made into a store by another process just now") from error
        if not catalog_url:
            os.rename(stage.local / CATALOG, root / CATALOG)
        place.write(SETTINGS, _to_json(settings))
    finally:
        shutil.rmtree(stage.local, ignore_errors=True)


def _fill(catalog: Catalog, model: Model, settings: dict[str, Any]) -> None:
    connection.create(catalog)
    with catalog.write() as writer:
        if found := writer.execute(select(StateRow.store_id)).scalar():
            raise StoreExists(f"{catalog.where} already is the catalogue of store {found}; use an empty database")
        ledger.insert_model(writer, model)
        ledger.insert_state(writer, settings["id"], model.id)
    catalog.close()  # also folds SQLite's log into its file, which can then be moved


def _without_password(url: str | None) -> str | None:
    """Secrets do not belong in a file; libpq finds them in PGPASSWORD or ~/.pgpass."""
    return connection.parse(url)._replace(password=None).render_as_string() if url else None


def _to_json(settings: dict[str, Any]) -> bytes:
    return json.dumps(settings, indent=2).encode() + b"\n"
