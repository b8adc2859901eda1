"""The training of encoders, on features that are made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import Base
from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.probes import ProbesEncoder
from inrstore.model.encoders.weights import WeightsEncoder
from inrstore.model.training.decoded import chamfer
from inrstore.model.training.encoder import EncoderRecipe, EncoderTraining, Rows, one_cycle
from inrstore.network.recipe import Recipe

BASE = Base.of("tiny", Recipe("tiny", hidden=4, layers=2), {f: np.zeros(41, np.float32) for f in ("sdf", "udf")})
RECIPE = EncoderRecipe(epochs=6, batch=12, learning_rate=1e-2)
SIZES = {"probes": 16, "width": 8, "dim": 16, "outline": 4, "dropout": 0.1}
OWN, HELD = torch.arange(36), torch.arange(36, 54)


def rows() -> Rows:
    """Readings of thick shells of three sizes, 18 each, at places of their own; every ninth has no label."""
    axis = (torch.arange(16) + 0.5) / 8 - 1
    places = torch.cartesian_prod(axis, axis, axis)
    generator = torch.Generator().manual_seed(0)
    size = torch.arange(54) % 3
    centre = torch.randn(54, 1, 3, generator=generator) * 0.1
    distance = (places - centre).norm(dim=2) - (0.25 + 0.2 * size[:, None])
    near, inside = torch.exp(-((distance / 0.15) ** 2)), torch.sigmoid(-distance / 0.05)
    kept = (torch.stack([near, inside], dim=1).view(54, 2, 16, 16, 16) * 255).byte()
    label = torch.where(torch.arange(54) % 9 == 8, -1, size)
    weights = torch.randn(54, 41, generator=generator) * 0.3
    return Rows(kept, label, tuple("sdf" if n % 2 else "udf" for n in range(54)), weights.half())


def training(recipe: EncoderRecipe = RECIPE) -> EncoderTraining:
    torch.manual_seed(1)
    encoder: Any = ProbesEncoder.begin(BASE, **SIZES)
    some = rows()
    encoder.prepare([some.features[OWN]])
    return EncoderTraining(encoder, BASE, some, recipe)


def state(trained: EncoderTraining) -> torch.Tensor:
    return torch.cat([v.flatten().float() for part in trained.modules for v in part.state_dict().values()])


def test_it_learns_classes_that_it_then_finds_among_shapes_it_never_saw() -> None:
    trained = training()
    before = trained.validate(HELD)
    losses = [trained.run_epoch(OWN) for _ in range(RECIPE.epochs)]
    after = trained.validate(HELD)
    assert set(losses[0]) == {"classes", "contrast"} and losses[-1]["classes"] < 0.7 * losses[0]["classes"]
    assert after["map"] > max(0.85, before["map"]) and after["hit@1"] > 0.9
    assert not any(part.training for part in trained.modules)


def test_without_labels_copies_of_a_shape_are_to_be_alike() -> None:
    trained = training(replace(RECIPE, classes=0))
    assert trained.classes is None
    first = trained.validate(HELD)
    assert set(first) == {"contrast"} and trained.validate(HELD) == first
    for _ in range(RECIPE.epochs):
        trained.run_epoch(OWN)
    assert trained.validate(HELD)["contrast"] < first["contrast"] - 0.05


def test_a_resumed_training_ends_in_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=3, decode=0.5, decoder=DecoderSettings(width=8, frequencies=1, dim=16), points=16)
    whole = training(recipe)
    whole.run_epoch(OWN)
    whole.history.append({"map": 0.5})
    whole.save(tmp_path / "encoder.pt")
    second = whole.run_epoch(OWN)
    assert set(second) == {"classes", "contrast", "decode"}
    resumed = training(recipe)
    resumed.resume(tmp_path / "encoder.pt")
    assert resumed.epoch == 1 and resumed.history == [{"map": 0.5}]
    assert resumed.run_epoch(OWN) == second and torch.equal(state(resumed), state(whole))


def test_networks_of_one_base_can_be_mixed() -> None:
    torch.manual_seed(1)
    encoder: Any = WeightsEncoder.begin(BASE, width=8, blocks=1, dim=8)
    some = rows()
    kept = torch.cat([encoder.features(f, some.weights[n : n + 1].float()) for n, f in enumerate(some.field)])
    encoder.prepare([kept[OWN]])
    trained = EncoderTraining(encoder, BASE, replace(some, features=kept), replace(RECIPE, mixup=1.0))
    first = trained.run_epoch(OWN)["mixup"]
    assert trained.run_epoch(OWN)["mixup"] < first


def test_what_diverges_is_said() -> None:
    trained = training()
    with torch.no_grad():
        next(iter(trained.encoder.parameters())).fill_(torch.nan)
    with pytest.raises(BadInput, match="diverged.*smaller --rate"):
        trained.run_epoch(OWN)


def test_the_rate_rises_for_three_tenths_and_falls_to_nothing() -> None:
    at = np.linspace(0, 1, 101)
    rate = np.array([one_cycle(x) for x in at])
    assert rate[0] == pytest.approx(1 / 25) and rate[30] == pytest.approx(1) and rate[-1] == pytest.approx(0, abs=1e-9)
    assert (np.diff(rate[:31]) > 0).all() and (np.diff(rate[30:]) < 0).all()


def test_networks_of_one_object_are_to_be_alike() -> None:
    """Shells of one size are said to be one object, without any label."""
    trained = training(replace(RECIPE, classes=0, epochs=24))
    trained.rows = replace(trained.rows, object=torch.arange(54) % 3)

    def within() -> float:
        """How much more alike shells of one size are than others, of those that are never learned from."""
        z = trained.embeddings(HELD)
        alike, same = z @ z.T, (HELD[:, None] % 3 == HELD % 3).numpy()
        return float(alike[same].mean() - alike[~same].mean())

    before = within()
    for _ in range(24):
        trained.run_epoch(OWN)
    assert within() > before + 0.2


def test_one_copy_a_step_is_enough_where_all_have_labels() -> None:
    some, encoder = rows(), training().encoder
    full = replace(some, label=some.label.clamp_min(0))
    for known, recipe, views in ((some, RECIPE, 2), (full, RECIPE, 1), (full, replace(RECIPE, classes=0), 2)):
        assert EncoderTraining(encoder, BASE, known, recipe).views == views
        assert EncoderTraining(encoder, BASE, known, replace(recipe, views=3)).views == 3


def test_few_labels_do_not_say_which_epoch_is_the_best() -> None:
    some = rows()
    few = replace(
        some, label=torch.where(torch.arange(54) % 3 == 0, some.label, -1).where(torch.arange(54) % 2 == 0, -1)
    )
    trained = EncoderTraining(training().encoder, BASE, replace(few, label=few.label.clamp_max(1)), RECIPE)
    assert int((few.label[HELD] >= 0).sum()) > 1 and set(trained.validate(HELD)) == {"classes", "contrast"}


def test_without_labels_a_decoder_is_validated_by_its_surfaces() -> None:
    sizes = DecoderSettings(width=8, frequencies=1, dim=16)
    trained = training(replace(RECIPE, classes=0, decode=0.5, decoder=sizes, points=16))
    some, z = trained.rows, torch.from_numpy(trained.embeddings(HELD))
    assert trained.decoder is not None and some.weights is not None
    each = [
        chamfer(trained.decoder, z[place : place + 1], BASE.siren, some.field[row], some.weights[row][None].float())[0]
        for place, row in enumerate(HELD.tolist())
    ]
    assert trained.validate(HELD)["chamfer"] == pytest.approx(np.mean(each), abs=1e-4) and max(each) > 0
