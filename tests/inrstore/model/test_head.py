"""Heads: the implicit decoder as it is saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput, CorruptShard
from inrstore.model import Head
from inrstore.network.fields import FIELDS
from tests.inrstore.model.models import full_model


@pytest.fixture
def head() -> Head:
    found = full_model().decoder
    assert found is not None
    return found


def test_decoding_gives_the_fields_own_output(head: Head) -> None:
    rng = np.random.default_rng(1)
    z, points = rng.normal(size=8).astype(np.float32), rng.uniform(-1, 1, (7, 3)).astype(np.float32)
    truth = head.decoder(torch.from_numpy(z)[None], torch.from_numpy(points)[None])[0].detach().numpy()
    for column, field in enumerate(FIELDS):
        np.testing.assert_allclose(head.decode(z, points, field), truth[:, column], atol=1e-6)
        np.testing.assert_allclose(head.decode(z, points.astype(np.float64), field), truth[:, column], atol=1e-6)


def test_what_does_not_fit_is_named(head: Head) -> None:
    points = np.zeros((3, 3), np.float32)
    with pytest.raises(BadInput, match="field: 'sfd' is none of sdf"):
        head.decode(np.zeros(8, np.float32), points, "sfd")
    with pytest.raises(BadInput, match=r"embedding: .*\(7,\)"):
        head.decode(np.zeros(7, np.float32), points)
    with pytest.raises(BadInput, match=r"points: .*\(3, 2\)"):
        head.decode(np.zeros(8, np.float32), points[:, :2])


def test_it_is_saved_with_its_encoders_name(head: Head, tmp_path: Path) -> None:
    head.save(tmp_path)
    back = Head.load(tmp_path)
    assert back == head and back.encoder_id == head.encoder_id and back.kind == "decoder" and back.fields == FIELDS


def test_tensors_that_do_not_fit_are_damage(head: Head) -> None:
    with pytest.raises(CorruptShard, match="restore it from a copy"):
        _ = replace(head, tensors={"out.bias": np.zeros(3, np.float16)}).decoder
