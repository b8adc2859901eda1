"""The grid decoder: a head like the implicit one, smooth across its cells, and local."""

from __future__ import annotations

import numpy as np
import torch

from inrstore.model import Head
from inrstore.model.grid_decoder import GridDecoder, GridDecoderSettings

SIZES = GridDecoderSettings(dim=24, cells=2, widths=(8, 16), features=8, hidden=16)
FIELDS = ("sdf", "udf", "occ")


def decoder() -> GridDecoder:
    torch.manual_seed(0)
    return GridDecoder(FIELDS, SIZES).eval()


def code(seed: int) -> np.ndarray:
    row = np.random.default_rng(seed).standard_normal(24).astype(np.float32)
    return row / np.linalg.norm(row)


def test_as_a_head_it_says_what_it_said_also_read_back(tmp_path) -> None:
    head = Head.of("codes", decoder(), "e" * 64)
    points = np.random.default_rng(1).uniform(-1, 1, (50, 3)).astype(np.float32)
    with torch.no_grad():
        said = decoder()(torch.from_numpy(code(0))[None], torch.from_numpy(points)[None])[0].numpy()
    head.save(tmp_path)
    again = Head.load(tmp_path)
    assert again == head and again.decoder.sizes == SIZES
    for column, field in enumerate(FIELDS):
        np.testing.assert_allclose(again.decode(code(0), points, field), said[:, column], atol=2e-2)  # half precision
        assert np.array_equal(again.field_of(code(0), field)(points[:7]), again.decode(code(0), points[:7], field))


def test_it_does_not_jump_where_cells_meet() -> None:
    head = Head.of("codes", decoder(), "e" * 64)
    line = np.zeros((4001, 3), np.float32)
    line[:, 0] = np.linspace(-1, 1, 4001)
    said = head.decode(code(2), line + np.float32(0.1), "sdf")
    steps = np.abs(np.diff(said))
    assert steps.max() < 20 * np.median(steps) + 1e-4 and np.ptp(said) > 1e-3


def test_outside_the_cube_the_edge_goes_on_and_nothing_breaks() -> None:
    said = Head.of("codes", decoder(), "e" * 64).decode(code(3), np.full((1, 3), 5, np.float32), "occ")
    assert np.isfinite(said).all()
