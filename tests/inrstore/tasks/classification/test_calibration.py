"""Temperatures and calibration errors, against logits whose probabilities are true by construction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from inrstore.tasks.classification.calibration import (
    best_temperature,
    calibration_error,
    honest_error,
    log_loss,
    probabilities,
)


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits (n, 4), and classes that are drawn with just their probabilities."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, 4)) * 2
    sums = softmax(logits, axis=1).cumsum(axis=1)
    return logits, (rng.random((count, 1)) > sums).sum(axis=1).clip(max=3)


def test_as_scipy_says() -> None:
    logits, label = drawn(50)
    np.testing.assert_allclose(probabilities(logits, 2.5), softmax(logits / 2.5, axis=1), rtol=1e-12)
    truth = -log_softmax(logits / 2.5, axis=1)[np.arange(50), label].mean()
    assert log_loss(logits, label, 2.5) == pytest.approx(truth)
    assert np.isfinite(log_loss(logits * 1e4, label)) and np.isfinite(probabilities(logits * 1e4)).all()


@pytest.mark.parametrize("sharper", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_what_made_logits_sharper(sharper: float) -> None:
    logits, label = drawn(20_000)
    assert best_temperature(logits * sharper, label) == pytest.approx(sharper, rel=0.05)
    assert calibration_error(probabilities(logits), label) < 0.02
    assert honest_error(logits * sharper, label) < 0.02
    if sharper != 1:
        assert calibration_error(probabilities(logits * sharper), label) > 0.1


def test_the_error_is_how_far_sure_and_right_are_apart() -> None:
    said = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)  # right are 5 of the first ten, 6 of the others
    label = np.array([0] * 5 + [1] * 5 + [1] * 6 + [0] * 4)
    assert calibration_error(said, label) == pytest.approx((10 * 0.4 + 10 * 0.0) / 20)
    assert calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0


@pytest.mark.parametrize("count", [4, 40])
def test_a_few_right_answers_are_no_certainty(count: int) -> None:
    """Two classes, all right and all alike: the likeliest probability is then (n + 2 - 0.5) / (n + 2)."""
    logits, label = np.tile([[1.0, 0.0]], (count, 1)), np.zeros(count, int)
    said = probabilities(logits, best_temperature(logits, label))[:, 0]
    assert said == pytest.approx(1 - 0.5 / (count + 2), abs=1e-3)


def test_halves_do_not_flatter() -> None:
    """A temperature that is chosen on the very rows that it is measured on looks better than it is."""
    logits, label = drawn(60, seed=3)
    order, said = np.random.default_rng(0).permutation(60), np.empty((60, 4))
    for mine, other in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        said[mine] = softmax(logits[mine] / best_temperature(logits[other], label[other]), axis=1)
    assert honest_error(logits, label) == pytest.approx(calibration_error(said, label))
    own = [calibration_error(probabilities(x, best_temperature(x, y)), y) for x, y in [(logits, label)]]
    assert honest_error(logits, label) >= own[0] - 0.02
    assert honest_error(logits[:1], label[:1]) == calibration_error(probabilities(logits[:1]), label[:1])
