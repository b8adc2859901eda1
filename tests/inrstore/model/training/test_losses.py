"""Losses, against their formulas."""

from __future__ import annotations

import math

import pytest
import torch

from inrstore.model.training.losses import Classes, contrast


def test_the_contrastive_loss_is_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.nn.functional.normalize(torch.randn(7, 4, generator=generator), dim=1)
    shape, label = [0, 0, 1, 1, 2, 3, 4], [0, 0, 0, 0, 1, -1, -1]
    rows = []
    for i in range(7):
        others = [j for j in range(7) if j != i]
        total = sum(math.exp(float(z[i] @ z[j]) / 0.3) for j in others)
        weight = {j: 1.0 if shape[i] == shape[j] else 0.25 if label[i] == label[j] >= 0 else 0.0 for j in others}
        if sum(weight.values()):
            terms = [w * (float(z[i] @ z[j]) / 0.3 - math.log(total)) for j, w in weight.items()]
            rows.append(-sum(terms) / sum(weight.values()))
    assert len(rows) == 4  # one alone in its class and two without any have nobody
    found = contrast(z, torch.tensor(shape), torch.tensor(label), 0.3, 0.25)
    assert float(found) == pytest.approx(sum(rows) / 4, rel=1e-5)


def test_without_a_second_of_any_kind_there_is_nothing_to_contrast() -> None:
    z = torch.eye(3, requires_grad=True)
    loss = contrast(z, torch.arange(3), torch.tensor([-1, -1, -1]), 0.1, 1.0)
    loss.backward()
    assert float(loss.detach()) == 0 and not z.grad.any()


def test_classes_are_told_by_their_cosines_and_those_without_a_label_do_not_count() -> None:
    torch.manual_seed(0)
    classes = Classes(4, 3, scale=5.0)
    z = torch.nn.functional.normalize(torch.randn(5, 4), dim=1)
    label = torch.tensor([0, 2, -1, 1, -1])
    directions = classes.directions / classes.directions.norm(dim=1, keepdim=True)
    expected = []
    for row, own in zip(z, label.tolist(), strict=True):
        if own >= 0:
            p = torch.softmax(5 * directions @ row, dim=0)
            target = torch.full((3,), 0.2 / 3)
            target[own] += 0.8
            expected.append(float(-(target * p.log()).sum().detach()))
    assert float(classes.loss(z, label, 0.2).detach()) == pytest.approx(sum(expected) / 3, rel=1e-5)
    assert float(classes.loss(z[:1], torch.tensor([-1]), 0.2).detach()) == 0
