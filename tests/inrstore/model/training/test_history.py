"""Which epoch of a training is the best."""

from __future__ import annotations

from inrstore.model.training.history import best_epoch


def test_the_best_epoch_is_by_precision_else_by_losses() -> None:
    assert best_epoch([]) == 0
    assert best_epoch([{"loss a": 1, "map": 0.2}, {"loss a": 2, "map": 0.4}, {"loss a": 0, "map": 0.4}]) == 2
    assert best_epoch([{"loss a": 1, "contrast": 0.5}, {"loss a": 9, "contrast": 0.3}]) == 2
    assert best_epoch([{"decode": 0.5, "chamfer": 0.1}, {"decode": 0.3, "chamfer": 0.2}]) == 1
