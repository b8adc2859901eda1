"""Fitting analytic shapes with small networks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadArray, BadInput, UnknownField
from inrstore.network import fields, fitting
from inrstore.network.fields import CLIP, FieldSamples
from inrstore.network.fitting import Fitted, filled_up, fit, has_bfloat16, optimise, pace, random_base, siren_of
from inrstore.network.gradients import Gradient
from inrstore.network.recipe import LOSSES, Recipe
from inrstore.network.siren import forward

RECIPE = Recipe("t", hidden=32, layers=3, steps=60, batch_points=512, half=False)
RADIUS = 0.6


def ball(field: str = "sdf", radius: float = RADIUS, count: int = 4_000, seed: int = 0) -> FieldSamples:
    """Half of the points near the sphere, half anywhere in the cube."""
    rng = np.random.default_rng(seed)
    near = rng.normal(size=(count // 2, 3))
    near *= (radius + rng.normal(0, 0.05, (count // 2, 1))) / np.linalg.norm(near, axis=1, keepdims=True)
    points = rng.permutation(np.concatenate([near, rng.uniform(-1, 1, (count - count // 2, 3))]))
    signed = np.linalg.norm(points, axis=1) - radius
    values = {"sdf": signed, "udf": np.abs(signed), "occ": signed < 0}[field]
    return FieldSamples(field, points.astype(np.float32), values.astype(np.float32))


def fit_one(samples: FieldSamples, recipe: Recipe = RECIPE, seed: int = 0) -> Fitted:
    return fit([samples], random_base(recipe), recipe, seed=seed)


@cache
def fitted(field: str) -> Fitted:
    return fit_one(ball(field))


def ask(result: Fitted, samples: FieldSamples, row: int = 0, recipe: Recipe = RECIPE) -> np.ndarray:
    weights, points = torch.from_numpy(result.weights[row : row + 1]), torch.from_numpy(samples.points[None])
    return forward(siren_of(recipe), weights, points)[0].numpy()


@pytest.mark.parametrize(("field", "low"), [("sdf", -CLIP), ("udf", 0.0)])
def test_a_ball_fits_and_its_error_is_the_mean_distance_from_the_truth(field: str, low: float) -> None:
    result = fitted(field)
    fresh, seen = (ball(field, seed=s) for s in (1, 0))
    wrong = np.abs(fields.distance(field, ask(result, fresh)) - fresh.values.clip(low, CLIP))
    assert wrong.mean() < 0.012
    found = np.abs(fields.distance(field, ask(result, seen)) - seen.values.clip(low, CLIP)).mean()
    assert result.error[0] == pytest.approx(found, rel=1e-3)
    assert result.weights.shape == (1, siren_of(RECIPE).size) and result.weights.dtype == np.float32
    assert result.steps.tolist() == [RECIPE.steps]


def test_the_inside_of_a_fitted_ball_is_positive() -> None:
    fresh = ball("sdf", seed=1)
    sure = np.abs(fresh.values) > 0.05
    assert ((ask(fitted("sdf"), fresh) > 0) == (fresh.values < 0))[sure].mean() > 0.97


def test_an_occupied_ball_fits_and_its_error_is_the_share_of_wrong_cells() -> None:
    result, seen, fresh = fitted("occ"), ball("occ"), ball("occ", seed=1)
    assert ((ask(result, fresh) > 0) == (fresh.values == 1)).mean() > 0.9
    wrong = ((ask(result, seen) > 0) != (seen.values == 1)).mean()
    assert result.error[0] == pytest.approx(wrong, abs=1e-3)


def test_a_fit_does_not_depend_on_its_company() -> None:
    recipe = replace(RECIPE, steps=15)
    samples = [ball(radius=r, seed=i) for i, r in enumerate((0.3, 0.5, 0.8))]
    base = random_base(recipe)
    together = fit(samples, base, recipe)
    for row, one in enumerate(samples):
        alone = fit([one], base, recipe)
        np.testing.assert_allclose(alone.weights[0], together.weights[row], atol=2e-4)
        assert alone.error[0] == pytest.approx(together.error[row], rel=1e-2)
        assert np.abs(alone.weights[0] - base.numpy()).max() > 0.01


def test_networks_fitted_in_one_batch_end_where_each_ends_alone() -> None:
    recipe = replace(RECIPE, steps=15)
    samples = [ball(radius=r, seed=i) for i, r in enumerate((0.3, 0.5, 0.8))]
    points = torch.from_numpy(np.stack([s.points for s in samples]))
    targets = fields.labels("sdf", torch.from_numpy(np.stack([s.values for s in samples])))
    batch = random_base(recipe).repeat(3, 1)
    optimise(batch, points, targets, "sdf", recipe, 0)
    for row in range(3):
        alone = random_base(recipe)[None].clone()
        optimise(alone, points[row : row + 1], targets[row : row + 1], "sdf", recipe, 0)
        torch.testing.assert_close(batch[row], alone[0], atol=2e-4, rtol=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("field", fields.FIELDS)
@pytest.mark.parametrize("half", [False, True])
def test_a_gpu_fits_as_well_as_a_processor(field: str, half: bool) -> None:
    recipe = replace(RECIPE, half=half)
    samples = [filled_up(ball(field, radius=r, seed=i), 512) for i, r in enumerate((0.4, 0.6, 0.8))]  # as a GPU does
    here, there = (fit(samples, random_base(recipe), recipe, device=device) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(there.error, here.error, rtol=0.25, atol=5e-4)


def test_samples_are_filled_up_with_their_own() -> None:
    samples = ball(seed=3)
    own = FieldSamples("sdf", samples.points[:70], samples.values[:70])
    full = filled_up(own, 32)
    assert full.field == "sdf" and full.points.shape == (96, 3) and full.values.shape == (96,)
    for some, whole in ((own.points, full.points), (own.values, full.values)):
        assert np.array_equal(whole[:70], some) and np.array_equal(whole[70:], some[:26])
    assert np.array_equal(filled_up(full, 32).points, full.points)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_fits_shapes_of_different_numbers_of_samples_together(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    whole = fitting._fit_equal
    monkeypatch.setattr(fitting, "_fit_equal", lambda group, *rest: calls.append(len(group)) or whole(group, *rest))
    samples = [ball(radius=r, seed=i) for i, r in enumerate((0.4, 0.6, 0.8))]
    fewer = [FieldSamples("sdf", s.points[: -1 - i], s.values[: -1 - i]) for i, s in enumerate(samples)]
    there = fit(fewer, random_base(RECIPE), RECIPE, device="cuda")
    assert calls == [3]
    np.testing.assert_allclose(there.error, fit(fewer, random_base(RECIPE), RECIPE).error, rtol=0.25, atol=5e-4)


def test_over_some_hundred_steps_the_absolute_loss_is_closer_at_the_surface() -> None:
    fresh, error = ball(seed=1), {}
    near = np.abs(fresh.values) < 0.02
    for loss in LOSSES:
        recipe = replace(RECIPE, steps=300, warmup=0.1, loss=loss)
        raw = ask(fit_one(ball(), recipe), fresh, recipe=recipe)
        error[loss] = np.abs(fields.distance("sdf", raw) - fresh.values)[near].mean()
    assert error["absolute"] < 0.7 * error["entropy"]


def test_the_rates_rise_then_fall_along_a_cosine() -> None:
    recipe = replace(RECIPE, steps=100, warmup=0.1)
    paces = [pace(recipe, step) for step in range(100)]
    assert paces[0] == pytest.approx(0.1, rel=1e-2) and paces[4] == pytest.approx(0.5, rel=2e-2)
    assert np.argmax(paces) == 9 and paces[50] == pytest.approx(0.505) and paces[99] < 0.015
    assert pace(replace(recipe, cosine=False, warmup=0.0), 70) == 1.0


def test_equal_seeds_give_equal_bytes_and_others_do_not() -> None:
    recipe = replace(RECIPE, steps=5)
    first, again, other = (fit_one(ball(), recipe, seed).weights for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_half_precision_is_used_where_it_is_asked_for_and_fits_as_well() -> None:
    if not has_bfloat16("cpu"):
        pytest.skip("this processor has no bfloat16")
    full, half = (fit_one(ball(), replace(RECIPE, half=half)) for half in (False, True))
    assert not np.array_equal(full.weights, half.weights)
    assert half.error[0] == pytest.approx(full.error[0], rel=0.25)


def test_the_base_is_left_as_it_was() -> None:
    base = random_base(RECIPE)
    fit([ball()], base, replace(RECIPE, steps=2))
    assert torch.equal(base, random_base(RECIPE)) and not base.requires_grad


def test_several_fields_in_one_call_are_refused() -> None:
    with pytest.raises(BadInput, match=r"\['sdf', 'udf'\]"):
        fit([ball("sdf"), ball("udf")], random_base(RECIPE), RECIPE)


def test_a_fit_that_diverges_is_refused() -> None:
    with pytest.raises(BadInput, match="learning_rate"):
        fit_one(ball(), replace(RECIPE, steps=3, learning_rate=1e37, muon=0.0))


def test_company_with_fewer_samples_changes_nothing() -> None:
    recipe = replace(RECIPE, steps=10)
    shapes = [ball(count=300), ball(count=4_000, seed=1)]
    together = fit(shapes, random_base(recipe), recipe)
    for row, one in enumerate(shapes):
        alone = fit_one(one, recipe)
        np.testing.assert_allclose(together.weights[row], alone.weights[0], atol=1e-4)
        np.testing.assert_allclose(together.error[row], alone.error[0], rtol=1e-2)


def test_muon_does_better_than_adam_alone_in_equal_steps() -> None:
    recipe = replace(RECIPE, steps=40)
    with_muon, without = (fit_one(ball(), replace(recipe, muon=m)).error[0] for m in (RECIPE.muon, 0.0))
    assert with_muon < 0.8 * without


def test_steps_take_the_slices_of_one_shuffle_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Listening(Gradient):
        def __call__(self, points: torch.Tensor, slope: Any) -> torch.Tensor:
            asked.append(points[0, :, 0].tolist())
            return super().__call__(points, slope)

    monkeypatch.setattr("inrstore.network.fitting.Gradient", Listening)
    recipe = replace(RECIPE, steps=5, batch_points=30)
    points = torch.arange(100.0)[None, :, None].expand(1, 100, 3) / 100
    optimise(random_base(recipe)[None].clone(), points, torch.full((1, 100), 0.5), "sdf", recipe, 0)
    assert all(len(set(batch)) == 30 for batch in asked)
    assert len(set(sum(asked[:3], []))) == 90
    assert asked[3] == asked[0] and asked[4] == asked[1]
    assert sorted(asked[0]) != asked[0]


@pytest.mark.parametrize("field", fields.FIELDS)
@pytest.mark.parametrize("half", [False, True])
def test_a_fit_never_asks_a_device_for_a_value(field: str, half: bool) -> None:
    """Or it would wait for a GPU at every step. Tensors on PyTorch's meta device have no values to ask for."""
    recipe = replace(RECIPE, half=half, steps=3)
    weights = torch.empty(2, siren_of(recipe).size, device="meta")
    points, targets = torch.empty(2, 500, 3, device="meta"), torch.empty(2, 500, device="meta")
    optimise(weights, points, targets, field, recipe, 0)
    with pytest.raises(RuntimeError, match="meta"):
        float(weights[0, 0])


