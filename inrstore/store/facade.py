"""The store: a directory or URL with catalogue, shards and models. A thin facade: others do the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from inrstore.records import Failure, FloatArray, Inr, KeptSamples, NewShape, Shape, StoredInr

from . import commit, compaction, embeddings, journal, maintenance, networks, opening, read, samples
from .commit import Committed, ModelFacts
from .connection import Catalog
from .journal import IndexEntry, Run
from .maintenance import Report, Step
from .models import Shelf, read_model
from .storage import Storage
from .tables import StateRow, now

if TYPE_CHECKING:
    from inrstore.model import Model
    from inrstore.network.fields import FieldSamples

__all__ = ["Committed", "IndexEntry", "Report", "Run", "Store", "init_store", "open_store"]

Keys = Sequence[int] | NDArray[np.int64]


def init_store(url: str | Path, model: Model, *, catalog_url: str | None = None) -> Store:
    """Makes a store for the networks of one model at a new or empty storage. Errors: StoreExists, StorageFull.

    `catalog_url` names another database for the catalogue, such as postgresql://host/name; a store on S3 or
    GCS needs one.
    """
    opening.create(url, model, catalog_url)
    return open_store(url, catalog_url=catalog_url)


def open_store(url: str | Path, *, catalog_url: str | None = None) -> Store:
    """Opens a store. Errors: StoreNotFound; StoreFormatError when it is newer than this version, or damaged.

    `catalog_url` overrides the database that the store names, for instance to give a password.
    """
    storage, catalog, settings = opening.connect_store(url, catalog_url)
    return Store(storage, catalog, settings["id"], settings["model"], catalog_url)


class Store:
    """Shapes as networks and embeddings, with what is known of them.

    Any number of processes may read and write one store at once. Every method stands for itself: nothing
    needs closing, and a crash loses at most the commit under way.
    """

    def __init__(
        self, storage: Storage, catalog: Catalog, store_id: str, model_id: str, catalog_url: str | None
    ) -> None:
        self.storage, self.catalog, self.id, self.model_id = storage, catalog, store_id, model_id
        self.url = storage.url
        self._catalog_url = catalog_url
        self._shelf = Shelf(storage, catalog)
        self.companions: dict[str, Any] = {}
        """What others keep open as long as this store object, such as its indexes; never saved."""

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:  # to worker processes only the address travels
        return _reopen, (self.url, self._catalog_url)

    @property
    def _own(self) -> ModelFacts:
        return self._shelf.facts(self.model_id)

    @property
    def base_id(self) -> str:
        """Identity of the base that the store's own networks start from."""
        return self.model_id

    @property
    def encoder_id(self) -> str | None:
        """Identity of the encoder that the store's embeddings are of; None where it has none."""
        return self.model_id

    @property
    def profile(self) -> str:
        """Profile of the networks that are fitted as the store's base says."""
        return "default"

    def close(self) -> None:
        """Gives up database connections; the next use opens new ones."""
        self.catalog.close()

    # --- models

    @property
    def model(self) -> Model:
        """The model whose embeddings the store holds; loads torch on first use."""
        return self.load_model(self.model_id)

    def load_model(self, model_id: str) -> Model:
        """A model that is saved in the store. Errors: ModelNotFound."""
        return self._shelf.load(model_id)

    def add_model(self, model: Model) -> None:
        """Saves a second model, so that networks of it can be stored; nothing happens if it is there."""
        self._shelf.add(model)

    # --- shapes in

    def commit(self, shapes: Sequence[NewShape]) -> Committed:
        """Stores shapes, all or none: shards first, durably, then one transaction.

        Content that is already stored, also by another process at the same moment, is a duplicate: only its
        source is added. Errors: BadInput, ModelMismatch, ModelNotFound (see `add_model`), StorageFull.
        """
        return commit.commit(self.storage, self.catalog, self._own, self._shelf.facts, shapes)

    def add_inrs(self, inrs: Mapping[int, Sequence[Inr]]) -> int:
        """Further networks of stored shapes by key, all or none; one of the same model and profile is replaced.

        Returns how many shapes have theirs now, removed ones being left out. Give many at once: each call
        makes a shard. Errors: BadInput, also for another field than the shape's and for the network that is
        encoded; ModelMismatch, ModelNotFound (see `add_model`), StorageFull.
        """
        return networks.add_inrs(self.storage, self.catalog, self._own, self._shelf.facts, inrs)

    def add_samples(self, kept: Mapping[int, KeptSamples]) -> int:
        """Samples of stored shapes to keep, by key, all or none; those that a shape has already are replaced.

        Returns how many shapes have theirs now, removed ones being left out. Give many at once: each call makes a
        shard, or one for each number of samples. Errors: BadInput, StorageFull.
        """
        return samples.add_samples(self.storage, self.catalog, self._own, kept)

    def add_source(self, shape_key: int, source: str, source_sha256: str, source_bytes: int) -> None:
        """Notes another place where a stored shape was found. Errors: ShapeNotFound."""
        commit.add_source(self.catalog, shape_key, source, source_sha256, source_bytes)

    def remove(self, ref: str) -> Shape:
        """Removes a shape, see `shape` for `ref`; its rows leave the shards at the next `compact`."""
        return commit.remove(self.catalog, ref)

    def replace_embeddings(self, keys: Keys, matrix: FloatArray) -> int:
        """New embeddings (n, d) of n shapes; returns how many are set, removed shapes being left out."""
        return embeddings.replace_embeddings(self.storage, self.catalog, self._own, keys, matrix)

    # --- shapes out

    def count(self) -> int:
        """Number of shapes."""
        with self.catalog.read() as connection:
            return read.count(connection)

    def keys(self, where: Mapping[str, str] | None = None) -> NDArray[np.int64]:
        """(n,) keys, ascending, of all shapes or of those that fulfil every condition, as in `shapes`."""
        with self.catalog.read() as connection:
            return read.keys(connection, where)

    def values(self, name: str, where: Mapping[str, str] | None = None) -> dict[int, str]:
        """The label (where `name` is label) or the tag of this name, by key, of the shapes that have one.

        Quicker than `shapes` for many: `where` as there.
        """
        with self.catalog.read() as connection:
            return read.values(connection, name, where)

    def shapes(
        self,
        where: Mapping[str, str] | None = None,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Shape]:
        """Shapes that fulfil every condition, by key.

        `where` maps label, name, field, kind, source, id or any tag to a value; * in it stands for anything.
        `ids` are full ids.
        """
        with self.catalog.read() as connection:
            return read.shapes(connection, where, ids, limit)

    def shape(self, ref: str) -> Shape:
        """The shape of a full id, a unique prefix of four digits or more, or a source path.

        Errors: ShapeNotFound, AmbiguousShape.
        """
        with self.catalog.read() as connection:
            return read.find(connection, ref)

    def shapes_by_key(self, keys: Keys) -> dict[int, Shape]:
        """Shapes by key; keys of removed or unknown shapes are left out."""
        with self.catalog.read() as connection:
            return read.shapes_by_key(connection, [int(key) for key in keys])

    def inrs(self, shape_key: int) -> list[StoredInr]:
        """The networks of a shape, oldest first: the first one is that which is encoded."""
        with self.catalog.read() as connection:
            return read.inrs(connection, shape_key)

    def keys_with_profile(self, profile: str, model: str | None = None) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes that have a network of this profile, and of the model if one is given."""
        return networks.keys_with_profile(self.catalog, profile, model)

    def weights(self, keys: Keys, *, model: str | None = None, profile: str | None = None) -> FloatArray:
        """(n, W) float32 whole weights of one network of each shape, in the order of the keys.

        Without `model` and `profile`: the network that is encoded. Errors: ShapeNotFound when a shape has no
        such network, ModelMismatch when `profile` alone leaves several models, CorruptShard.
        """
        wanted = [int(key) for key in keys]
        return embeddings.weights(self.storage, self.catalog, self._own, self._shelf.facts, wanted, model, profile)

    def embeddings(self, keys: Keys | None = None) -> tuple[NDArray[np.int64], FloatArray]:
        """Keys (n,) ascending and embeddings (n, d) of all shapes, or of those among `keys`, that have one.

        Errors: NoEncoder, CorruptShard.
        """
        return embeddings.embeddings(self.storage, self.catalog, self._own, keys)

    def embedding_keys(self) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes that have an embedding; reads no shard."""
        return embeddings.embedding_keys(self.catalog, self._own)

    def sample_counts(self, keys: Keys | None = None) -> dict[int, int]:
        """How many samples are kept of each shape, or of each among `keys`, that has some; by key, ascending."""
        return samples.counts(self.catalog, self._own, keys)

    def samples(self, keys: Keys) -> list[FieldSamples]:
        """The kept samples of each shape, in the order of the keys. Errors: ShapeNotFound, CorruptShard."""
        return samples.restored(self.storage, self.catalog, self._own, [int(key) for key in keys])

    def known_sources(self) -> dict[str, str]:
        """SHA-256 of each stored source's bytes by its path."""
        with self.catalog.read() as connection:
            return read.known_sources(connection)

    def known_source_hashes(self, hashes: Sequence[str] | None = None) -> dict[str, int]:
        """Key of the shape that a file became, by the SHA-256 of the file's bytes; of all, or of those among `hashes`.

        A file whose hash is not there was not ingested, or its shape was removed.
        """
        with self.catalog.read() as connection:
            return read.known_source_hashes(connection, hashes)

    def generation(self) -> int:
        """Grows with every change of the set of embeddings; an index of an older one is stale."""
        with self.catalog.read() as connection:
            return int(connection.execute(select(StateRow.generation)).scalar_one())

    def rewritten(self) -> int:
        """The generation that last changed embeddings which were already there.

        An older index must be rebuilt; a younger one only has to add and drop rows.
        """
        with self.catalog.read() as connection:
            return int(connection.execute(select(StateRow.rewritten)).scalar_one())

    # --- the ledger

    def record_failure(self, path: str, reason: str, stage: str = "") -> None:
        """Remembers an input that could not be stored; storing it later clears that."""
        with self.catalog.write() as connection:
            journal.record_failure(connection, path, reason, stage)

    def clear_failure(self, path: str) -> None:
        with self.catalog.write() as connection:
            journal.clear_failure(connection, path)

    def failures(self) -> list[Failure]:
        """Inputs that failed, by path."""
        with self.catalog.read() as connection:
            return journal.failures(connection)

    def record_run(self, kind: str, settings: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Remembers a run; both mappings must be plain JSON."""
        with self.catalog.write() as connection:
            journal.record_run(connection, kind, settings, result)

    def runs(self) -> list[Run]:
        """Past runs, oldest first."""
        with self.catalog.read() as connection:
            return journal.runs(connection)

    def index_dir(self, name: str) -> Path:
        """A local directory for an index, made if need be: in the store, or in a cache if that is remote."""
        return opening.index_dir(self.storage, self.id, name)

    def register_index(self, name: str, backend: str, info: Mapping[str, Any], generation: int | None = None) -> None:
        """Enters a built index, of the present generation unless another is given; `info` is plain JSON."""
        built = self.generation() if generation is None else generation
        with self.catalog.write() as connection:
            journal.register_index(connection, IndexEntry(name, backend, built, info, now()))

    def forget_index(self, name: str) -> None:
        with self.catalog.write() as connection:
            journal.forget_index(connection, name)

    def index_entry(self, name: str) -> IndexEntry | None:
        """The registered index of this name, or None."""
        with self.catalog.read() as connection:
            return journal.index_entry(connection, name)

    def index_rows(self) -> list[IndexEntry]:
        """Registered indexes, by name."""
        with self.catalog.read() as connection:
            return journal.indexes(connection)

    # --- maintenance

    def stats(self) -> dict[str, Any]:
        """Figures: `bytes` is what the shapes take, shards and catalogue; models and indexes are apart."""
        return maintenance.stats(self.storage, self.catalog)

    def verify(self, progress: Step | None = None) -> Report:
        """Checks every checksum, row count and reference, and changes nothing."""
        return maintenance.verify(self.storage, self.catalog, partial(read_model, self.storage), progress)

    def compact(self, force: bool = False) -> dict[str, int]:
        """Folds small shards, drops rows of removed shapes, deletes orphans older than an hour.

        With `force` all orphans go; only when nobody else writes.
        """
        return compaction.compact(self.storage, self.catalog, force)


def _reopen(url: str, catalog_url: str | None) -> Store:
    return open_store(url, catalog_url=catalog_url)
