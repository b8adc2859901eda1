"""Views of the networks that are stored, beside their embeddings: what pictures are compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from inrstore.errors import CorruptShard, MissingDependency
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


def keep_views(store: Store, stored: int, options: Options, on_progress: OnProgress | None = None) -> list[str]:
    """After a run that stored so many shapes, views of these where the store has views; what is to be said of it."""
    own = store.beside(KIND)
    missing = 0 if own is None else sum(len(keys) for _, _, keys in store.encodable(own))
    if not missing:
        return []
    if missing > stored + BESIDES:
        return [f"shapes without views: {missing:,}; run 'inrstore encode --views'"]
    engine = "inline" if missing <= FEW else options.engine
    ray_address = options.ray_address if engine == options.engine else None
    try:
        encode_views(store, jobs=options.jobs, engine=engine, ray_address=ray_address, on_progress=on_progress)
    except (MissingDependency, CorruptShard) as error:  # the shapes are stored
        return [f"shapes without views: {missing:,}; {error}"]
    return []