def test_hard_shapes_go_on_and_easy_ones_stop_at_the_target() -> None:
    recipe = replace(RECIPE, steps=20)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (4_000, 3)).astype(np.float32)
    wavy = FieldSamples("sdf", points, (0.1 * np.sin(9 * points).prod(axis=1)).astype(np.float32))
    samples, base = [ball(), wavy], random_base(recipe)
    once = fit(samples, base, recipe)
    between = float(once.error.mean())
    assert once.error[0] < between < once.error[1] or once.error[1] < between < once.error[0]
    easy = int(once.error.argmin())
    patient = fit(samples, base, replace(recipe, rounds=3, target=between))
    np.testing.assert_array_equal(patient.weights[easy], once.weights[easy])
    assert patient.steps[easy] == 20 and patient.steps[1 - easy] in (40, 60)
    assert patient.error[1 - easy] < 0.9 * once.error[1 - easy]


@pytest.mark.parametrize(("field", "steps"), [("sdf", 40), ("udf", 20), ("occ", 20)])
def test_only_signed_distances_have_rounds(field: str, steps: int) -> None:
    values = ball().values
    values = {"sdf": values, "udf": np.abs(values), "occ": (values < 0).astype(np.float32)}[field]
    samples = FieldSamples(field, ball().points, values)
    found = fit([samples], random_base(RECIPE), replace(RECIPE, steps=20, rounds=2, target=1e-9))
    assert found.steps.tolist() == [steps] and found.error[0] > 1e-9


