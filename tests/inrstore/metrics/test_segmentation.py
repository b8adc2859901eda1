"""Accuracy and intersection over union of parts, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from inrstore.metrics.segmentation import OfShape, of_shape, segmentation_figures


def test_by_hand() -> None:
    found = of_shape("chair", np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), [0, 1, 2])
    assert found.accuracy == 0.75
    assert found.iou == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)  # nothing has the third part, and nothing was said to
    weighed = of_shape("chair", np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), [0, 1], [1, 6, 2, 1])
    assert weighed.accuracy == pytest.approx(0.4) and weighed.iou == pytest.approx((1 / 7 + 3 / 9) / 2)


def test_as_scikit_learn_says() -> None:
    rng = np.random.default_rng(0)
    said, true = rng.integers(4, size=500), rng.integers(4, size=500)
    found = of_shape("x", said, true, range(4))
    assert found.iou == pytest.approx(jaccard_score(true, said, average="macro"))
    assert found.accuracy == pytest.approx((said == true).mean())


def test_means_of_shapes_and_of_classes() -> None:
    shapes = [OfShape("a", 1.0, 0.8), OfShape("a", 0.5, 0.4), OfShape("b", 0.0, 0.0)]
    assert segmentation_figures(shapes) == pytest.approx(
        {"accuracy": 0.5, "accuracy of classes": 0.375, "instance mIoU": 0.4, "class mIoU": 0.3}
    )
