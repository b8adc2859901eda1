"""inr2vec's encoder, against a reading of the paper row by row."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model.encoders.inr2vec import Inr2vecEncoder, Inr2vecSettings
from inrstore.network.siren import Siren, initialise

SIREN = Siren(hidden=5, layers=3)


def encoder() -> Inr2vecEncoder:
    torch.manual_seed(0)
    model = Inr2vecEncoder(SIREN, Inr2vecSettings((7, 6), 9))
    model.train()
    for seed in range(3):  # so that the normalisations have something to do
        model.learned(torch.randn(6, SIREN.size, generator=torch.Generator().manual_seed(seed)))
    return model.eval()


def networks(count: int) -> np.ndarray:
    return torch.stack([initialise(SIREN, seed) for seed in range(count)]).numpy()


def test_it_is_the_greatest_over_rows_of_the_hidden_matrices_and_their_biases() -> None:
    model, rows = encoder(), networks(3)
    expected = []
    for network in rows:
        second, third = network[20:50], network[50:80]  # 5×5 weights, then 5 biases, after 3×5 + 5
        tokens = [part[i * 5 : i * 5 + 5] for part in (second, third) for i in range(6)]
        codes = torch.stack([model.rows(torch.from_numpy(token)[None])[0] for token in tokens]).detach()
        expected.append((codes.amax(dim=0) / codes.amax(dim=0).norm()).numpy())
    np.testing.assert_allclose(model.encode("sdf", rows), expected, atol=1e-5)


def test_first_and_last_layer_are_not_read_and_rows_have_no_order() -> None:
    model, rows = encoder(), networks(1)
    changed = rows.copy()
    changed[:, :20] += 1
    changed[:, 80:] -= 1
    swapped = rows.copy()
    swapped[:, 20:30] = np.concatenate([rows[:, 25:30], rows[:, 20:25]], axis=1)
    for other in (changed, swapped):
        np.testing.assert_allclose(model.encode("sdf", other), model.encode("sdf", rows), atol=1e-6)
    assert not np.allclose(model.encode("sdf", np.roll(rows, 1, axis=1)), model.encode("sdf", rows), atol=1e-2)


def test_by_default_it_has_the_papers_sizes() -> None:
    model = Inr2vecEncoder(Siren(hidden=512, layers=4), Inr2vecSettings())
    kept = model.features("sdf", torch.randn(1, 790_529))
    assert kept.shape == (1, 790_529) and model.eval().embed(model.plain(kept)).shape == (1, 1024)
    assert [part.out_features for part in model.rows if isinstance(part, torch.nn.Linear)] == [
        512,
        512,
        1024,
        1024,
        1024,
    ]


def test_a_siren_without_hidden_matrices_is_refused() -> None:
    with pytest.raises(BadInput, match="none"):
        Inr2vecEncoder(Siren(hidden=5, layers=1), Inr2vecSettings())
