"""The encoder that reads weights alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput, ModelMismatch
from inrstore.model import Base, EncoderPart
from inrstore.model.encoders.weights import WeightsEncoder
from inrstore.model.training.warp import WarpRecipe, moves
from inrstore.network.fields import FIELDS
from inrstore.network.siren import forward
from tests.shapes import make_model

SIZES = {"width": 8, "blocks": 1, "dim": 6}


def encoder(base: Base | None = None, **sizes: float) -> WeightsEncoder:
    base = base or make_model().base
    torch.manual_seed(0)
    return WeightsEncoder.begin(base, **{**SIZES, **sizes}).eval()


def networks(count: int, field: str = "sdf", seed: int = 1) -> np.ndarray:
    start = make_model().base.start(field)
    return (start + np.random.default_rng(seed).normal(size=(count, len(start))) * 0.1).astype(np.float32)


def test_embeddings_do_not_feel_each_other_and_survive_saving() -> None:
    base, model, rows = make_model().base, encoder(), networks(4)
    found = model.encode("sdf", rows)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.array_equal(model.encode("sdf", rows[2:3])[0], found[2])
    kept = model.plain(model.features("sdf", torch.from_numpy(rows)))
    np.testing.assert_allclose(model.embed(kept).detach().numpy(), found, atol=2e-3)  # in half precision
    again = EncoderPart.of("own", model, base).build(base)
    np.testing.assert_allclose(again.encode("sdf", rows), found, atol=5e-3)


def test_it_reads_the_change_that_fitting_made() -> None:
    base, model = make_model().base, encoder()
    shifted = Base.of("other", base.recipe, {field: base.start(field) + 1 for field in FIELDS})
    found = encoder(shifted).encode("sdf", networks(2) + 1)
    np.testing.assert_allclose(found, model.encode("sdf", networks(2)), atol=1e-5)
    with pytest.raises(ModelMismatch):
        EncoderPart.of("own", model, base).build(shifted)


def test_every_weight_counts_and_so_does_the_field() -> None:
    model = encoder()
    kept = model.plain(model.features("sdf", torch.from_numpy(networks(1)))).requires_grad_(True)
    (gradient,) = torch.autograd.grad((model.learned(kept) * torch.arange(6.0)).sum(), kept)
    used = gradient[0, :-1] != 0
    assert used.all()
    other = torch.cat([kept[:, :-1], torch.ones(1, 1)], dim=1)
    assert not torch.allclose(model.learned(other), model.learned(kept), atol=1e-3)


def test_changes_are_standardised_weight_by_weight_in_each_field() -> None:
    model = encoder()
    rows = {
        field: model.features(field, torch.from_numpy(networks(50, field, seed))) for seed, field in enumerate(FIELDS)
    }
    rows["udf"][:, 3] = rows["udf"][0, 3]  # one that never changes
    model.prepare([rows["sdf"][:20], torch.cat([rows["udf"], rows["sdf"][20:]])])
    change = rows["sdf"][:, :-1].float().numpy()
    np.testing.assert_allclose(model.mean[0], change.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(model.scale[0], change.std(axis=0), rtol=1e-4)
    assert torch.isfinite(model.learned(rows["udf"].float())).all()
    assert (model.mean[2] == 0).all() and (model.scale[2] == 1).all()  # no occ was there


def test_altered_networks_are_moved_exactly() -> None:
    base, model = make_model().base, encoder(noise=0.0, moved=1.0)
    recipe = WarpRecipe(stretch=0.3, turn=0.4, shear=0.1, shift=0.2)
    rows = torch.from_numpy(networks(5, "udf"))
    kept = model.features("udf", rows)
    moved = model.altered(kept, recipe, torch.Generator().manual_seed(7))
    matrix, shift = moves(5, recipe, torch.Generator().manual_seed(7))
    points = torch.rand(5, 30, 3, generator=torch.Generator().manual_seed(8)) * 2 - 1
    start = torch.from_numpy(base.start("udf"))
    asked = (matrix @ points.transpose(1, 2) + shift).transpose(1, 2)
    expected = forward(base.siren, start + kept[:, :-1].float(), asked)
    torch.testing.assert_close(forward(base.siren, start + moved[:, :-1], points), expected, atol=2e-3, rtol=1e-3)
    assert (moved[:, -1] == 1).all()


def test_only_a_share_is_moved_and_the_rest_has_noise_alone() -> None:
    rows = torch.from_numpy(networks(400, "udf"))
    generator, recipe = torch.Generator().manual_seed(1), WarpRecipe()
    still = encoder(noise=0.0, moved=0.25)
    kept = still.plain(still.features("udf", rows))
    moved = (still.altered(kept, recipe, generator) - kept).abs().amax(dim=1) > 1e-3
    assert 0.15 < moved.float().mean() < 0.35
    noised = encoder(noise=0.5, moved=0.0)
    noised.prepare([kept])
    change = (noised.altered(kept, recipe, generator) - kept)[:, :-1] / noised.scale[1]
    assert float(change.std()) == pytest.approx(0.5, rel=0.02)


def test_sizes_must_make_a_network() -> None:
    with pytest.raises(BadInput, match="a width and a dim"):
        encoder(blocks=-1)
