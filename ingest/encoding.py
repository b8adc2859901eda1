"""Embeddings of the networks that are stored: made anew, or by another encoder. No source is needed."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.errors import CorruptShard, ModelMismatch, ShapeNotFound
from inrstore.model import Encoding, Model, load_model
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

from .discover import file_of
from .engines import Engine, make_engine
from .options import Options
from .sources.address import is_uri

if TYPE_CHECKING:
    from inrstore.store import Store

BLOCK = 64
"""Networks that a worker reads and encodes at once."""
ROWS = 4_096
SECONDS = 30.0
"""Embeddings of a shard, and of work that a crash may cost."""
TIMEOUT = 3600.0
"""Seconds for one block; nothing here can hang, but a lost worker must be noticed."""
Keys = NDArray[np.int64]
Rows = tuple[tuple[int, ...], FloatArray]
"""Keys and their embeddings (n, d)."""


@dataclass(frozen=True)
class EncodeResult:
    """What a run did: how many shapes it encoded, and which encoder the store has now."""

    encoded: int
    encoder: str
    switched: bool
    """Whether the store had another encoder before."""
    seconds: float


@dataclass(frozen=True)
class Block:
    """Networks of one base and field, by their shapes' keys."""

    base: str
    field: str
    keys: tuple[int, ...]


def encode(
    store: Store,
    *,
    missing: bool = False,
    beside: Model | None = None,
    jobs: int | None = None,
    device: str = "auto",
    engine: str = "local",
    ray_address: str | None = None,
    on_progress: OnProgress | None = None,
) -> EncodeResult:
    """Make the embeddings anew, by the store's own encoder: all, or, if `missing`, those that are not there.

    With a model `beside` they are of its encoder, and the store's own stay: codes, see `inrstore.tasks.codes`. Its
    decoder comes with it. On a GPU (`device` is auto, cpu or cuda) this process encodes many at once, else `jobs`
    worker processes do, or those of another engine, see `ingest.options.Options`. Errors: NoEncoder, ModelMismatch,
    CorruptShard, StorageFull, BadInput if there is no such device or cluster.
    """
    started = time.monotonic()
    encoder = store.encoder() if beside is None else beside.encoding.part
    if beside is not None:
        store.add_encoder(encoder)
    some = store.encodable(encoder.id if missing else None)
    options = Options(jobs=jobs, device=device, timeout=TIMEOUT, engine=engine, ray_address=ray_address)
    done = _encode(store, encoder.id, some, options, on_progress)
    if beside is not None and beside.decoder is not None:
        store.add_head(beside.decoder)  # last: from then on these are the store's codes
    return EncodeResult(done, encoder.id, False, time.monotonic() - started)


def reencode(
    store: Store,
    model: str | Path | Model,
    *,
    jobs: int | None = None,
    device: str = "auto",
    engine: str = "local",
    ray_address: str | None = None,
    on_progress: OnProgress | None = None,
) -> EncodeResult:
    """Embed every stored network with the encoder of another model, then make it the store's own.

    Search goes on with the former embeddings until the last network is encoded; then the store is switched in one
    transaction, also if others wrote to it meanwhile. What was encoded is kept when this is stopped, and the same call
    goes on from there. The former embeddings stay until `Store.compact`, so that switching back takes no encoding.

    Parameters
    ----------
    model : a model, its name or its directory, see `load_model`; its decoder, if it has one, comes with it.
    jobs : worker processes; by default one a processor.
    device : auto, cpu or cuda; on a GPU this process encodes many at once.
    engine, ray_address : see `ingest.options.Options`; every node of a cluster reads the store itself.

    Raises
    ------
    NoEncoder
        If the model has none.
    ModelMismatch
        If its encoder does not read the store's networks; it says what can be fitted again, from what.
    StorageFull
        If the disk is full; what was committed stays.
    BadInput
        If there is no such device or cluster.
    """
    started = time.monotonic()
    options = Options(jobs=jobs, device=device, timeout=TIMEOUT, engine=engine, ray_address=ray_address)
    given = model if isinstance(model, Model) else load_model(model)
    encoder = given.encoding.part
    if not all(encoder.reads(store.base(base)) for base in {store.base_id, *(b for b, _, _ in store.encodable())}):
        raise ModelMismatch(_other_base(store, given))
    former = store.encoder_id
    store.add_encoder(encoder)
    if given.decoder is not None:
        store.add_head(given.decoder)
    done = 0
    while True:  # shapes that are stored meanwhile are encoded, too
        done += _encode(store, encoder.id, store.encodable(encoder.id), options, on_progress)
        if not store.switch_encoder(encoder.id):
            return EncodeResult(done, encoder.id, former != encoder.id, time.monotonic() - started)


