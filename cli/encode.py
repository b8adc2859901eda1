"""The encode command."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from .options import Session, common, pass_session
from .output import counted, emit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inrstore.store import Store

BLOCK = 512
"""Networks read and encoded at once."""


@click.command()
@click.option("--missing", is_flag=True, help="Only shapes that have no embedding yet.")
@common
@pass_session
def encode(session: Session, missing: bool) -> None:
    """Make the embeddings anew from the stored networks.

    Without the source files. `ingest` has made them already; this repairs what is damaged or missing.
    """
    from inrstore.progress import Meter

    from .progress import Bar

    store = session.open()
    started = time.monotonic()
    done = 0
    known = {int(key) for key in store.embedding_keys()} if missing else set()
    by_field: dict[str, list[int]] = {}
    for shape in store.shapes():
        if shape.key not in known:
            by_field.setdefault(shape.field, []).append(shape.key)
    total = sum(map(len, by_field.values()))
    with Bar("encoding", "shape") as bar:
        meter = Meter(bar.update, total)
        for field, keys in by_field.items():
            for start in range(0, len(keys), BLOCK):
                block = keys[start : start + BLOCK]
                done += _encode(store, field, block)
                meter.step(count=len(block))
    seconds = time.monotonic() - started
    emit(
        {"encoded": done, "seconds": seconds},
        f"{counted(done, 'shape')} encoded in {seconds:.1f} s",
        session.json,
    )


def _encode(store: Store, field: str, keys: list[int]) -> int:
    embeddings: NDArray[np.float32] = store.model.encode(field, store.weights(keys))
    return store.replace_embeddings(keys, embeddings)
