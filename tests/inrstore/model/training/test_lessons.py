"""What a decoder learns from networks alone."""

from __future__ import annotations

import pytest
import torch

from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.model.training.lessons import SHARP, answers, decoding_loss, decoding_loss_of_all, lessons
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


def test_a_signed_distance_is_judged_where_it_crosses_the_surface_as_well_as_how_far_it_is() -> None:
    torch.manual_seed(0)
    decoder = ImplicitDecoder(["sdf", "occ"], DecoderSettings(width=8, frequencies=1, dim=4))
    z, points, raw = torch.randn(2, 4), torch.rand(2, 5, 3), torch.randn(2, 5)
    said, wanted = decoder(z, points).detach(), answers("sdf", raw)

    def entropy(logits: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        q = torch.sigmoid(logits)
        return -(p * q.log() + (1 - p) * (1 - q).log()).mean()

    three = (
        entropy(said[..., 0], torch.sigmoid(raw)),
        entropy(said[..., 1], wanted["occ"]),
        entropy(SHARP * said[..., 0], torch.sigmoid(SHARP * raw)),
    )
    found = decoding_loss_of_all(decoder, z, "sdf", points, raw).detach()
    torch.testing.assert_close(found, torch.stack(three).mean())
    alone = decoding_loss_of_all(decoder, z, "occ", points, raw).detach()  # of an occupancy there is no distance
    torch.testing.assert_close(alone, entropy(said[..., 1], torch.sigmoid(raw)))
