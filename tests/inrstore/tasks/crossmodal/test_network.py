"""The contrastive training: it learns which picture is of which shape, and goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from inrstore.tasks.crossmodal.network import Contrast, ContrastRecipe, nearest, placed, restored, tensors_of
from inrstore.tasks.learning import checkpoint_in, learn

SHAPES, PICTURES, WIDE = 40, 8, 24
RECIPE = ContrastRecipe(steps=120, batch=64, width=32, dropout=0.0, blind=0.0)


def some(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures are noisy linear images of shapes."""
    rng = np.random.default_rng(seed)
    targets = rng.normal(size=(SHAPES, 6))
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    own = np.repeat(np.arange(SHAPES), PICTURES)
    features = targets[own] @ np.random.default_rng(9).normal(size=(6, WIDE)) + 0.1 * rng.normal(size=(len(own), WIDE))
    return features.astype(np.float16), targets.astype(np.float32), own


def test_it_learns_places_that_also_shapes_it_has_not_seen_are_found_by() -> None:
    features, targets, own = some()
    learning, stopped = learn(
        lambda: Contrast(features, targets, own, np.array([0, 1]), RECIPE), RECIPE.steps, 0, None, None
    )
    assert not stopped
    new, others, of = some(seed=1)
    network = learning.network.eval()
    right = (placed(network, new.astype(np.float32)) @ others.T).argmax(axis=1) == of
    assert right.mean() > 0.6  # a guess is right in .025
    again = restored({key: np.asarray(value, np.float32) for key, value in tensors_of(network).items()})
    np.testing.assert_allclose(
        placed(again, new.astype(np.float32)), placed(network, new.astype(np.float32)), atol=5e-3
    )


def test_what_was_stopped_goes_on_to_the_same(tmp_path: Path) -> None:
    features, targets, own = some()

    def begin() -> Contrast:
        return Contrast(features, targets, own, np.empty(0, np.int64), RECIPE)

    path = checkpoint_in(tmp_path, {}, [features])
    whole, _ = learn(begin, 40, 0, None, None)
    learn(begin, 20, 0, path, None)
    rest, _ = learn(begin, 40, 0, path, None)
    for one, other in zip(whole.network.parameters(), rest.network.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_the_hard_ones_are_the_most_alike() -> None:
    _, targets, _ = some()
    found = nearest(torch.from_numpy(targets), 3).numpy()
    order = np.argsort(-(targets @ targets.T), axis=1)[:, :4]
    np.testing.assert_array_equal(found, order)
