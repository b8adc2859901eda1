"""Small heads of words and pictures for the tiny model, with towers that look up what they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

DIM, WIDE, DIRECTIONS = 8, 6, 4
TOWER_ID = "t" * 64


class FakeText:
    """Known texts have vectors of their own, others share one."""

    name, id, dim = "fake", TOWER_ID, WIDE

    def __init__(self, known: Mapping[str, NDArray[np.float32]]) -> None:
        self.known = dict(known)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.known.get(text, np.eye(WIDE, dtype=np.float32)[-1]) for text in texts])


class FakeImage:
    """A picture's mean colour, its deviation and what of it is dark, as six numbers."""

    name, id, dim, side = "fake", TOWER_ID, WIDE, 32

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        rows = [np.r_[one.reshape(-1, 3).mean(0), one.reshape(-1, 3).std(0)] for one in pictures]
        return np.asarray(np.stack(rows) / 255, np.float32)


def texts() -> FakeText:
    """Of `wheels`, `legs` and `round`."""
    rows = np.eye(WIDE, dtype=np.float32)
    return FakeText(dict(zip(("wheels", "legs", "round"), rows, strict=False)))


def text_head(encoder_id: str, floor: float = 0.0, seed: int = 0, tower_id: str = TOWER_ID, dim: int = DIM) -> Any:
    from inrstore.model import Head

    random = np.random.default_rng(seed)
    tensors = {
        **space(random, dim),
        "landmarks": np.eye(WIDE, dtype=np.float32),
        "adds": random.normal(size=(WIDE, DIRECTIONS)).astype(np.float32),
    }
    return Head.task("words", "text", encoder_id, settings=about(floor, tower_id), tensors=tensors, card={})


def image_head(
    encoder_id: str,
    floor: float = 0.0,
    seed: int = 1,
    tower_id: str = TOWER_ID,
    dim: int = DIM,
    tower: str = "fake",
    wide: int = WIDE,
    views_floor: float | None = None,
) -> Any:
    import torch

    from inrstore.model import Head
    from inrstore.tasks.crossmodal.network import build, tensors_of

    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tensors = {
        **space(random, dim),
        "squeeze.middle": random.normal(size=wide).astype(np.float32),
        "squeeze.directions": np.eye(wide, WIDE, dtype=np.float32),
        **tensors_of(build(WIDE, 5, DIRECTIONS)),
    }
    settings = about(floor, tower_id) | {"tower": tower, "features": wide}
    if views_floor is not None:
        settings["views_floor"] = views_floor
    return Head.task("views", "image", encoder_id, settings=settings, tensors=tensors, card={})


def about(floor: float, tower_id: str) -> dict[str, Any]:
    return {"tower": "fake", "tower_id": tower_id, "features": WIDE, "floor": floor, "slope": [1.0, 0.0], "length": 1.0}


def space(random: np.random.Generator, dim: int) -> dict[str, NDArray[np.float32]]:
    middle = 0.1 * random.normal(size=dim)
    ways = np.linalg.qr(random.normal(size=(dim, DIRECTIONS)))[0].T * np.linspace(2, 1, DIRECTIONS)[:, None]
    return {"space.middle": middle.astype(np.float32), "space.directions": ways.astype(np.float32)}


def fake_towers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.looks.heads.text_tower", lambda name: texts())
    monkeypatch.setattr("index.looks.heads.image_tower", lambda name: FakeImage())


def drawn(path: Path, colour: tuple[int, int, int] = (200, 30, 30), size: int = 64) -> Path:
    """A picture of a block before white."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((size, size, 3), 255, np.uint8)
    picture[size // 4 : -size // 4, size // 3 : -size // 3] = colour
    Image.fromarray(picture).save(path)
    return path
