"""Labels, losses and distances of the three fields, against their formulas."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch

from inrstore.network import fields
from inrstore.network.fields import CLIP


def logit(p: torch.Tensor) -> np.ndarray:
    return torch.logit(p.double()).float().numpy()


@pytest.mark.parametrize(
    ("value", "label"), [(-9, 1), (-0.1, 1), (-0.05, 0.75), (0, 0.5), (0.05, 0.25), (0.1, 0), (9, 0)]
)
def test_the_sdf_label_is_one_deep_inside_and_half_on_the_surface(value: float, label: float) -> None:
    assert float(fields.labels("sdf", torch.tensor(float(value)))) == pytest.approx(label, abs=1e-6)


@pytest.mark.parametrize(("value", "label"), [(0, 1), (0.025, 0.75), (0.1, 0), (9, 0)])
def test_the_udf_label_falls_from_one_on_the_surface(value: float, label: float) -> None:
    assert float(fields.labels("udf", torch.tensor(float(value)))) == pytest.approx(label, abs=1e-6)


def test_occupancies_are_labels_already() -> None:
    cells = torch.tensor([0.0, 1.0, 1.0])
    assert torch.equal(fields.labels("occ", cells), cells)


@pytest.mark.parametrize(("field", "low"), [("sdf", -CLIP), ("udf", 0.0)])
def test_a_network_that_says_the_label_stands_for_the_distance(field: str, low: float) -> None:
    values = np.linspace(low, CLIP, 50, dtype=np.float32)[1:-1]
    raw = logit(fields.labels(field, torch.from_numpy(values)))
    found = fields.distance(field, raw)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, values, atol=1e-6)


def test_positive_is_inside_and_zero_is_the_surface() -> None:
    found = fields.distance("sdf", np.array([-3, 0, 3], np.float32))
    assert found[0] > 0 == found[1] > found[2]


def test_distances_end_at_the_clip_without_a_warning() -> None:
    raw = np.array([-1e4, 1e4], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(fields.distance("sdf", raw), [CLIP, -CLIP], atol=1e-7)
        np.testing.assert_allclose(fields.distance("udf", raw), [CLIP, 0], atol=1e-7)


def test_an_occupancy_has_no_distance() -> None:
    with pytest.raises(ValueError, match="occ"):
        fields.distance("occ", np.zeros(1, np.float32))


def entropy(raw: float, target: float) -> float:
    p = 1 / (1 + math.exp(-raw))
    return -target * math.log(p) - (1 - target) * math.log(1 - p)


@pytest.mark.parametrize("field", ["sdf", "udf"])
def test_the_loss_of_distances_is_mean_cross_entropy_of_each_network(field: str) -> None:
    raw, target = torch.tensor([[1.5, -0.5], [0.2, 3.0]]), torch.tensor([[0.9, 0.2], [0.5, 0.0]])
    truth = [(entropy(1.5, 0.9) + entropy(-0.5, 0.2)) / 2, (entropy(0.2, 0.5) + entropy(3.0, 0.0)) / 2]
    torch.testing.assert_close(fields.loss(field, raw, target), torch.tensor(truth))


def test_the_loss_of_occupancies_is_focal() -> None:
    raw, target = [1.5, -0.5, 2.0, -4.0], [1.0, 1.0, 0.0, 0.0]
    terms = []
    for r, t in zip(raw, target, strict=True):
        p = 1 / (1 + math.exp(-r))
        if t == 1:  # Lin et al. 2017, eq. 5, with α 0.1 and γ 3
            terms.append(-0.1 * (1 - p) ** 3 * math.log(p))
        else:
            terms.append(-0.9 * p**3 * math.log(1 - p))
    found = fields.loss("occ", torch.tensor([raw]), torch.tensor([target]))
    torch.testing.assert_close(found, torch.tensor([sum(terms) / 4]))


@pytest.mark.parametrize("field", ["sdf", "udf"])
def test_the_loss_is_least_at_the_true_distance(field: str) -> None:
    target = fields.labels(field, torch.tensor([0.03]))
    raws = torch.linspace(-4, 4, 801)[:, None]
    best = raws[fields.loss(field, raws, target.expand(801, 1)).argmin()].numpy()
    assert fields.distance(field, best)[0] == pytest.approx(0.03, abs=1e-3)


def test_the_absolute_loss_is_the_mean_error_of_the_label() -> None:
    raw, target = torch.tensor([[2.0, -1.0], [0.0, 3.0]]), torch.tensor([[0.5, 0.1], [0.5, 1.0]])
    p = 1 / (1 + np.exp(-raw.numpy()))
    truth = np.abs(p - target.numpy()).mean(axis=1)
    np.testing.assert_allclose(fields.loss("sdf", raw, target, "absolute").numpy(), truth, rtol=1e-6)


@pytest.mark.parametrize("field", ["udf", "occ"])
def test_the_absolute_loss_is_for_sdf_alone(field: str) -> None:
    raw, target = torch.tensor([[2.0, -1.0]]), torch.tensor([[1.0, 1.0]])
    assert torch.equal(fields.loss(field, raw, target, "absolute"), fields.loss(field, raw, target))


@pytest.mark.parametrize(
    ("field", "kind"), [("sdf", "entropy"), ("sdf", "absolute"), ("udf", "absolute"), ("occ", "entropy")]
)
def test_the_slope_is_the_derivative_of_the_loss(field: str, kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    raw = torch.randn(2, 50, generator=generator).double() * 3
    target = torch.rand(2, 50, generator=generator).double()
    target = target.round() if field == "occ" else target
    asked = raw.clone().requires_grad_(True)
    (truth,) = torch.autograd.grad(fields.loss(field, asked, target, kind).sum(), asked)
    torch.testing.assert_close(fields.slope(field, raw, target, kind), truth)


def test_slopes_of_outputs_that_are_certain_are_finite() -> None:
    raw, target = torch.tensor([[-200.0, 200.0, -200.0, 200.0]]), torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    for field in fields.FIELDS:
        assert torch.isfinite(fields.slope(field, raw, target)).all()
