"""Generators that learn from a store: the class that is asked for comes out, and what they keep and refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput, CorruptShard, ModelNotFound, NoEncoder
from inrstore.model import Head, Model
from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.progress import Progress
from inrstore.store import Store, open_store
from inrstore.tasks import Codes, Generator, GeneratorRecipe, train_generator
from tests.codes import DIM, give_codes, two_kinds
from tests.shapes import digest, key_of, new_inr, new_shape

QUICK = GeneratorRecipe(steps=160, width=32, layers=2, learning_rate=5e-3)
GAN = GeneratorRecipe(network="gan", steps=20)
FEW = replace(QUICK, steps=2)


@pytest.fixture
def codes(store: Store, tiny_model: Any) -> Codes:
    return two_kinds(store, tiny_model)


def generator_of(codes: Codes, name: str | None = None) -> Generator:
    return Generator(open_store(codes.store.url).head(name, kind="generator", encoder=codes.id))


def spreads(rows: np.ndarray) -> np.ndarray:
    """(DIM,) about their middle."""
    return np.asarray(rows.std(axis=0))


def test_the_class_that_is_asked_for_comes_out(codes: Codes) -> None:
    heard: list[Progress] = []
    trained = train_generator(codes, "label", QUICK, on_progress=heard.append)
    assert heard[-1].done == heard[-1].total == 160 and heard[-1].current.startswith("loss 0.")
    generator = generator_of(codes)
    assert generator.head == trained.head and generator.classes == ["chair", "table"] and generator.field == "sdf"
    keys, learned = codes.stored()
    for axis, name in enumerate(generator.classes):
        rows = generator.sample([name] * 200)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
        assert np.mean(rows[:, axis] > rows[:, 1 - axis]) > 0.97
        own = learned[learned[:, axis] > learned[:, 1 - axis]]
        np.testing.assert_allclose(rows.mean(axis=0), own.mean(axis=0), atol=0.08)
        np.testing.assert_allclose(spreads(rows), spreads(own), atol=0.06)  # neither one point nor a blur
    plain, led = (generator.sample(["chair"] * 100, guidance=much)[:, :2].mean(axis=0) for much in (1.0, 2.0))
    assert led[0] - led[1] > plain[0] - plain[1] + 0.02
    both = generator.sample(generator.draw(200))
    assert 0.35 < np.mean(both[:, 0] > both[:, 1]) < 0.65
    np.testing.assert_array_equal(generator.learned(codes.store), keys)


def test_without_classes_all_kinds_come(codes: Codes) -> None:
    trained = train_generator(codes, recipe=QUICK, name="any")
    generator = generator_of(codes, "any")
    assert generator.classes == [] and generator.label is None
    rows = generator.sample(generator.draw(200))
    assert 0.25 < np.mean(rows[:, 0] > rows[:, 1]) < 0.75 and np.mean(rows[:, :2].max(axis=1) > 0.7) > 0.9
    assert trained.figures["nearest"] > 0.05 and trained.figures["remembered"] < 0.3
    assert trained.head.card["figures"] == dict(trained.figures) and "classes" not in trained.head.card["data"]


def test_the_published_baseline_is_a_head_too(codes: Codes) -> None:
    trained = train_generator(codes, "label", GAN)
    generator = generator_of(codes)
    assert generator.head == trained.head and generator.head.card["settings"]["network"] == "gan"
    rows = generator.sample(["chair", "table", None] * 30)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert spreads(rows).min() > 0.01
    with pytest.raises(BadInput, match="guidance is for a flow that learned classes"):
        generator.sample(["chair"], guidance=2.0)


@pytest.mark.parametrize("recipe", [FEW, replace(GAN, steps=2)])
def test_the_same_twice_and_other_seeds(codes: Codes, recipe: GeneratorRecipe) -> None:
    first = train_generator(codes, "label", recipe).head
    again, other = (train_generator(codes, "label", one).head for one in (recipe, replace(recipe, seed=1)))
    assert again == first != other
    generator = Generator(first)
    rows = generator.sample(["chair"] * 5, seed=3)
    np.testing.assert_allclose(generator.sample(["chair"] * 9, seed=3)[:5], rows, atol=1e-5)
    assert np.abs(generator.sample(["chair"] * 5, seed=4) - rows).max() > 0.01
    assert generator.draw(30, seed=1)[:8] == generator.draw(8, seed=1) != generator.draw(8, seed=2)


def test_what_is_learned_from(codes: Codes, tiny_model: Any) -> None:
    store = codes.store
    store.label([digest(1), digest(3)], None)
    store.tag([digest(5)], {"generated": "yes"})
    trained = train_generator(codes, "label", FEW, where=["split=train"])
    data = trained.head.card["data"]
    train = [number for number in range(40) if number % 3 and number != 5]
    assert Generator(trained.head).learned(store).tolist() == sorted(key_of(store, number) for number in train)
    odd = sum(number % 2 for number in train) - 1  # of 1 and 3, one is to learn from
    assert data == {
        "store": store.id,
        "shapes": 25,
        "classes": {"chair": odd, "table": 25 - odd - 1},
        "unlabelled": 1,
        "where": ["split=train"],
    }
    drawn = Generator(trained.head).draw(2_000)
    assert drawn.count(None) / 2_000 == pytest.approx(1 / 25, abs=0.02)
    store.commit([new_shape(tiny_model, 900)])
    with pytest.raises(BadInput, match="1 shapes have no code yet; run 'inrstore encode --codes --missing'"):
        train_generator(codes, recipe=FEW)


def test_an_interrupt_keeps_what_was_learned(codes: Codes) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "step" and progress.done == 120:
            raise KeyboardInterrupt

    trained = train_generator(codes, "label", QUICK, on_progress=stop)
    assert trained.head.card["stopped"] == "interrupted after 120 of 160 steps"
    rows = generator_of(codes).sample(["table"] * 50)
    assert np.mean(rows[:, 1] > rows[:, 0]) > 0.9


@pytest.mark.parametrize("recipe", [replace(QUICK, steps=30), GAN], ids=lambda recipe: str(recipe.network))
def test_a_stopped_training_goes_on(
    codes: Codes, recipe: GeneratorRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inrstore.tasks.learning.OFTEN", -1.0)

    def stop(progress: Progress) -> None:
        if progress.done == 12:
            raise KeyboardInterrupt

    whole = train_generator(codes, "label", recipe).head
    assert train_generator(codes, "label", recipe, work=tmp_path, on_progress=stop).head != whole
    heard: list[Progress] = []
    assert train_generator(codes, "label", recipe, work=tmp_path, on_progress=heard.append).head == whole
    assert heard[0].done == 12


def test_grids_alone_are_decoded_as_grids(store: Store, tiny_model: Any) -> None:
    shapes = [new_shape(tiny_model, n, field="occ", inrs=(new_inr(tiny_model, n, field="occ"),)) for n in range(8)]
    store.commit(shapes)
    rows = np.eye(DIM, dtype=np.float32)
    codes = give_codes(store, store.keys(), rows)
    assert Generator(train_generator(codes, recipe=FEW).head).field == "occ"


def test_what_cannot_be_learned_or_asked(codes: Codes) -> None:
    with pytest.raises(ModelNotFound, match="no generator; train one with 'inrstore train generator'"):
        generator_of(codes)
    with pytest.raises(BadInput, match="there are 1 shapes to learn from, and a generator needs 8"):
        train_generator(codes, where=["name=shape 1"])
    with pytest.raises(BadInput, match="no such shape has a 'style'"):
        train_generator(codes, "style")
    with pytest.raises(BadInput, match="network is 'vae'; it must be one of flow, gan"):
        train_generator(codes, recipe=GeneratorRecipe(network="vae"))
    generator = Generator(train_generator(codes, "label", FEW).head)
    with pytest.raises(BadInput, match="knows no 'boat', only chair, table"):
        generator.draw(3, "boat")
    with pytest.raises(BadInput, match="count: 0 codes"):
        generator.draw(0)
    with pytest.raises(BadInput, match="guidance is -1"):
        generator.sample(["chair"], guidance=-1)
    plain = Generator(train_generator(codes, recipe=FEW).head)
    with pytest.raises(BadInput, match="knows no 'chair', no class; train one with --label"):
        plain.sample(["chair"])
    with pytest.raises(BadInput, match="guidance is for a flow that learned classes"):
        plain.sample([None], guidance=1.5)
    with pytest.raises(BadInput, match="of kind 'other'; it does not generate"):
        _ = Generator(Head.task("x", "other", codes.id, {}, {}, {})).network
    broken = Head.task("x", "generator", codes.id, generator.head.settings["settings"], {}, {})
    with pytest.raises(CorruptShard, match="generator 'x' is damaged"):
        _ = Generator(broken).network


def test_codes_that_are_no_grids_are_refused(store: Store, tiny_model: Any) -> None:
    decoder = Head.of("plain", ImplicitDecoder(("sdf",), DecoderSettings(8)), tiny_model.encoder.id)
    with pytest.raises(NoEncoder, match="for search, not codes"):
        Codes.of(store, Model("plain", tiny_model.base, tiny_model.encoder, decoder))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("recipe", [QUICK, GAN], ids=lambda recipe: str(recipe.network))
def test_a_gpu_learns_as_a_processor_does(codes: Codes, recipe: GeneratorRecipe) -> None:
    own = train_generator(codes, "label", recipe).figures
    there = train_generator(codes, "label", recipe, device="cuda")
    assert there.figures["nearest"] == pytest.approx(own["nearest"], rel=0.3)
    assert np.isfinite(generator_of(codes).sample(["chair"] * 4)).all()
