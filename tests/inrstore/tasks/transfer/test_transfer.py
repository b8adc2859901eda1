"""The transfer network: each block of the space hears of all others, and what has learned nothing changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import Head
from inrstore.tasks.transfer.transfer import KIND, Transfer, TransferNetwork, TransferSizes, tensors_of

SIZES = TransferSizes(dim=3 * 4**3, cells=4, fine=8, width=16, layers=1, heads=2)


def codes(count: int) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(count, SIZES.dim, generator=torch.Generator().manual_seed(0)))


def test_what_it_says_of_a_block_depends_on_all_of_the_space() -> None:
    network = TransferNetwork(SIZES)
    torch.nn.init.normal_(network.out.weight, std=0.1)
    network.into, network.back = network.into[0], torch.nn.Identity()  # the transformer alone carries it so far
    given = codes(1).requires_grad_(True)
    first, second, _ = network(given).view(3, 4, 4, 4)[:, 0, 0, 0]
    (first / second).backward()  # their ratio does not depend on the length that all is given
    assert given.grad is not None and (given.grad.view(3, 4, 4, 4)[:, -1, -1, -1] != 0).all()


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
