"""Pictures of trainings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inrstore.errors import BadInput
from inrstore.pictures.curves import draw_curves

HISTORY = [{"loss classes": 3.0 / epoch, "loss contrast": 1.0, "map": 0.1 * epoch} for epoch in range(1, 6)]


def test_losses_are_left_and_the_validation_right(tmp_path: Path) -> None:
    pixels = np.asarray(Image.open(draw_curves(HISTORY, tmp_path / "curves.png")).convert("RGB")).astype(int)
    blue, orange = (np.abs(pixels - ink).sum(axis=2) < 12 for ink in ((31, 119, 180), (255, 127, 14)))
    half = pixels.shape[1] // 2
    assert blue[:, :half].sum() > 200 and blue[:, half:].sum() > 200  # a curve and its name each
    assert orange[:, :half].sum() > 200 and not orange[:, half:].any()


def test_one_epoch_is_drawn_and_none_refused(tmp_path: Path) -> None:
    assert draw_curves(HISTORY[:1], tmp_path / "one.svg").stat().st_size > 1000
    with pytest.raises(BadInput, match="at least one"):
        draw_curves([], tmp_path / "none.png")
    with pytest.raises(BadInput, match="ending '.xyz'"):
        draw_curves(HISTORY, tmp_path / "none.xyz")
