"""Pairs are of one pose on both sides, and what is judged of them is turned alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ingest import encode
from ingest.scans import fit_cloud
from inrstore.model import load_model
from inrstore.network.siren import forward
from inrstore.network.turning import turned
from inrstore.store import init_store
from inrstore.tasks import Codes
from inrstore.tasks.transfer.pairs import LESSONS, Pairs, _pose, clouds, pairs, surface_of
from tests.shapes import new_shape, packaged_networks, with_networks

VIEWS = 6


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Codes:
    model = load_model()
    store = init_store(tmp_path_factory.mktemp("store") / "real.store", model)
    store.commit(
        with_networks(model, [new_shape(model, n, label=None) for n in range(2)], packaged_networks(model)[:2])
    )
    found = Codes.of(store)
    encode(store, beside=found.model, jobs=1)
    return found


@pytest.fixture(scope="module")
def found(codes: Codes) -> Pairs:
    return pairs(codes, "reconstruction", codes.stored()[0], VIEWS, seed=1)


def test_wholes_and_points_are_turned_as_the_network_is(codes: Codes, found: Pairs) -> None:
    assert found.seen.shape == found.whole.shape == (2, VIEWS, codes.dim)
    assert found.points.shape == (2, LESSONS, 3) and found.fields == ("sdf", "sdf")
    np.testing.assert_array_equal(found.whole[:, 0], codes.stored()[1])
    for place, key in enumerate(found.keys.tolist()):
        networks = turned(codes.model.siren, codes.store.weights([key])[0], found.turns[place])
        np.testing.assert_allclose(codes.encode("sdf", networks), found.whole[place], atol=1e-5)
        moved = torch.from_numpy(found.points[place] @ found.turns[place].transpose(0, 2, 1))
        with torch.inference_mode():
            said = forward(codes.model.siren, torch.from_numpy(networks), moved).numpy()
        np.testing.assert_allclose(said, np.tile(found.raw[place], (VIEWS, 1)), atol=1e-3)


def test_what_is_seen_lies_as_the_whole_does(found: Pairs) -> None:
    poses = [len(np.unique(turns, axis=0)) for turns in found.turns]
    assert min(poses) > 1 and np.array_equal(found.turns[:, 0], np.tile(np.eye(3), (2, 1, 1)))
    assert np.array_equal(found.turns[:, :, 1], np.tile([0, 1, 0], (2, VIEWS, 1)))  # up stays up
    for seen, whole, turns in zip(found.seen, found.whole, found.turns, strict=True):
        alike, swapped = seen @ whole.T, turns[:, 0, 0] == 0
        for view in range(VIEWS):  # a shape may be as its mirror image is, but not as it is after a quarter turn
            assert alike[view, view] > alike[view].max() - 0.01
            assert alike[view, view] > alike[view, swapped != swapped[view]].max(initial=-1) + 0.1


def test_views_that_are_fitted_are_read_as_files_are(codes: Codes, found: Pairs) -> None:
    key = int(codes.stored()[0][0])
    fitted = pairs(codes, "reconstruction", codes.stored()[0][:1], 2, seed=1, fits=1)
    assert np.array_equal(fitted.keys, [key])
    rng = np.random.default_rng([1, key])
    _pose(rng)
    cloud = clouds(surface_of(codes, codes.store.shape(key)), "reconstruction", 2, rng)[0]
    asked = codes.encode("udf", fit_cloud(codes.store, cloud)[None])[0]
    exact = codes.of_points(cloud)
    # Other samples are drawn, but both are networks: they are more alike than either is to the exact distances.
    assert fitted.seen[0, 0] @ asked > max(fitted.seen[0, 0] @ exact, asked @ exact)
    assert fitted.seen[0, 1] @ fitted.whole[0, 1] > 0.5


def test_one_view_is_of_the_shape_as_it_is(codes: Codes) -> None:
    one = pairs(codes, "completion", codes.stored()[0], 1, seed=0)
    assert one.turns.shape == (2, 1, 3, 3) and np.array_equal(one.whole[:, 0], codes.stored()[1])


def test_of_a_solid_its_stored_cloud_is_seen(codes: Codes, tmp_path: Path) -> None:
    model, store = codes.model, init_store(tmp_path / "twins.store", load_model())
    small = 0.6 * surface_of(codes, codes.store.shape(int(codes.stored()[0][0])))[:4_096]  # as nothing else is
    solid = new_shape(load_model(), 0, label=None, tags={"object": "one"})
    cloud = new_shape(load_model(), 1, label=None, tags={"object": "one"}, field="udf", kind="cloud")
    cloud = replace(cloud, inrs=(replace(cloud.inrs[0], field="udf", weights=fit_cloud(codes.store, small)),))
    store.commit([*with_networks(load_model(), [solid], packaged_networks(load_model())[:1]), cloud])
    own = Codes.of(store, model)
    encode(store, beside=own.model, jobs=1)
    key = np.array([shape.key for shape in store if shape.field == "sdf"])
    with_it, without = (pairs(own, "reconstruction", key, 1, seed=0, same=same) for same in ("object", None))
    np.testing.assert_array_equal(with_it.whole, without.whole)
    there = own.of_points(small)
    assert with_it.seen[0, 0] @ there > 0.8 > without.seen[0, 0] @ there
