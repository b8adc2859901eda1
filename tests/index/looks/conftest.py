"""A store of twenty shapes whose heads have small towers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.store import Store, init_store
from tests import looks
from tests.shapes import new_shape

COUNT = 20


@pytest.fixture
def bare(tmp_path: Path, tiny_model: Any) -> Store:
    """Without heads."""
    store = init_store(tmp_path / "looks.store", tiny_model)
    own: dict[str, Any] = {"label": None, "tags": {}}
    shapes = [new_shape(tiny_model, n, name=f"p{n:04}", source=f"/x/{n}.obj", **own) for n in range(COUNT)]
    store.commit(shapes)
    store.label(["/x/1.obj", "/x/3.obj", "/x/5.obj", "/x/7.obj"], "odd")
    return store


@pytest.fixture
def seen(bare: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """With a head for words and one for pictures."""
    looks.fake_towers(monkeypatch)
    bare.add_head(looks.text_head(str(bare.encoder_id)))
    bare.add_head(looks.image_head(str(bare.encoder_id)))
    return bare


def by_hand(store: Store, head: Any, features: np.ndarray) -> dict[str, float]:
    """Likeness of every shape by name, from the head's tensors and the stored embeddings alone."""
    given = {name: np.asarray(value, np.float64) for name, value in head.tensors.items()}
    if head.kind == "text":
        inside = np.exp(5 * (features @ given["landmarks"].T - 1)) @ given["adds"]
    else:
        from inrstore.tasks.crossmodal.head import QueryHead

        inside = QueryHead(head).inside(np.asarray(features, np.float32)).astype(np.float64)
    outside = inside.mean(axis=0) @ given["space.directions"]
    keys, rows = store.embeddings()
    shapes = store.shapes_by_key(keys.tolist())
    return {
        shapes[key].name: float(outside @ (row - given["space.middle"])) for key, row in zip(keys, rows, strict=True)
    }