def test_rounds_that_do_not_help_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from inrstore.network import fitting

    original, calls = fitting.optimise, []

    def spoil(weights: torch.Tensor, *rest: object) -> None:
        calls.append(len(weights))
        if len(calls) == 1:
            original(weights, *rest)  # type: ignore[arg-type]
        else:
            weights.add_(1.0)

    monkeypatch.setattr(fitting, "optimise", spoil)
    result = fit([ball()], random_base(RECIPE), replace(RECIPE, steps=20, rounds=2))
    monkeypatch.undo()
    once = fit([ball()], random_base(RECIPE), replace(RECIPE, steps=20))
    np.testing.assert_array_equal(result.weights, once.weights)
    assert calls == [1, 1] and result.steps.tolist() == [40] and result.error == once.error


def test_samples_of_doubles_fit_as_well() -> None:
    single = ball()
    double = FieldSamples("sdf", single.points.astype(np.float64), single.values.astype(np.float64))
    quick = replace(RECIPE, steps=2)
    np.testing.assert_array_equal(fit_one(double, quick).weights, fit_one(single, quick).weights)
    base = random_base(quick).double()
    np.testing.assert_array_equal(fit([single], base, quick).weights, fit_one(single, quick).weights)


@pytest.mark.parametrize(
    ("samples", "error", "said"),
    [
        ([], BadInput, "no samples at all"),
        ([FieldSamples("sfd", np.zeros((4, 3)), np.zeros(4))], UnknownField, "'sfd' is none of sdf, udf, occ"),
        ([FieldSamples("sdf", np.zeros((4, 2)), np.zeros(4))], BadArray, r"points of samples 0: .*\(n, 3\)"),
        ([FieldSamples("sdf", np.zeros((4, 3)), np.zeros(5))], BadArray, r"values of samples 0: .*expected is \(4,\)"),
        ([FieldSamples("sdf", np.zeros((4, 3)), np.full(4, np.nan))], BadArray, "values of samples 0: NaN"),
        ([FieldSamples("sdf", np.zeros((0, 3)), np.zeros(0))], BadArray, "give 1 or more"),
    ],
)
def test_samples_that_cannot_be_fitted_are_named(samples: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        fit(samples, random_base(RECIPE), RECIPE)


def test_a_base_of_another_network_is_named() -> None:
    with pytest.raises(BadArray, match=r"base: an array of shape \(7,\) came, expected is \(2273,\)"):
        fit([ball()], torch.zeros(7), RECIPE)
