"""Strips and moving pictures, read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.errors import BadInput
from inrstore.pictures.frames import frames, write_animation, write_strip

FLAT = [np.full((16, 16, 3), color, np.uint8) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]


def test_frames_have_one_scale() -> None:
    balls = [trimesh.creation.icosphere(3, radius=radius) for radius in (0.4, 0.8)]
    small, large = frames([(np.asarray(ball.vertices), np.asarray(ball.faces)) for ball in balls], 96)
    blue = [(image[..., 2].astype(int) - image[..., 0] > 25).mean() for image in (small, large)]
    assert blue[1] == pytest.approx(np.pi / 4 * 0.84**2, rel=0.04)  # as large as the picture lets it
    assert blue[0] / blue[1] == pytest.approx(1 / 4, rel=0.05)


def test_a_strip_has_them_side_by_side(tmp_path: Path) -> None:
    found = np.asarray(Image.open(write_strip(FLAT, tmp_path / "strip.png")))
    assert np.array_equal(found, np.concatenate(FLAT, axis=1))


def test_moving_pictures_go_there_and_back_for_ever(tmp_path: Path) -> None:
    with Image.open(write_animation(FLAT, tmp_path / "steps.gif", 0.3)) as moving:
        assert (moving.n_frames, moving.info["loop"], moving.info["duration"]) == (4, 0, 300)
        seen = []
        for place in range(4):
            moving.seek(place)
            seen.append(np.asarray(moving.convert("RGB"))[8, 8].argmax())
    assert seen == [0, 1, 2, 1]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no pictures"):
        write_strip([], tmp_path / "strip.png")
    with pytest.raises(BadInput, match="no picture format"):
        write_strip(FLAT, tmp_path / "strip.obj")
    with pytest.raises(BadInput, match=r"end the path in \.gif"):
        write_animation(FLAT, tmp_path / "steps.png")
    assert not list(tmp_path.iterdir())
