"""The models of a store: saved below models/, entered in the catalogue, loaded when they are needed."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from inrstore.errors import CorruptShard, ModelNotFound
from inrstore.records import FloatArray

from . import journal
from .commit import ModelFacts
from .connection import Catalog
from .storage import Storage
from .tables import ModelRow

if TYPE_CHECKING:
    from inrstore.model import Model


class Shelf:
    """Loads each model once."""

    def __init__(self, storage: Storage, catalog: Catalog) -> None:
        self._place, self._catalog = storage, catalog
        self._models: dict[str, Model] = {}
        self._facts: dict[str, ModelFacts] = {}

    def load(self, model_id: str) -> Model:
        """Errors: ModelNotFound, CorruptShard."""
        if model_id not in self._models:
            self.facts(model_id)
            self._models[model_id] = read_model(self._place, model_id)
        return self._models[model_id]

    def add(self, model: Model) -> None:
        """Saves a model and enters it."""
        save_model(self._place, model)
        with self._catalog.write() as connection:
            journal.insert_model(connection, model)
        self._models[model.id] = model

    def facts(self, model_id: str) -> ModelFacts:
        """What the catalogue knows of a model. Errors: ModelNotFound."""
        if model_id not in self._facts:
            with self._catalog.read() as connection:
                row = connection.execute(select(ModelRow.__table__).where(ModelRow.id == model_id)).first()
            if row is None:
                raise ModelNotFound(f"the store has no model {model_id[:12]}; add it with Store.add_model")
            siren = "hidden={hidden} layers={layers} omega={omega:g}".format(**row.info["siren"])
            base = partial(self._base, model_id)
            self._facts[model_id] = ModelFacts(row.key, row.id, row.weights, row.embedding_dim, siren, base)
        return self._facts[model_id]

    def _base(self, model_id: str, field: str) -> FloatArray:
        base: FloatArray = self.load(model_id).base(field)
        return base


def save_model(storage: Storage, model: Model) -> None:
    """Copies a model into the store, durably."""
    with tempfile.TemporaryDirectory(prefix="inrstore-") as directory:
        model.save(Path(directory))
        storage.upload(Path(directory), f"models/{model.id}")


def read_model(storage: Storage, model_id: str) -> Model:
    """Loads a model of the store. Errors: CorruptShard when it is damaged or gone."""
    from inrstore.model import Model  # brings torch

    with storage.directory(f"models/{model_id}") as directory:
        try:
            model = Model.load(directory)
        except (OSError, ValueError, KeyError) as error:
            raise CorruptShard(f"models/{model_id} in {storage} cannot be read: {error}") from error
    if model.id != model_id:
        raise CorruptShard(f"models/{model_id} in {storage} was altered: its content is now {model.id[:12]}")
    return model
