"""Generated shapes, kept as shapes of their own: networks are fitted to their meshes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrstore.progress import OnProgress
from inrstore.tasks.generation.generator import Label
from inrstore.tasks.generation.learned import GENERATED

from .pipeline import IngestResult, ingest

if TYPE_CHECKING:
    from inrstore.model import Head
    from inrstore.store import Store

MADE_BY = f"{GENERATED}_by"
DIGITS = 12
"""Of the head's id, in the tag."""


def keep_generated(
    store: Store,
    paths: Sequence[Path],
    labels: Sequence[Label],
    head: Head,
    *,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> tuple[IngestResult, list[str | None]]:
    """Store meshes that a generator wrote, with their classes, and tags that say so: what the run did, and their ids.

    options : as of `IngestOptions`. The id of a mesh that could not be fitted is None. Errors: as `ingest`.
    """
    tags = {GENERATED: "yes", MADE_BY: head.id[:DIGITS]}
    places = [str(path.resolve()) for path in paths]
    done = ingest(store, places, tags=tags, on_progress=on_progress, **options)
    at, failed = store.sources_at(places), {failure.path for failure in done.failures}
    # What is known of the path of a mesh that failed is a shape of before.
    keys = [at[place][1] if place in at and place not in failed else None for place in places]
    store.relabel({key: label for key, label in zip(keys, labels, strict=True) if key is not None})
    shapes = store.shapes_by_key([key for key in keys if key is not None])
    return done, [None if key is None else shapes[key].id for key in keys]
