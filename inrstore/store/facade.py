"""The store: a directory or URL with catalogue, shards and models. A thin facade: others do the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from inrstore.records import Failure, FloatArray, Inr, KeptSamples, NewShape

from . import commit, embeddings, journal, networks, opening, samples
from .backing import Backing
from .commit import Committed
from .heads import HeadEntry
from .journal import IndexEntry, JournalEntry
from .references import AnyRef, Refs
from .tables import StateRow, now
from .upkeep import Upkeep
from .verification import Report

if TYPE_CHECKING:
    from inrstore.model import Base, EncoderPart, Model
    from inrstore.network.fields import FieldSamples

__all__ = ["Committed", "HeadEntry", "IndexEntry", "JournalEntry", "Report", "Store", "init_store", "open_store"]


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
    store_id, backing = opening.connect_store(url, catalog_url)
    return Store(backing, store_id, catalog_url)


class Store(Upkeep):
    """Shapes as networks and embeddings, with what is known of them.

    Any number of processes may read and write one store at once. Every method stands for itself: nothing
    needs closing, and a crash loses at most the commit under way. References to shapes and conditions on them
    mean the same everywhere, see `Shapes`.
    """

    def __init__(self, backing: Backing, store_id: str, catalog_url: str | None) -> None:
        self.backing, self.storage, self.catalog, self.id = backing, backing.storage, backing.catalog, store_id
        self.url = backing.storage.url
        self._catalog_url = catalog_url
        self.companions: dict[str, Any] = {}
        """What others keep open as long as this store object, such as its indexes; never saved."""

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:  # to worker processes only the address travels
        return _reopen, (self.url, self._catalog_url)

    def close(self) -> None:
        """Gives up database connections; the next use opens new ones."""
        self.catalog.close()

    # --- models

    @property
    def base_id(self) -> str:
        """Identity of the base that the store's own networks start from; it never changes."""
        return self.backing.base_id

    @property
    def profile(self) -> str:
        """Profile of the networks that are fitted as the store's base says."""
        return self.backing.profile

    @property
    def encoder_id(self) -> str | None:
        """Identity of the encoder that the store's embeddings are of, as it is now; None where it has none."""
        return self.backing.encoder_id()

    @property
    def model(self) -> Model:
        """The store's base, with the encoder and decoder that it has now; loads torch on first use."""
        return self.backing.parts.model(self.base_id, self.encoder_id)

    def base(self, base_id: str | None = None) -> Base:
        """A base that is saved in the store, by default its own. Errors: ModelNotFound, CorruptShard."""
        return self.backing.parts.base(base_id or self.base_id)

    def encoder(self, encoder_id: str | None = None) -> EncoderPart:
        """An encoder that is saved in the store, by default its own. Errors: NoEncoder, ModelNotFound, CorruptShard."""
        return self.backing.parts.encoder(self.backing.encoder(encoder_id).id)

    def add_base(self, base: Base) -> None:
        """Saves a further base, so that networks of it can be stored; nothing happens if it is there."""
        self.backing.parts.add_base(base)

    def add_encoder(self, encoder: EncoderPart) -> None:
        """Saves a further encoder; nothing happens if it is there. Errors: ModelMismatch if it reads other networks."""
        self.backing.parts.add_encoder(encoder, self.base_id)

    # --- shapes in

    def commit(self, shapes: Sequence[NewShape]) -> Committed:
        """Stores shapes, all or none: shards first, durably, then one transaction.

        Content that is already stored, also by another process at the same moment, is a duplicate: only its
        source is added. Errors: BadInput, ModelMismatch, ModelNotFound (see `add_base`), StorageFull.
        """
        return commit.commit(self.backing, shapes)

    def add_inrs(self, inrs: Mapping[AnyRef, Sequence[Inr]]) -> int:
        """Further networks of stored shapes, all or none; one of the same base and profile is replaced.

        Returns how many shapes have theirs now, removed ones being left out. Give many at once: each call
        makes a shard. Errors: BadInput, also for another field than the shape's and for the network that is
        encoded; ShapeNotFound, AmbiguousShape, ModelMismatch, ModelNotFound (see `add_base`), StorageFull.
        """
        return networks.add_inrs(self.backing, self._by_key(inrs))

    def add_samples(self, kept: Mapping[AnyRef, KeptSamples]) -> int:
        """Samples of stored shapes to keep, all or none; those that a shape has already are replaced.

        Returns how many shapes have theirs now, removed ones being left out. Give many at once: each call makes a
        shard, or one for each number of samples. Errors: ShapeNotFound, AmbiguousShape, BadInput, StorageFull.
        """
        return samples.add_samples(self.backing, self._by_key(kept))

    def set_embeddings(self, shapes: Refs, matrix: FloatArray, *, encoder: str | None = None) -> int:
        """Embeddings (n, d) of n shapes, made by the encoder of this id, by default the store's own.

        Returns how many are set, removed and unknown keys being left out. Give many at once: each call makes a shard.
        Errors: ShapeNotFound, AmbiguousShape, BadInput, ModelMismatch, ModelNotFound (see `add_encoder`), NoEncoder,
        StorageFull.
        """
        return embeddings.set_embeddings(self.backing, self._keys(shapes), matrix, encoder)

    def switch_encoder(self, encoder: str) -> int:
        """Makes another encoder the store's own, in one transaction, once every shape has an embedding of it.

        Returns how many have none: with any, nothing is changed. The former embeddings stay until `compact`.
        Errors: ModelNotFound (see `add_encoder`).
        """
        return embeddings.switch(self.backing, encoder)

    # --- vectors out

    def keys_with_profile(self, profile: str, base: str | None = None) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes that have a network of this profile, and of the base if one is given."""
        return networks.keys_with_profile(self.catalog, profile, base)

    def weights(self, shapes: Refs, *, base: str | None = None, profile: str | None = None) -> FloatArray:
        """(n, W) float32 whole weights of one network of each shape, in the order of the references.

        Without `base` and `profile`: the network that is encoded. Errors: ShapeNotFound, also when a shape has no
        such network; AmbiguousShape, BadInput, ModelMismatch when they are of several architectures, CorruptShard.
        """
        return networks.weights(self.backing, self._keys(shapes).tolist(), base, profile)

    def embeddings(
        self, shapes: Refs | None = None, *, encoder: str | None = None
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Keys (n,) ascending and embeddings (n, d) of all shapes, or of those among `shapes`, that have one.

        They are of the encoder of this id, by default of the store's own. Errors: ShapeNotFound, AmbiguousShape,
        BadInput, NoEncoder, ModelNotFound, CorruptShard.
        """
        return embeddings.embeddings(self.backing, None if shapes is None else self._keys(shapes), encoder)

    def embedding_keys(self, encoder: str | None = None) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes that have an embedding, by default of the store's own encoder."""
        return embeddings.embedding_keys(self.backing, encoder)

    def encodable(self, missing: str | None = None) -> list[tuple[str, str, NDArray[np.int64]]]:
        """Bases and fields, each with the keys, ascending, of the shapes of which encoders read such networks.

        `missing` leaves only those without an embedding of the encoder of this id. Errors: ModelNotFound.
        """
        facts = None if missing is None else self.backing.encoder(missing)
        return embeddings.encodable(self.backing, facts)

    def sample_counts(self, shapes: Refs | None = None) -> dict[int, int]:
        """How many samples are kept of each shape, or of each among `shapes`, that has some; by key, ascending.

        Errors: ShapeNotFound, AmbiguousShape, BadInput.
        """
        return samples.counts(self.catalog, None if shapes is None else self._keys(shapes))

    def samples(self, shapes: Refs) -> list[FieldSamples]:
        """The kept samples of each shape, in the order of the references.

        Errors: ShapeNotFound, also when a shape has none; AmbiguousShape, BadInput, CorruptShard.
        """
        return samples.restored(self.storage, self.catalog, self._keys(shapes).tolist())

    def generation(self) -> int:
        """Grows with every change of the set of embeddings; an index of an older one is stale."""
        return self.catalog.known("generation", journal.generation)

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
        """Forgets that an input failed."""
        with self.catalog.write() as connection:
            journal.clear_failure(connection, path)

    def failures(self) -> list[Failure]:
        """Inputs that failed, by path."""
        with self.catalog.read() as connection:
            return journal.failures(connection)

    def record_run(self, command: str, settings: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Remembers a run; both mappings must be plain JSON."""
        with self.catalog.write() as connection:
            journal.record_run(connection, command, settings, result)

    def runs(self) -> list[JournalEntry]:
        """Past runs, oldest first."""
        with self.catalog.read() as connection:
            return journal.runs(connection)

    def index_dir(self, name: str) -> Path:
        """A local directory for an index, made if need be: in the store, or in a cache if that is remote.

        Errors: BadInput for a name that is none.
        """
        return opening.index_dir(self.storage, self.id, name)

    def register_index(self, name: str, backend: str, info: Mapping[str, Any], generation: int | None = None) -> None:
        """Enters a built index, of the present generation unless another is given; `info` is plain JSON."""
        built = self.generation() if generation is None else generation
        with self.catalog.write() as connection:
            journal.register_index(connection, IndexEntry(name, backend, built, info, now()))

    def forget_index(self, name: str) -> None:
        """Takes an index out of the catalogue; its files stay."""
        with self.catalog.write() as connection:
            journal.forget_index(connection, name)

    def index_entry(self, name: str) -> IndexEntry | None:
        """The registered index of this name, or None."""
        return self.catalog.known(f"index {name}", partial(journal.index_entry, name=name))

    def index_rows(self) -> list[IndexEntry]:
        """Registered indexes, by name."""
        with self.catalog.read() as connection:
            return journal.indexes(connection)


def _reopen(url: str, catalog_url: str | None) -> Store:
    return open_store(url, catalog_url=catalog_url)
