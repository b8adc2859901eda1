"""An encoder from a store, end to end with settings of seconds; the shapes' source files do not exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ingest import reencode
from inrstore.errors import BadInput, MissingDependency
from inrstore.model import Model
from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.spectral import without_spectrum
from inrstore.model.training import learn
from inrstore.model.training.encoder import EncoderRecipe, EncoderTraining
from inrstore.model.training.learn import recipe_of, train_encoder
from inrstore.progress import Progress
from inrstore.store import Store
from tests.shapes import key_of, new_shape

PROBES = EncoderRecipe(epochs=3, batch=8, settings={"probes": 16, "width": 4, "dim": 12, "outline": 4})
WEIGHTS = EncoderRecipe("weights", epochs=2, batch=8, mixup=0.5, settings={"width": 8, "blocks": 1, "dim": 8})
DECODER = DecoderSettings(width=8, frequencies=1, dim=10)
INR2VEC = replace(recipe_of("inr2vec"), epochs=2, batch=8, decoder=DECODER, settings={"widths": (8, 8), "dim": 10})


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    store.commit([new_shape(tiny_model, number) for number in range(24)])
    return store


@pytest.mark.parametrize("recipe", [PROBES, WEIGHTS, INR2VEC], ids=lambda recipe: str(recipe.kind))
def test_a_store_gets_an_encoder_learned_from_its_networks_alone(
    filled: Store, tmp_path: Path, recipe: EncoderRecipe
) -> None:
    said: list[Progress] = []
    labels = "none" if recipe is INR2VEC else "label"
    learned = train_encoder(
        filled, tmp_path / "out", tmp_path / "work", recipe, labels=labels, name="own", on_progress=said.append
    )
    assert [p.stage for p in said] == ["reading networks", *["epoch"] * recipe.epochs]
    assert said[-1].done == len(learned.history) == recipe.epochs
    saved = Model.load(tmp_path / "out")
    assert saved == saved and saved.encoder == learned.model.encoder is not None and saved.name == "own"
    assert saved.encoder.kind == recipe.kind and (saved.decoder is not None) == (recipe is INR2VEC)
    assert "24 networks (24 sdf)" in saved.card and ("2 classes" in saved.card) == (labels == "label")
    best = max(learned.history, key=lambda row: row["map"] if "map" in row else -row["chamfer"])
    assert learned.figures == best
    assert reencode(filled, saved, jobs=1).encoded == 24
    keys, matrix = filled.embeddings()
    assert filled.encoder_id == saved.encoder.id and matrix.shape == (24, saved.encoder.dim)
    expected = saved.encode("sdf", filled.weights([key_of(filled, 3)]))[0]
    np.testing.assert_allclose(matrix[keys.tolist().index(key_of(filled, 3))], expected, atol=1e-6)


def test_what_is_saved_may_have_the_spectrum_beside_it_and_is_gone_on_from_without(
    filled: Store, tmp_path: Path
) -> None:
    plain = train_encoder(filled, tmp_path / "plain", tmp_path / "work", PROBES, labels="label").model.encoder
    found = train_encoder(filled, tmp_path / "out", tmp_path / "work", PROBES, labels="label", spectrum=0.3).model
    assert plain is not None and found.encoder is not None and "0.3 of an embedding" in found.card
    assert found.encoder.kind == "spectral" and without_spectrum(found.encoder) == plain
    assert reencode(filled, Model.load(tmp_path / "out"), jobs=1).encoded == 24
    assert filled.embeddings()[1].shape == (24, found.encoder.dim) and found.encoder.dim > plain.dim
    further = train_encoder(
        filled,
        tmp_path / "more",
        tmp_path / "more.work",
        replace(PROBES, epochs=1),
        labels="label",
        start=found.encoder,
    ).model.encoder
    assert further is not None and further.kind == "probes" and further != plain
    with pytest.raises(BadInput, match="knows no spectrum"):
        train_encoder(filled, tmp_path / "no", tmp_path / "no.work", INR2VEC, spectrum=0.2)


def test_a_stopped_training_goes_on_to_the_same_encoder(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_encoder(filled, tmp_path / "whole", tmp_path / "whole.work", PROBES, labels="label")
    epoch = EncoderTraining.run_epoch

    def stopped(after: int) -> Callable[..., dict[str, float]]:
        def run(self: EncoderTraining, *rest: Any) -> dict[str, float]:
            if self.epoch == after:
                raise KeyboardInterrupt
            return epoch(self, *rest)

        return run

    for after in (0, 2):
        monkeypatch.setattr(EncoderTraining, "run_epoch", stopped(after))
        with pytest.raises(KeyboardInterrupt):
            train_encoder(filled, tmp_path / "out", tmp_path / "work", PROBES, labels="label")
    monkeypatch.setattr(EncoderTraining, "run_epoch", epoch)
    said: list[Progress] = []
    again = train_encoder(filled, tmp_path / "out", tmp_path / "work", PROBES, labels="label", on_progress=said.append)
    assert [p.done for p in said] == [3] and again.history == whole.history
    assert again.model.encoder == whole.model.encoder


def test_patience_ends_it_and_more_of_it_goes_on(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.1, 0.5, 0.3, 0.3, 0.2, 0.9])
    monkeypatch.setattr(EncoderTraining, "validate", lambda *_: {"map": next(scores)})
    recipe, heard = replace(PROBES, epochs=6, patience=2), list[int]()
    out, work = tmp_path / "out", tmp_path / "work"
    found = train_encoder(
        filled, out, work, recipe, labels="label", on_epoch=lambda history: heard.append(len(history))
    )
    assert heard == [1, 2, 3, 4] and found.figures["map"] == 0.5
    first = found.model.encoder
    found = train_encoder(filled, out, work, replace(recipe, patience=5), labels="label")
    assert len(found.history) == 6 and found.figures["map"] == 0.9 and found.model.encoder != first


def test_a_work_folder_serves_one_training(filled: Store, tmp_path: Path) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    train_encoder(filled, out, work, WEIGHTS, labels="label")
    history = json.loads((work / learn.HISTORY).read_text())
    assert set(history[0]) >= {"map", "hit@1", "hit@5"}
    for change in ({"labels": "split"}, {"recipe": replace(WEIGHTS, seed=1)}):
        with pytest.raises(BadInput, match="belongs to a training"):
            train_encoder(filled, out, work, **{"recipe": WEIGHTS, "labels": "label", **change})
    filled.remove(key_of(filled, 1))
    with pytest.raises(BadInput, match="belongs to a training"):
        train_encoder(filled, out, work, WEIGHTS, labels="label")


def test_what_cannot_be_trained_is_refused(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match="'lattice' cannot be trained from a store; give one of probes, weights, inr2vec"
    ):
        recipe_of("lattice")
    with pytest.raises(BadInput, match="'views' cannot be trained from a store"):
        recipe_of("views")
    with pytest.raises(MissingDependency, match="'sounds' is known"):
        recipe_of("sounds")
    for wrong, why in (({"depth": 3}, "depth"), ({"dropout": 2.0}, "dropout"), ({"probes": 12}, "multiple of 8")):
        with pytest.raises(BadInput, match=why):
            train_encoder(filled, tmp_path / "out", tmp_path / f"{why}.work", replace(PROBES, settings=wrong))
    with pytest.raises(BadInput, match="a width and a dim"):
        train_encoder(filled, tmp_path / "out", tmp_path / "wide.work", replace(WEIGHTS, settings={"width": 0}))


def test_a_training_with_nothing_to_learn_is_refused(filled: Store, tmp_path: Path) -> None:
    for recipe, labels in ((replace(PROBES, contrast=0), "none"), (replace(PROBES, classes=0, contrast=0), "label")):
        with pytest.raises(BadInput, match="nothing is to be learned"):
            train_encoder(filled, tmp_path / "out", tmp_path / "work", recipe, labels=labels)


def test_an_encoder_goes_on_from_another(filled: Store, tmp_path: Path) -> None:
    """At a rate of nearly nothing it stays what it was; what a new setting changes is changed."""
    first = train_encoder(filled, tmp_path / "a", tmp_path / "a.work", PROBES, labels="label").model
    still = replace(PROBES, epochs=1, learning_rate=1e-9, weight_decay=0, settings={"outline_share": 0.5})
    second = train_encoder(
        filled, tmp_path / "b", tmp_path / "b.work", still, labels="label", start=first.encoder
    ).model
    assert first.encoder and second.encoder and second.encoder.settings["settings"]["outline_share"] == 0.5
    assert second.encoder.settings["settings"]["width"] == 4
    weights = filled.weights([key_of(filled, 3)])
    before, after = (model.encode("sdf", weights)[0] for model in (first, second))
    outline = slice(8, 12)
    np.testing.assert_allclose(after[outline] / np.sqrt(0.5), before[outline] / np.sqrt(0.2), atol=1e-2)
    for name in ("slices.0.stem.0.weight", "directions", "mean"):
        np.testing.assert_allclose(first.encoder.tensors[name], second.encoder.tensors[name], atol=1e-5)


def test_what_it_cannot_start_from_is_refused(filled: Store, tmp_path: Path) -> None:
    first = train_encoder(filled, tmp_path / "a", tmp_path / "a.work", replace(PROBES, epochs=1), labels="label").model
    for recipe, said in (
        (WEIGHTS, "of kind 'probes'.*of kind 'weights'"),
        (replace(PROBES, settings={"width": 8}), "cannot be made with"),
        (replace(PROBES, settings={"colour": 8}), "cannot be made with"),
    ):
        with pytest.raises(BadInput, match=said):
            train_encoder(filled, tmp_path / "b", tmp_path / "b.work", recipe, labels="label", start=first.encoder)


def test_a_decoder_goes_on_with_its_encoder(filled: Store, tmp_path: Path) -> None:
    model = train_encoder(filled, tmp_path / "a", tmp_path / "a.work", INR2VEC).model
    assert model.decoder is not None
    still = replace(INR2VEC, epochs=1, learning_rate=1e-12, weight_decay=0, decoder=DecoderSettings(width=4, dim=10))
    for decoder in (model.decoder, None):
        out = tmp_path / f"out-{decoder is None}"
        further = train_encoder(filled, out, f"{out}.work", still, start=model.encoder, decoder=decoder).model.decoder
        assert further is not None
        alike = [
            further.tensors[key].shape == value.shape and np.allclose(further.tensors[key], value, atol=1e-3)
            for key, value in model.decoder.tensors.items()
        ]
        assert all(alike) == (decoder is not None)  # and the sizes are its own, not the recipe's
    other = train_encoder(filled, tmp_path / "b", tmp_path / "b.work", replace(INR2VEC, epochs=1)).model
    with pytest.raises(BadInput, match="belongs to another encoder"):
        train_encoder(filled, tmp_path / "c", tmp_path / "c.work", still, start=other.encoder, decoder=model.decoder)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("recipe", [PROBES, WEIGHTS, INR2VEC], ids=lambda recipe: str(recipe.kind))
def test_a_gpu_trains_and_goes_on_as_a_processor_does(filled: Store, tmp_path: Path, recipe: EncoderRecipe) -> None:
    labels = "none" if recipe is INR2VEC else "label"
    still = {} if recipe is INR2VEC else {"dropout": 0.0}  # what is dropped is drawn by the device
    recipe = replace(recipe, epochs=2, settings={**recipe.settings, **still})
    more: dict[str, Any] = {"labels": labels, "device": "cuda"}
    short = train_encoder(filled, tmp_path / "out", tmp_path / "work", recipe, labels=labels)
    there = train_encoder(filled, tmp_path / "there", tmp_path / "cuda", recipe, **more)
    for here, row in zip(short.history, there.history, strict=True):
        for key in (key for key in row if key.startswith("loss ")):
            assert row[key] == pytest.approx(here[key], rel=0.15, abs=0.02)  # products are in bfloat16 there
    assert Model.load(tmp_path / "there").encoder == there.model.encoder
    assert reencode(filled, there.model, device="cuda").encoded == 24
    again = train_encoder(filled, tmp_path / "there", tmp_path / "cuda", recipe, **more)
    assert again.model.encoder == there.model.encoder  # from the checkpoint, which is of another device's memory
