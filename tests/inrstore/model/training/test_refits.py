"""Refits: networks of spheres fitted once more to kept samples, whose distance everybody knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import Base, Model
from inrstore.model.training import refits
from inrstore.model.training.encoder import EncoderRecipe
from inrstore.model.training.learn import train_encoder
from inrstore.model.training.networks import Networks
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, random_base
from inrstore.network.packing import pack
from inrstore.network.recipe import Recipe
from inrstore.network.siren import forward
from inrstore.progress import Progress
from inrstore.store import Store, init_store
from tests.shapes import key_of, new_shape

RECIPE = Recipe("balls", hidden=16, layers=2, omega=10, steps=150, batch_points=256)
TRAINED = EncoderRecipe(epochs=1, batch=4, settings={"probes": 16, "width": 4, "dim": 12, "outline": 4})
SHAPES = 10
RADII = np.linspace(0.3, 0.9, SHAPES)


def ball(radius: float, seed: int) -> FieldSamples:
    points = np.random.default_rng(seed).uniform(-1, 1, (2_000, 3))
    distance = np.linalg.norm(points, axis=1) - radius
    return FieldSamples("sdf", points.astype(np.float32), np.clip(distance, -0.1, 0.1).astype(np.float32))


@pytest.fixture(scope="module")
def model() -> Model:
    start = random_base(RECIPE).numpy()
    return Model("balls", Base.of("balls", RECIPE, {"sdf": start, "udf": start, "occ": start}))


@pytest.fixture
def balls(model: Model, tmp_path: Path) -> Store:
    """Of which all but the last two have kept samples; the stored networks are anything."""
    store = init_store(tmp_path / "balls", model)
    shapes = [replace(new_shape(model, number), embedding=None) for number in range(SHAPES)]
    kept = [pack(ball(radius, number), 1_500) for number, radius in enumerate(RADII)]
    store.commit([replace(s, samples=k) for s, k in zip(shapes[:-2], kept, strict=False)] + shapes[-2:])
    return store


def test_each_is_another_network_of_its_shape(balls: Store, tmp_path: Path) -> None:
    networks = Networks.of(balls)
    rows = torch.arange(2, SHAPES)
    found = refits.with_refits(networks, rows, 2, tmp_path / "refits.npy", 0, "cpu", None)
    order = [networks.keys.tolist().index(key_of(balls, number)) for number in range(SHAPES)]
    owners = [row for row in rows.tolist() if row in order[:-2]]
    assert found.again is not None and len(found) == SHAPES + 2 * len(owners)
    assert found.object[SHAPES:].tolist() == 2 * networks.object[owners].tolist()
    assert found.label[SHAPES:].tolist() == 2 * networks.label[owners].tolist()
    said = torch.cat([weights for _, _, weights in found.blocks()])
    np.testing.assert_array_equal(said[:SHAPES].numpy(), balls.weights(networks.keys))
    siren = balls.base().siren
    for place, owner in enumerate(2 * owners):
        true = ball(RADII[order.index(owner)], 99)
        raw = forward(siren, said[None, SHAPES + place], torch.from_numpy(true.points)[None])[0]
        assert float(((raw > 0).numpy() == (true.values < 0)).mean()) > 0.95, "it does not say the ball's inside"
    first, second = said[SHAPES : SHAPES + len(owners)], said[SHAPES + len(owners) :]
    assert ((first - second).abs().amax(dim=1) > 1e-3).all(), "two refits are one network"


def test_a_stopped_run_goes_on_with_those_that_it_lacks(
    balls: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refits, "BLOCK", 3)
    networks, rows, calls = Networks.of(balls), torch.arange(SHAPES), list[int]()
    whole = refits.with_refits(networks, rows, 1, tmp_path / "whole.npy", 0, "cpu", None).again

    def counted(samples, *rest, **more):  # type: ignore[no-untyped-def]
        calls.append(len(samples))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(samples, *rest, **more)

    monkeypatch.setattr(refits, "fit", counted)
    with pytest.raises(KeyboardInterrupt):
        refits.with_refits(networks, rows, 1, tmp_path / "again.npy", 0, "cpu", None)
    again = refits.with_refits(networks, rows, 1, tmp_path / "again.npy", 0, "cpu", None).again
    assert calls == [3, 3, 3, 2] and whole is not None
    np.testing.assert_array_equal(again, whole)


def test_refits_of_before_samples_were_added_are_refused(balls: Store, tmp_path: Path) -> None:
    recipe = replace(TRAINED, refits=1, held_out=0.2)
    train_encoder(balls, tmp_path / "out", tmp_path / "work", recipe, labels="none")
    balls.add_samples({key_of(balls, number): pack(ball(RADII[number], number), 1_500) for number in (8, 9)})
    (tmp_path / "work" / "features.npy").unlink()
    with pytest.raises(BadInput, match="refits of other shapes"):
        train_encoder(balls, tmp_path / "out", tmp_path / "work", recipe, labels="none")


def test_an_encoder_learns_from_them(balls: Store, tmp_path: Path) -> None:
    said: list[Progress] = []
    recipe = replace(TRAINED, refits=3, held_out=0.2)
    learned = train_encoder(balls, tmp_path / "out", tmp_path / "work", recipe, labels="none", on_progress=said.append)
    own, _ = Networks.of(balls).split(0.2, 0)
    having = balls.sample_counts()
    count = 3 * sum(int(key) in having for key in Networks.of(balls).keys[own.numpy()])
    assert f"{SHAPES + count} networks" in learned.model.card
    assert f"{count} of them fitted once more" in learned.model.card
    assert f"{len(own) + count} to\n  learn from, 2 to validate" in learned.model.card, (
        "a held out shape is learned from"
    )
    assert [p.done for p in said if p.stage == "refits"][-1] == count
    assert len(np.load(tmp_path / "work" / "features.npy", mmap_mode="r")) == SHAPES + count


def test_without_kept_samples_it_says_what_to_do(store: Store, tiny_model: Model, tmp_path: Path) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(12)])
    with pytest.raises(BadInput, match=r"--keep-samples, or leave --refits out"):
        train_encoder(store, tmp_path / "out", tmp_path / "work", replace(TRAINED, refits=1), labels="none")
