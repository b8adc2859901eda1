"""What a decoder learns from networks alone."""

from __future__ import annotations

import pytest
import torch

from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.model.training.lessons import decoding_loss, lessons
from inrstore.network.siren import Siren, forward, initialise

SIREN = Siren(hidden=6, layers=2, omega=3.0)
WEIGHTS = torch.stack([initialise(SIREN, seed) for seed in range(4)])


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_most_points_are_near_the_surface_and_their_values_the_networks_own(field: str) -> None:
    points, raw = lessons(SIREN, field, WEIGHTS, 64, torch.Generator().manual_seed(0))
    assert points.shape == (4, 64, 3) and float(points.abs().max()) <= 1
    torch.testing.assert_close(raw, forward(SIREN, WEIGHTS, points))
    anywhere = forward(SIREN, WEIGHTS, torch.rand(4, 500, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1)
    far = [-some if field == "udf" else some.abs() for some in (raw, anywhere)]
    level = far[1].quantile(0.2, dim=1, keepdim=True)  # an eighth of all points are the nearest ones
    near = (far[0] < level).float().mean(dim=1)
    assert (near > 0.8).all() and (near < 1).all()


def test_networks_are_asked_in_full_precision_also_where_a_training_is_not() -> None:
    plain = lessons(SIREN, "sdf", WEIGHTS, 16, torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        found = lessons(SIREN, "sdf", WEIGHTS, 16, torch.Generator().manual_seed(0))
    for one, other in zip(plain, found, strict=True):
        assert torch.equal(one, other)


def test_a_decoder_that_says_what_the_networks_say_has_the_least_loss() -> None:
    torch.manual_seed(0)
    decoder = ImplicitDecoder(["sdf", "udf"], DecoderSettings(width=8, frequencies=1, dim=4))
    z, points = torch.randn(2, 4), torch.rand(2, 5, 3)
    said = decoder(z, points).detach()
    p = torch.sigmoid(said[..., 1])
    least = -(p * p.log() + (1 - p) * (1 - p).log()).mean()
    torch.testing.assert_close(decoding_loss(decoder, z, "udf", points, said[..., 1]).detach(), least)
    assert decoding_loss(decoder, z, "udf", points, said[..., 0]) > least
