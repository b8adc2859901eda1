"""Flow matching: the tokens of a code, the way of a known flow, and a distribution that is learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.tasks.generation.flow import Flow, FlowSettings, flow_loss, follow, heun

SIZES = FlowSettings(dim=4 * 4**3, cells=4, kinds=3, width=16, layers=2, heads=2)


def awake(sizes: FlowSettings = SIZES) -> Flow:
    """One whose layers that begin at nothing say something."""
    torch.manual_seed(0)
    flow = Flow(sizes)
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return flow.eval()


def test_a_token_is_a_cube_of_blocks() -> None:
    flow, x = Flow(SIZES), torch.randn(3, SIZES.dim)
    tokens = flow.tokens(x)
    assert tokens.shape == (3, 8, 32) and torch.equal(flow.whole(tokens), x)
    grid = x.view(3, 4, 4, 4, 4)  # channel, x, y, z
    assert torch.equal(tokens[:, 0b101], grid[:, :, 2:4, 0:2, 2:4].reshape(3, -1))
    single = FlowSettings(dim=24, cells=2, kinds=1, width=4)
    assert (single.patch, single.tokens) == (1, 8)


def test_it_stands_still_before_it_has_learned() -> None:
    velocity = Flow(SIZES)(torch.randn(2, SIZES.dim), torch.rand(2), torch.tensor([0, 2]))
    assert velocity.shape == (2, SIZES.dim) and not velocity.any()


def test_velocity_hears_time_class_and_place() -> None:
    flow, x = awake(), torch.randn(1, SIZES.dim)
    one, zero = torch.ones(1), torch.zeros(1, dtype=torch.long)
    said = flow(x, one / 2, zero)
    assert (flow(x, one / 3, zero) - said).abs().max() > 1e-3
    assert (flow(x, one / 2, zero + 1) - said).abs().max() > 1e-3
    swapped = flow.tokens(x)[:, [1, 0, *range(2, 8)]]
    back = flow.tokens(flow(flow.whole(swapped), one / 2, zero))[:, [1, 0, *range(2, 8)]]
    assert (back - flow.tokens(said)).abs().max() > 1e-3
    many = flow(torch.cat([torch.randn(4, SIZES.dim), x]), torch.full((5,), 0.5), zero.expand(5))
    torch.testing.assert_close(many[4:], said)  # each by itself


def test_heun_follows_a_way_that_is_known() -> None:
    """Of dx/dt = 2tx it is x exp(t²); halving steps of a method of second order leaves a fourth of the error."""
    begin = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    errors = [float((heun(lambda x, t: 2 * t * x, begin, n) - begin * np.e).abs().max()) for n in (10, 20)]
    assert errors[0] < 0.02 and 3 < errors[0] / errors[1] < 5


def test_the_loss_is_none_for_whoever_knows_the_code() -> None:
    """There is one code, so at x the velocity is what is left of the way by what is left of the time."""
    code = torch.randn(1, 6).expand(50, 6)
    torch.manual_seed(1)
    assert float(flow_loss(lambda x, t, kind: (code - x) / (1 - t[:, None]), code, torch.zeros(50))) < 1e-6
    assert float(flow_loss(lambda x, t, kind: 0 * x, code, torch.zeros(50))) == pytest.approx(
        1 + float((code[0] ** 2).mean()), rel=0.4
    )


def test_guidance_leads_away_from_what_is_so_without_a_class() -> None:
    flow, noise, kind = awake(), torch.randn(2, SIZES.dim), torch.tensor([0, 1])
    none = torch.full_like(kind, 2)
    with torch.no_grad():
        begin = torch.zeros(2)
        own, other = flow(noise, begin, kind), flow(noise, begin, none)
        after = noise + other + 3 * (own - other)  # a whole step of the guided way
        end = torch.ones(2)
        late = flow(after, end, none) + 3 * (flow(after, end, kind) - flow(after, end, none))
    expected = noise + (other + 3 * (own - other) + late) / 2
    torch.testing.assert_close(follow(flow, noise, kind, 3.0, steps=1), expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(follow(flow, noise, none, 3.0), follow(flow, noise, none))


@pytest.mark.parametrize("sizes", [{"dim": 25}, {"width": 0}, {"width": 9}, {"layers": 0}])
def test_sizes_that_are_none_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="whole blocks"):
        FlowSettings(**{"dim": 24, "cells": 2, "kinds": 1, "width": 8, **sizes})
