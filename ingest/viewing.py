"""Views of the networks that are stored, beside their embeddings: what pictures are compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import InrstoreError
from inrstore.progress import OnProgress, Progress

if TYPE_CHECKING:
    from inrstore.store import Store

    from .encoding import EncodeResult
    from .options import Options

KIND = "views"
FEW = 8
"""Views that are made here, sooner than worker processes could begin."""
BESIDES = 200
"""Views that a run makes of shapes which it did not store: of those that one before it left out."""


def encode_views(
    store: Store,
    tower: str | None = None,
    *,
    jobs: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
    on_progress: OnProgress | None = None,
) -> EncodeResult:
    """Makes the vectors that are missing of how the store's shapes look from all round; no source file is read.

    Twelve views of each decoded surface are read by a tower, one of `inrstore.towers`, by default that of the store's
    views, else the packaged; one that is given makes them all anew, and so follows an image head that was trained
    since. What was made is kept when this is stopped. Errors: MissingDependency without the extra `image`; as `encode`.
    """
    from inrstore.model import Model  # brings torch, as the next do
    from inrstore.model.encoders.views import ViewsEncoder
    from inrstore.tasks.crossmodal.views import views_encoder

    from .encoding import encode

    def told(progress: Progress) -> None:
        assert on_progress is not None
        on_progress(replace(progress, stage="encoding views"))

    encoder = views_encoder(store, tower)
    cast(ViewsEncoder, encoder.build(store.base())).loaded()  # what is missing is said here, not by every worker
    if tower is not None or store.beside(KIND) is None:  # else another process may have chosen another meanwhile
        store.use_beside(encoder)
    return encode(
        store,
        missing=True,
        beside=Model(encoder.name, store.base(), encoder),
        jobs=jobs,
        device="cpu",
        engine=engine,
        ray_address=ray_address,
        on_progress=told if on_progress else None,
    )


def keep_views(store: Store, before: int, options: Options, on_progress: OnProgress | None = None) -> list[str]:
    """After a run that found so many shapes, views of those that came, where the store has views; what is to be said.

    What goes wrong here is said, too: the shapes are stored.
    """
    own, stored = store.beside(KIND), store.count() - before
    if own is None or stored <= 0:
        return []
    missing = store.encodable(own)
    count = sum(len(keys) for _, _, keys in missing)
    if count > stored + BESIDES:
        return [f"shapes without views: {count:,}; run 'inrstore encode --views'"]
    try:
        if count <= FEW:
            _encode_here(store, own, missing)
        else:
            engine, ray = options.engine, options.ray_address
            encode_views(store, jobs=options.jobs, engine=engine, ray_address=ray, on_progress=on_progress)
    except InrstoreError as error:
        return [f"shapes without views: {count:,}; {error}"]
    return []


def _encode_here(store: Store, encoder_id: str, missing: list[tuple[str, str, NDArray[np.int64]]]) -> None:
    """Errors: MissingDependency, CorruptShard, StorageFull."""
    from inrstore.model import Encoding

    from .encoding import Block, encoded

    part = store.encoder(encoder_id)
    for base, field, keys in missing:
        block = Block(base, field, tuple(keys.tolist()))
        there, rows = encoded(store, Encoding(store.base(base), part), block, "cpu")
        store.set_embeddings(there, rows, encoder=encoder_id)
