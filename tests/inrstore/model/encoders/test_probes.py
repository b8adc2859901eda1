"""The probing encoder: what it draws from a network's answers, and by what its result depends on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from sklearn.decomposition import PCA

from inrstore.errors import BadInput
from inrstore.model import EncoderPart, Encoding
from inrstore.model.encoders.probes import ProbesEncoder, views
from inrstore.model.encoders.readings import blurred, probes, volumes
from inrstore.model.training.warp import WarpRecipe
from inrstore.network.siren import Siren, initialise
from inrstore.network.turning import turned
from tests.shapes import make_model

SIREN = Siren(hidden=4, layers=2)
SIDE = 16
SIZES = {"probes": SIDE, "width": 4, "dim": 10, "outline": 4}


def encoder(**sizes: float) -> ProbesEncoder:
    torch.manual_seed(0)
    return ProbesEncoder.begin(make_model().base, **{**SIZES, **sizes}).eval()


def networks(count: int) -> np.ndarray:
    return torch.stack([initialise(SIREN, seed) for seed in range(count)]).numpy()


def wall(at: int, axis: int) -> torch.Tensor:
    """(1, 2, p, p, p): a surface that fills one slice, and all behind it is inside."""
    near, inside = torch.zeros(SIDE, SIDE, SIDE), torch.zeros(SIDE, SIDE, SIDE)
    near[at], inside[at + 1 :] = 1, 1
    return torch.stack([near.movedim(0, axis), inside.movedim(0, axis)])[None]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_views_see_a_wall_from_both_ends_of_its_axis_and_from_the_side_as_a_line(axis: int) -> None:
    seen = views(wall(3, axis))
    assert seen.shape == (1, 6, 4, SIDE, SIDE)
    for end, place in ((0, 3), (1, SIDE - 1 - 3)):
        depth, silhouette, surface, inside = seen[0, 2 * axis + end]
        expected = 0.98 * (place + 0.5) / SIDE + 0.02  # of a hundred rays two go through
        torch.testing.assert_close(depth, torch.full_like(depth, expected))
        assert (silhouette == 1).all()
        torch.testing.assert_close(surface, torch.full_like(surface, 1 / SIDE))
        torch.testing.assert_close(inside, torch.full_like(inside, (SIDE - 4) / SIDE))
    other = seen[0, 2 * ((axis + 1) % 3)]
    assert float(other[1].mean()) == pytest.approx(1 / SIDE)  # its silhouette is one line
    assert sorted({round(float(d), 2) for d in other[0].flatten()}) == [0.03, 1.0]  # half a cell, or nothing at all


def test_one_at_a_time_it_computes_what_training_does_with_half_its_numbers() -> None:
    model = encoder()
    model.train()
    for seed in range(3):  # so that the normalisations have something to do
        model.learned(torch.rand(8, 2, SIDE, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)))
    model.eval()
    rows = networks(3)
    kept = model.features("udf", torch.from_numpy(rows))
    assert kept.dtype == torch.uint8 and kept.shape == (3, 2, SIDE, SIDE, SIDE)
    trained = model.embed(model.plain(kept)).detach().numpy()
    found = model.encode("udf", rows)
    np.testing.assert_allclose(found, trained, atol=4e-3)  # readings of 8 bits
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.array_equal(model.encode("udf", rows[1:2])[0], found[1])
    again = ProbesEncoder.restore(make_model().base, model.settings(), model.arrays())
    np.testing.assert_allclose(again.encode("udf", rows), found, atol=2e-3)


def test_one_at_a_time_it_computes_what_many_at_once_do_also_after_it_has_learned_more() -> None:
    raw = torch.randn(5, SIDE**3, generator=torch.Generator().manual_seed(5)) * 3
    model = ProbesEncoder.restore(make_model().base, encoder().settings(), encoder().arrays())
    for seed in range(3):
        with torch.inference_mode():
            many = model.of_readings("occ", raw)
            torch.testing.assert_close(many, model.embed(volumes("occ", raw, SIDE)))
            torch.testing.assert_close(torch.stack([model.of_reading("occ", row) for row in raw]), many)
        model.train()
        model.learned(torch.rand(8, 2, SIDE, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)))
        with torch.inference_mode():
            assert float((model.eval().of_readings("occ", raw) - many).abs().max()) > 1e-3


def test_a_turned_network_is_read_from_one_reading_where_the_turn_is_the_cubes() -> None:
    base, model = make_model().base, encoder()
    part, weights = EncoderPart.of("own", model, base), 3 * networks(1)[0]
    quarter = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    slant = Rotation.from_rotvec([0, 0.5, 0]).as_matrix().astype(np.float32)
    turns = np.stack(
        [np.eye(3, dtype=np.float32), quarter, slant, quarter @ slant, np.diag([-1, 1, 1]).astype(np.float32)]
    )
    found = Encoding(base, part).encode_turned("sdf", weights, turns)
    expected = part.build(base).encode("sdf", turned(SIREN, weights, turns))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found[1:] - found[0]).max(axis=1).min() > 1e-3


def test_every_part_of_a_reading_counts_in_what_is_learned() -> None:
    model = encoder()
    readings = torch.rand(1, 2, SIDE, SIDE, SIDE, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    (gradient,) = torch.autograd.grad((model.learned(readings) * torch.arange(6.0)).sum(), readings)
    assert float((gradient != 0).float().mean()) > 0.99


def test_the_outline_is_the_main_directions_of_blurred_nearness() -> None:
    model = encoder(outline=3)
    generator = torch.Generator().manual_seed(3)
    kept = (torch.rand(40, 2, SIDE, SIDE, SIDE, generator=generator) * 255).byte()
    model.prepare(kept.split(7))
    rows = blurred(kept.float() / 255).numpy()
    expected = PCA(3, svd_solver="full").fit(rows).transform(rows)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = model.embed(model.plain(kept))[:, -3:].detach().numpy() / np.sqrt(0.2)
    np.testing.assert_allclose(np.abs(found[:, ::-1]), np.abs(expected), atol=1e-3)


def test_in_training_it_is_not_always_told_what_is_inside() -> None:
    still = WarpRecipe(stretch=0, turn=0, shear=0, shift=0)
    kept = torch.full((200, 2, SIDE, SIDE, SIDE), 255, dtype=torch.uint8)
    told = encoder(blind=0.3).altered(kept, still, torch.Generator().manual_seed(0))[:, 1].amax(dim=(1, 2, 3))
    assert set(told.round(decimals=4).tolist()) == {0.0, 1.0} and 0.6 < float(told.mean()) < 0.8
    assert (encoder(blind=0).altered(kept, still, torch.Generator())[:, 1] > 0.99).all()


def test_a_warped_reading_is_that_of_the_moved_network() -> None:
    """What `altered` draws, against the same network asked where the warp says."""
    from inrstore.model.training.warp import moves
    from inrstore.network.siren import forward

    model, recipe = encoder(blind=0), WarpRecipe(stretch=0.2, turn=0.2, shear=0.02, shift=0.02)
    smooth = Siren(hidden=4, layers=2, omega=2.0)
    weights = torch.stack([initialise(smooth, seed) for seed in range(3)])
    matrix, shift = moves(3, recipe, torch.Generator().manual_seed(5))
    places = probes(SIDE).expand(3, -1, -1)
    asked = (matrix @ places.transpose(1, 2) + shift).transpose(1, 2)
    own, moved = (torch.sigmoid(forward(smooth, weights, where)) for where in (places, asked))
    kept = (own.view(3, 1, SIDE, SIDE, SIDE).expand(-1, 2, -1, -1, -1) * 255).round().byte()
    found = model.altered(kept, recipe, torch.Generator().manual_seed(5))[:, 0].flatten(1)
    inner = (asked.abs() < 1 - 1.5 / SIDE).all(dim=2)  # outside is nothing
    assert float((found - moved)[inner].abs().max()) < 0.02 and float((own - moved)[inner].abs().max()) > 0.05


@pytest.mark.parametrize(("sizes", "why"), [({"probes": 12}, "multiple of 8"), ({"outline": 10}, "outline")])
def test_unusable_sizes_are_refused(sizes: dict[str, int], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        encoder(**sizes)
