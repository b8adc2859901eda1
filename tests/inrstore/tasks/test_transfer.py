"""The transfer network: tokens are blocks of the space, and what has learned nothing changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import Head
from inrstore.tasks.transfer import KIND, Transfer, TransferNetwork, TransferSizes, rows, tensors_of, tokens

SIZES = TransferSizes(dim=3 * 4**3, cells=4, width=16, layers=1, heads=2)


def codes(count: int) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(count, SIZES.dim, generator=torch.Generator().manual_seed(0)))


def test_tokens_are_blocks_of_the_space_and_come_back() -> None:
    given = codes(2)
    made = tokens(given, 4)
    assert made.shape == (2, 8, 24)
    assert torch.equal(rows(made, 4), given)
    grid = given.view(2, 3, 4, 4, 4)
    for number, (x, y, z) in enumerate(np.ndindex(2, 2, 2)):
        block = grid[:, :, 2 * x : 2 * x + 2, 2 * y : 2 * y + 2, 2 * z : 2 * z + 2]
        assert torch.equal(made[:, number].sort().values, block.flatten(1).sort().values)


def test_a_network_that_has_learned_nothing_changes_nothing() -> None:
    torch.testing.assert_close(TransferNetwork(SIZES)(codes(3)), codes(3))


def test_as_a_head_it_says_what_it_said(tmp_path) -> None:
    network = TransferNetwork(SIZES)
    torch.nn.init.normal_(network.out.weight, std=0.1)
    with torch.no_grad():
        said = network.eval()(codes(70)).numpy()
    tensors = tensors_of(network, ())
    settings = {"field": "occ", "sizes": vars(SIZES)}
    Head.task("completion", KIND, "e" * 64, settings, tensors, {"task": "completion"}).save(tmp_path)
    transfer = Transfer(Head.load(tmp_path))
    found = transfer.codes(codes(70).numpy())
    np.testing.assert_allclose(found, said, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert transfer.field == "occ"


def test_a_head_of_another_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="not a transfer"):
        Transfer(Head.task("label", "classifier", "e" * 64, {}, {}, {}))
