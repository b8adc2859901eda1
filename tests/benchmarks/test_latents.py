"""One network for a set of shapes: learned on balls of some radii, it must make a ball that it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.latents.decoders import Conditioned, Decoder, DeepSdf, ModulatedSiren, Occupancy
from benchmarks.latents.learning import Rates, fit_latents, learn
from inrstore.network.fields import distance

RADII = torch.linspace(0.2, 0.8, 12)
UNSEEN = torch.tensor([0.36, 0.63])
MAKERS: dict[str, Callable[[], Decoder]] = {
    "deepsdf": lambda: DeepSdf(4, 32, 4, dropout=0.0),
    "occupancy": lambda: Occupancy(4, 32, 2),
    "siren": lambda: ModulatedSiren(4, 32, 2, omega=10.0),
}
RATES = Rates(network=3e-3, latents=1e-2, alone=3e-2, shapes=6, points=32)


def balls(radii: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Points (n, 512, 3) and signed distances (n, 512), half of them near the surface."""
    generator = torch.Generator().manual_seed(seed)
    way = torch.nn.functional.normalize(torch.randn(len(radii), 512, 3, generator=generator), dim=-1)
    far = torch.rand(len(radii), 512, generator=generator)
    far[:, ::2] = radii[:, None] + 0.05 * torch.randn(len(radii), 256, generator=generator)
    return way * far[..., None], far.abs() - radii[:, None]


def radius(decoder: Decoder, latent: Tensor) -> float:
    """Where the field of one latent (d,) crosses zero, mean of several directions."""
    ways = torch.nn.functional.normalize(torch.randn(20, 3, generator=torch.Generator().manual_seed(5)), dim=-1)
    steps = torch.linspace(0.02, 1, 99)
    with torch.no_grad():
        inside = decoder(latent[None], (ways[:, None] * steps[:, None]).reshape(1, -1, 3)).view(20, 99) > 0
    return float(inside.float().sum(dim=1).mean() / 99 * 0.98 + 0.015)


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[], Decoder]:
    torch.manual_seed(0)
    return MAKERS[request.param]


def test_a_latent_alone_makes_a_ball_of_a_radius_that_was_not_learned(make: Callable[[], Decoder]) -> None:
    decoder = make()
    latents = learn(decoder, *balls(RADII, 0), RATES, 300)
    before = [parameter.clone() for parameter in decoder.parameters()]
    learned = [radius(decoder, latent) for latent in latents]
    np.testing.assert_allclose(learned, RADII, atol=0.05)
    fitted = fit_latents(decoder, *balls(UNSEEN, 1), RATES, 120)
    np.testing.assert_allclose([radius(decoder, latent) for latent in fitted], UNSEEN, atol=0.05)
    assert all(torch.equal(one, other) for one, other in zip(before, decoder.parameters(), strict=True))


def test_the_same_seed_learns_the_same_and_another_does_not(make: Callable[[], Decoder]) -> None:
    def learned(rates: Rates) -> Tensor:
        torch.manual_seed(0)
        return learn(make(), *balls(RADII, 0), rates, 3)

    assert torch.equal(learned(RATES), learned(RATES))
    assert not torch.equal(learned(RATES), learned(replace(RATES, seed=1)))


def test_a_shape_says_what_it_says_in_any_company(make: Callable[[], Decoder]) -> None:
    decoder = make().eval()
    points, _ = balls(UNSEEN, 2)
    latents = torch.randn(2, 4)
    alone = torch.cat([decoder(latents[place, None], points[place, None]) for place in range(2)])
    torch.testing.assert_close(decoder(latents, points), alone)


def test_a_conditioned_layer_is_one_of_the_concatenation() -> None:
    layer = Conditioned(5, 3, 7)
    x, latent = torch.randn(2, 6, 5), torch.randn(2, 3)
    both = torch.cat([x, latent[:, None].expand(-1, 6, -1)], dim=-1)
    torch.testing.assert_close(layer(x, latent), both @ layer.weight.T + layer.bias)


def test_deepsdf_clamps_distances_so_that_far_points_do_not_matter() -> None:
    decoder = DeepSdf(4, 16, 4, dropout=0.0)
    points, distances = balls(UNSEEN, 3)
    latents = torch.randn(2, 4)
    beyond = torch.where(distances.abs() > 0.1, 7 * distances, distances)
    torch.testing.assert_close(decoder.loss(latents, points, distances), decoder.loss(latents, points, beyond))
    near = torch.where(distances.abs() < 0.1, 0 * distances, distances)
    assert not torch.allclose(decoder.loss(latents, points, distances), decoder.loss(latents, points, near))


def test_raw_outputs_of_deepsdf_stand_for_its_distances() -> None:
    decoder = DeepSdf(4, 16, 4).eval()
    points, _ = balls(UNSEEN, 4)
    with torch.no_grad():
        said = decoder.distance(torch.randn(2, 4, generator=torch.Generator().manual_seed(1)), points)
        raw = decoder(torch.randn(2, 4, generator=torch.Generator().manual_seed(1)), points)
    np.testing.assert_allclose(distance("sdf", raw.numpy()), said.clamp(-0.0999, 0.0999), atol=1e-4)


def test_published_sizes() -> None:
    deepsdf = sum(p.numel() for p in DeepSdf().parameters())
    assert deepsdf == pytest.approx(1.8e6, rel=0.2)  # the paper's own count, with a narrower fourth layer
    assert len(ModulatedSiren().inner) == 15 and ModulatedSiren().shifts.out_features == 15 * 512
