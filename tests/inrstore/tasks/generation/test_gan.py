"""The published baseline: what its critic is asked for, and that both sides learn two classes."""

from __future__ import annotations

import pytest
import torch

from inrstore.tasks.generation.gan import Contest, Gan, GanSettings

MIDDLES = torch.tensor([[2.0, 0.0], [-2.0, 1.0]])


def test_the_penalty_is_of_slopes_that_are_not_one() -> None:
    contest, kind = Contest(Gan(GanSettings(2, 1, width=8))), torch.zeros(5, dtype=torch.long)
    for slope in (1.0, 3.0):
        contest.gan.judge = lambda codes, kind, slope=slope: slope * codes[:, 0]  # type: ignore[method-assign]
        found = contest._steepness(torch.randn(5, 2), torch.randn(5, 2), kind)
        assert float(found) == pytest.approx((slope - 1) ** 2)


def test_both_sides_learn_what_each_class_is() -> None:
    torch.manual_seed(0)
    contest = Contest(Gan(GanSettings(2, 2, width=32)), rate=6e-3)
    kind = torch.arange(2).repeat(32)
    for _ in range(120):
        for _ in range(5):
            contest.judge_better(MIDDLES[kind] + 0.2 * torch.randn(64, 2), kind)
        contest.make_better(kind)
    made = contest.gan.make(torch.randn(64, 128), kind).detach()
    for place in (0, 1):
        own = made[kind == place]
        assert (own.mean(dim=0) - MIDDLES[place]).norm() < 0.4 and 0.02 < float(own.std(dim=0).mean()) < 0.5
