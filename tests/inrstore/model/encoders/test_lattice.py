"""The lattice encoder: what it reads of a network, and by what its result depends on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from sklearn.decomposition import PCA

from inrstore.errors import BadInput
from inrstore.model.encoders.lattice import LatticeEncoder, LatticeSettings
from inrstore.model.encoders.readings import probes
from inrstore.network.fields import CLIP, distance
from inrstore.network.siren import Siren, forward, initialise
from inrstore.network.turning import turned

SIREN = Siren(hidden=4, layers=3)
SHAPE = LatticeSettings(probes=8, width=12, dim=6, outline=2, dropout=0.5)


def encoder() -> LatticeEncoder:
    torch.manual_seed(0)
    return LatticeEncoder(SIREN, SHAPE).eval()


def changes(count: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, SIREN.size, generator=torch.Generator().manual_seed(seed))


def test_embeddings_have_unit_length_and_do_not_feel_each_other() -> None:
    model, x = encoder(), changes()
    z = model("sdf", x)
    assert z.shape == (4, 6)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(4))
    for row in range(4):
        torch.testing.assert_close(model("sdf", x[row : row + 1])[0], z[row])


def test_every_weight_of_a_network_counts() -> None:
    x = changes(1).requires_grad_(True)
    model = encoder()
    (gradient,) = torch.autograd.grad((model("sdf", x) * torch.arange(6.0)).sum(), x)
    assert (gradient != 0).all()


def test_fields_are_read_apart() -> None:
    model, x = encoder(), changes()
    assert not torch.allclose(model.read("sdf", x), model.read("udf", x), atol=1e-2)
    assert not torch.equal(model("sdf", x), model("udf", x))


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
@pytest.mark.parametrize("siren", [SIREN, Siren(hidden=5, layers=1), Siren(hidden=3, layers=2, omega=7.0)])
def test_one_at_a_time_it_computes_what_training_does(field: str, siren: Siren) -> None:
    torch.manual_seed(2)
    model = LatticeEncoder(siren, LatticeSettings(probes=12, width=8, dim=6, outline=2))
    for _ in range(3):  # so that the normalisations have something to do
        model.train()(field, initialise_many(siren, 8))
    model.eval()
    weights = initialise_many(siren, 3)
    np.testing.assert_allclose(model.encode(field, weights.numpy()), model(field, weights).detach(), atol=2e-6)


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
@pytest.mark.parametrize("offset", [False, True])
def test_turned_it_encodes_what_it_makes_of_the_turned_network(field: str, offset: bool) -> None:
    """Also what an old one adds to the weights is turned."""
    model, weights = encoder(), changes(1, seed=3)[0].numpy() * 0.3
    added = np.linspace(-0.1, 0.1, SIREN.size, dtype=np.float32) if offset else np.zeros(SIREN.size, np.float32)
    free, cube = Rotation.random(2, random_state=1), Rotation.create_group("O")
    turns = np.concatenate([(cube * one).as_matrix() for one in free])
    turns = np.concatenate([turns, turns @ np.diag([-1, 1, 1])]).astype(np.float32)
    wanted = model.encode(field, turned(SIREN, weights + added, turns))
    if offset:
        model.offset[field] = torch.from_numpy(added)
    np.testing.assert_allclose(model.encode_turned(field, weights, turns), wanted, atol=2e-6)
    apart = np.linalg.norm(wanted[:, None] - wanted, axis=2)
    assert apart[~np.eye(len(turns), dtype=bool)].min() > 1e-5  # so that no turn passes for another


def initialise_many(siren: Siren, count: int) -> torch.Tensor:
    return torch.stack([initialise(siren, seed) for seed in range(count)])


def test_probes_are_the_centres_of_the_cells_of_the_cube() -> None:
    places = probes(3).view(3, 3, 3, 3)
    np.testing.assert_allclose(places[0, 1, 2], [-2 / 3, 0, 2 / 3], atol=1e-6)
    assert float(places.abs().max()) == pytest.approx(2 / 3)


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_readings_are_nearness_and_insideness_of_the_networks_own_output(field: str) -> None:
    model = LatticeEncoder(SIREN, SHAPE).eval()
    x = changes(2)
    near, inside = model.read(field, x).detach().numpy().reshape(2, 2, -1).transpose(1, 0, 2)
    raw = forward(SIREN, x, model.places.expand(2, -1, -1)).numpy()
    p = 1 / (1 + np.exp(-raw))
    if field == "occ":
        np.testing.assert_allclose(near, 4 * p * (1 - p), atol=1e-5)
    else:
        np.testing.assert_allclose(near, 1 - np.abs(distance(field, raw)) / CLIP, atol=1e-5)
    np.testing.assert_allclose(inside, np.zeros_like(p) if field == "udf" else p, atol=1e-5)


@pytest.mark.parametrize("outline", [0, 6])
def test_an_outline_that_leaves_nothing_or_takes_nothing_is_refused(outline: int) -> None:
    with pytest.raises(BadInput, match="from 1 to 5"):
        LatticeEncoder(SIREN, LatticeSettings(probes=8, dim=6, outline=outline))


def test_the_outline_is_the_principal_components_of_the_blurred_nearness() -> None:
    model = encoder()
    volumes = model.read("sdf", changes(40)).detach()
    model.learn_outline(volumes.split(7))
    near = volumes[:, 0].numpy()
    blurred = np.zeros((40, 4, 4, 4))
    padded = np.pad(near, ((0, 0), (1, 1), (1, 1), (1, 1)))
    for i, j, k in np.ndindex(4, 4, 4):
        blurred[:, i, j, k] = padded[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4, 2 * k : 2 * k + 4].mean(axis=(1, 2, 3))
    wanted = PCA(2, svd_solver="full").fit_transform(blurred.reshape(40, -1))
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    found = model.outline(volumes).numpy()[:, ::-1]  # its largest comes last
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), atol=1e-3)
    np.testing.assert_allclose(model.embed(volumes).detach().norm(dim=1), 1, atol=1e-5)


def test_fewer_probes_than_the_convolutions_need_are_refused() -> None:
    with pytest.raises(BadInput, match="at least 8"):
        LatticeEncoder(SIREN, LatticeSettings(probes=7))


def test_threads_that_encode_at_once_get_the_same_bytes_and_leave_torch_as_it_was() -> None:
    model, weights, before = encoder(), changes(6).numpy(), torch.get_num_threads()
    alone = model.encode("sdf", weights).tobytes()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: model.encode("sdf", weights).tobytes(), range(12)))
    assert set(found) == {alone} and torch.get_num_threads() == before
