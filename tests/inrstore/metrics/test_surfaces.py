"""Surface figures against brute force and cases done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore import metrics
from inrstore.errors import BadInput


def test_surface_figures_by_hand() -> None:
    a = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.float64)
    b = np.array([[0, 0, 0.1], [1, 0, 0.3], [1, 0, 0.5]], dtype=np.float64)
    there, back = (0.1 + 0.3) / 2, (0.1 + 0.3 + 0.5) / 3
    assert metrics.chamfer_l1(a, b) == pytest.approx((there + back) / 2)
    assert metrics.chamfer_l1(a, b) == pytest.approx(metrics.chamfer_l1(b, a))
    recall, precision = 1 / 2, 1 / 3  # within 0.2
    assert metrics.f_score(a, b, 0.2) == pytest.approx(2 * recall * precision / (recall + precision))
    assert metrics.f_score(a, b, 0.01) == 0.0
    assert metrics.f_score(a, a, 0.0) == 1.0
    both = metrics.surface_metrics(a, b, (0.2, 0.4), workers=2)
    assert both["f@0.2"] == pytest.approx(metrics.f_score(a, b, 0.2))
    assert both["chamfer_l1"] == pytest.approx(metrics.chamfer_l1(a, b))


def test_distances_agree_with_brute_force() -> None:
    random = np.random.default_rng(1)
    a, b = random.normal(size=(150, 3)), random.normal(size=(220, 3)).astype(np.float32)
    expected = np.linalg.norm(a[:, None] - b[None].astype(np.float64), axis=2).min(axis=1)
    np.testing.assert_allclose(metrics.nearest_distances(a, b), expected, rtol=1e-12)


def test_a_shifted_plane_is_as_far_as_the_shift() -> None:
    random = np.random.default_rng(2)
    plane = np.concatenate([random.uniform(size=(500, 2)), np.zeros((500, 1))], axis=1)
    assert metrics.chamfer_l1(plane, plane + [0, 0, 0.004]) == pytest.approx(0.004)
    assert metrics.f_score(plane, plane + [0, 0, 0.004], 0.005) == 1.0


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.zeros((4, 2)), np.full((2, 3), np.inf)])
def test_surface_figures_refuse(points: np.ndarray) -> None:
    with pytest.raises(BadInput, match="points"):
        metrics.chamfer_l1(points, np.zeros((1, 3)))