def _encode(
    store: Store,
    encoder_id: str,
    some: list[tuple[str, str, Keys]],
    options: Options,
    on_progress: OnProgress | None,
) -> int:
    """Encode and store the networks of these shapes; how many."""
    total = sum(len(keys) for _, _, keys in some)
    if not total:
        return 0
    part = store.encoder(encoder_id)
    encodings = {base: Encoding(store.base(base), part) for base, _, _ in some}
    for encoding in encodings.values():
        part.build(encoding.base)  # what cannot be built is said here, not by every worker
    meter, sink = Meter(on_progress, total), _Sink(store, encoder_id)
    try:
        with (
            make_engine(options, start, (pickle.dumps((store, encodings)),), -(-total // BLOCK)) as engine,
            closing(_encoded(engine, engine.processor(options.device), store, encodings, _blocks(some))) as found,
        ):
            for block, rows in found:
                sink.add(*rows)
                meter.step(count=len(block.keys), stored=sink.stored)
    finally:
        sink.flush()
    return sink.stored


def _encoded(
    engine: Engine, device: str, store: Store, encodings: dict[str, Encoding], blocks: Iterator[Block]
) -> Generator[tuple[Block, Rows]]:
    """Errors: CorruptShard."""
    workers = engine if device == "cpu" else engine.gpus
    if workers is None:
        for block in blocks:
            yield block, encoded(store, encodings[block.base], block, device)
        return
    for done in workers.run(partial(run, device=device), blocks):
        if done is None:
            continue
        if done.result is None:
            raise CorruptShard(done.problem or "a worker gave no embeddings")
        yield done.task, done.result


def _blocks(some: list[tuple[str, str, Keys]]) -> Iterator[Block]:
    for base, field, keys in some:
        for start in range(0, len(keys), BLOCK):
            yield Block(base, field, tuple(keys[start : start + BLOCK].tolist()))


class _Sink:
    """Stores embeddings, `ROWS` of them at once or every `SECONDS`."""

    def __init__(self, store: Store, encoder_id: str) -> None:
        self.store, self.encoder_id, self.stored = store, encoder_id, 0
        self._waiting: list[tuple[tuple[int, ...], FloatArray]] = []
        self._since = time.monotonic()

    def add(self, keys: tuple[int, ...], rows: FloatArray) -> None:
        self._waiting.append((keys, rows))
        if sum(len(keys) for keys, _ in self._waiting) >= ROWS or time.monotonic() - self._since > SECONDS:
            self.flush()

    def flush(self) -> None:
        waiting = sorted(self._waiting, key=lambda pair: pair[0])  # by key, so that equal runs make equal shards
        self._waiting, self._since = [], time.monotonic()
        if waiting:
            keys = np.concatenate([np.array(keys, np.int64) for keys, _ in waiting])
            rows = np.concatenate([rows for _, rows in waiting])
            self.stored += self.store.set_embeddings(keys, rows, encoder=self.encoder_id)


def _other_base(store: Store, model: Model) -> str:
    """Why an encoder cannot be taken, and from what its base's networks could be fitted."""
    shapes = store.count()
    kept = len(store.sample_counts())
    sources = sum(is_uri(path) or os.path.exists(file_of(path)) for path in store.known_sources())
    return (
        f"model {model.name!r} reads networks of base {model.base.id[:12]}, the store's are of {store.base_id[:12]}; "
        f"all {shapes:,} shapes would have to be fitted again, for which {sources:,} of their source files are there, "
        f"{kept:,} have kept samples, and each has its stored network. Make a new store with 'inrstore init NEW "
        "--model …', ingest the sources, and bring the rest with 'inrstore export … -f inr' and 'inrstore import-inrs'"
    )


_settings: tuple[Store, dict[str, Encoding]] | None = None


def start(pickled: bytes) -> None:
    """Once in every worker process."""
    global _settings
    _settings = pickle.loads(pickled)
    torch.set_num_threads(1)


def run(block: Block, device: str) -> Rows:
    """A block, in a worker process."""
    if _settings is None:
        raise RuntimeError("encoding.start was not called in this process")
    return encoded(_settings[0], _settings[1][block.base], block, device)


def encoded(store: Store, encoding: Encoding, block: Block, device: str) -> Rows:
    """A block's embeddings, less those of shapes that were removed meanwhile."""
    try:
        return block.keys, encoding.encode(block.field, store.weights(block.keys), device)
    except ShapeNotFound:
        left = tuple(key for key in block.keys if key in store.shapes_by_key(block.keys))
        return left, encoding.encode(block.field, store.weights(left), device)
