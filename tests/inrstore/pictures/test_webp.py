"""Small pictures as WebP: small, alike, and the same bytes each time."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.pictures.render import render_mesh
from inrstore.pictures.webp import SIZE, from_webp, to_webp
from inrstore.records import THUMBNAIL_BYTES


def test_a_picture_comes_back_alike_and_in_few_bytes() -> None:
    mesh = trimesh.creation.torus(1, 0.4)
    image = render_mesh(mesh.vertices, mesh.faces, SIZE)
    content = to_webp(image)
    assert len(content) <= THUMBNAIL_BYTES and content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    assert to_webp(image) == content
    back = from_webp(content)
    assert back.shape == image.shape and back.dtype == np.uint8
    error = np.mean((back.astype(float) - image) ** 2)
    assert 10 * np.log10(255**2 / error) > 35  # decibels


def test_the_busiest_picture_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    assert len(to_webp(noise)) <= THUMBNAIL_BYTES
    flat = np.full((SIZE, SIZE, 3), 128, np.uint8)
    assert len(to_webp(flat)) < 300
    small = to_webp(noise, 400)
    assert len(small) <= 400 and from_webp(small).shape[2] == 3
    with pytest.raises(BadInput, match="no picture fits 10 bytes"):
        to_webp(noise, 10)


@pytest.mark.parametrize("content", [b"", b"RIFF....WEBP", b"\x89PNG"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="are not a WebP picture"):
        from_webp(content)
