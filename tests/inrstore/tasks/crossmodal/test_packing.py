"""Numbers in a byte each: near what they were, row by row, and small ones as they are."""

from __future__ import annotations

import numpy as np

from inrstore.tasks.crossmodal.packing import packed, unpacked


def test_rows_of_any_size_come_back_to_half_a_unit() -> None:
    rng = np.random.default_rng(0)
    large = rng.normal(size=(100, 200)) * np.geomspace(1e-4, 1e3, 100)[:, None]
    large[3] = 0
    given = {"large": large, "few": rng.normal(size=(4, 5)), "row": rng.normal(size=20_000)}
    made = packed(given)
    assert made["large"].dtype == np.int8 and made["row"].dtype == made["few"].dtype == np.float16
    back = unpacked(made)
    assert back.keys() == given.keys()
    unit = np.abs(large).max(axis=1, keepdims=True) / 127
    assert (np.abs(back["large"] - large) <= 0.501 * unit + 1e-12).all()
    np.testing.assert_allclose(back["row"], given["row"], rtol=1e-3, atol=1e-6)
