"""A classifier that learns from a store: against scikit-learn's, what it keeps, what it says of what is unlike all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from inrstore.errors import BadArray, BadInput, CorruptShard, ModelMismatch, ModelNotFound, NoEncoder
from inrstore.model import Head
from inrstore.progress import Progress
from inrstore.store import Store, init_store, open_store
from inrstore.tasks import Classifier, ClassifierRecipe, Labelled, evaluate, train_classifier
from inrstore.tasks.classification import fitting
from inrstore.tasks.classification.fitting import fit
from tests.shapes import make_model

from .conftest import DIM, NAMES, around, fill


@pytest.mark.parametrize("strength", [1.0, 30.0])
def test_linear_is_logistic_regression(filled: Store, strength: float) -> None:
    found = Labelled.of(filled)
    layer: Any = fit("linear", found, strength, seed=0)
    truth = LogisticRegression(C=strength, tol=1e-8, max_iter=10_000).fit(found.rows, found.label)
    np.testing.assert_allclose(layer.weight.detach(), truth.coef_, atol=2e-3 * np.abs(truth.coef_).max())


def test_what_was_learned_is_in_the_store(filled: Store) -> None:
    heard: list[Progress] = []
    trained = train_classifier(filled, on_progress=heard.append)
    assert heard[-1].done == heard[-1].total == 20
    figures = trained.figures
    assert figures["accuracy"] > 0.9 and figures["shapes"] == 36 and figures["classes"] == 3
    assert figures["calibration error"] < 0.15 and trained.seconds > 0
    again = open_store(filled.url)
    head = again.head(kind="classifier")
    assert head == trained.head and head.name == "label" and head.encoder_id == again.encoder_id
    assert head.card["data"]["classes"] == dict.fromkeys(NAMES, 12) and head.card["figures"] == dict(figures)
    assert head.card["seed"] == 0 and "5 folds" in head.card["split"] and head.card["data"]["store"] == filled.id
    classifier = Classifier(head)
    for place, name in enumerate(NAMES):
        named = classifier.classify(around(place, 20, 0.2, seed=9))
        assert np.mean([one.label == name for one in named]) > 0.9
        assert all(sum(p for _, p in one.top) == pytest.approx(1) for one in named)
        assert all(one.top[0] == (one.label, one.probability) for one in named)
    assert [len(one.top) for one in classifier.classify(around(0, 1, 0.2, 9), top=2)] == [2]


def test_the_same_twice(filled: Store) -> None:
    assert train_classifier(filled).head.id == train_classifier(filled).head.id
    assert train_classifier(filled, recipe=ClassifierRecipe(seed=5)).head.id != train_classifier(filled).head.id


def test_the_strength_with_the_least_loss_is_taken(filled: Store) -> None:
    def loss(*strengths: float) -> tuple[float, float]:
        trained = train_classifier(filled, recipe=ClassifierRecipe(strengths=strengths))
        return trained.figures["log loss"], trained.head.card["settings"]["strength"]

    weak, strong = loss(1e-3), loss(10.0)
    assert weak[0] > strong[0] + 0.01  # calibrated or not, what was hardly learned says less
    assert loss(1e-3, 10.0) == loss(10.0, 1e-3) == strong


def test_two_names_are_two_heads(filled: Store) -> None:
    first, second = (train_classifier(filled, name=name).head for name in ("first", "second"))
    assert first.id != second.id and filled.head("first") == first and filled.head("second") == second


def test_published_network(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "PublishedRecipe", lambda: replace(fitting_recipe, epochs=60, learning_rate=1e-2))
    trained = train_classifier(filled, recipe=ClassifierRecipe("mlp"), name="mlp")
    assert trained.figures["accuracy"] > 0.85
    network: Any = Classifier(filled.head("mlp")).network
    widths = [layer.out_features for layer in network if hasattr(layer, "out_features")]
    assert widths == [512, 256, 3] and not network.training


fitting_recipe = fitting.PublishedRecipe()


def test_mixing_stays_within_the_class() -> None:
    import torch

    rows = torch.arange(40.0).view(10, 4)
    label = torch.arange(10) % 2
    members = [torch.nonzero(label == place)[:, 0] for place in range(2)]
    mixed = fitting._mixed(rows, torch.arange(10), label, members)
    for row, place in zip(mixed, label, strict=True):
        assert all(value in rows[label == place][:, column] for column, value in enumerate(row))
    assert (mixed != rows).any()


def test_what_is_unlike_all_is_flagged(filled: Store) -> None:
    classifier = Classifier(train_classifier(filled).head)
    strange = around(5, 30, 0.2, seed=1)  # around an axis where no class is
    assert np.mean([one.unlike for one in classifier.classify(strange)]) > 0.7
    known = np.concatenate([around(place, 30, 0.25, seed=2) for place in range(3)])
    assert np.mean([one.unlike for one in classifier.classify(known)]) < 0.15


def test_sides_by_a_tag(filled: Store) -> None:
    trained = train_classifier(filled, split="split")
    card = trained.head.card
    assert card["data"]["shapes"] == 24 and "12 that are test" in card["split"] and trained.figures["shapes"] == 12
    labels, side = filled.values("label"), filled.values("split")
    keys = [key for key in labels if side[key] == "test"]
    found, rows = filled.embeddings(keys)
    said = Classifier(trained.head).classify(rows)
    right = np.mean([one.label == labels[int(key)] for key, one in zip(found, said, strict=True)])
    assert trained.figures["accuracy"] == pytest.approx(right, abs=1e-4)
    with pytest.raises(BadInput, match="0 have a tag 'sort' that is train"):
        train_classifier(filled, split="sort")


def test_evaluation_of_other_labels(filled: Store) -> None:
    head = train_classifier(filled, where=["label!=lamp"]).head
    assert head.card["data"]["where"] == ["label!=lamp"]
    figures, said = evaluate(Classifier(head), Labelled.of(filled))
    assert figures["of unknown labels"] == 12 and figures["shapes"] == 24 and len(said) == 36
    assert figures["of these flagged"] > 0.5 > figures["flagged as unlike"]
    with pytest.raises(BadInput, match="no shape has a label that the classifier 'label' knows: bench, chair"):
        evaluate(Classifier(head), Labelled.of(filled, where=["label=lamp"]))


def test_an_interrupt_keeps_the_best_so_far(filled: Store) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 7:
            raise KeyboardInterrupt

    trained = train_classifier(filled, on_progress=stop)
    assert "interrupted" in trained.head.card["stopped"] and trained.figures["accuracy"] > 0.8

    def at_once(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_classifier(filled, on_progress=at_once, name="other")
    assert [entry.name for entry in filled.heads()] == ["label"]


def test_what_cannot_be_learned_or_asked(filled: Store, tiny_model: Any, tmp_path: Any) -> None:
    with pytest.raises(BadInput, match="network is 'deep'; it must be one of linear, mlp"):
        train_classifier(filled, recipe=ClassifierRecipe("deep"))
    with pytest.raises(BadInput, match="nothing to tell apart"):
        train_classifier(filled, where=["label=chair"])
    with pytest.raises(NoEncoder):
        train_classifier(init_store(tmp_path / "blind.store", make_model(embedding_dim=None)))
    head = train_classifier(filled).head
    with pytest.raises(BadArray, match=rf"\(2, 3\); this classifier reads \(n, {DIM}\)"):
        Classifier(head).classify(np.zeros((2, 3), np.float32))
    with pytest.raises(BadInput, match="of kind 'other'; it does not classify"):
        Classifier(Head.task("x", "other", head.encoder_id, {}, {}, {})).classify(np.zeros((1, DIM), np.float32))
    damaged = Head.task("x", "classifier", head.encoder_id, head.settings["settings"], {}, {})
    with pytest.raises(CorruptShard, match="classifier 'x' is damaged"):
        Classifier(damaged).classify(np.zeros((1, DIM), np.float32))


def test_a_head_of_another_encoder(filled: Store, tiny_model: Any) -> None:
    train_classifier(filled)
    model = make_model(seed=0)
    other = replace(tiny_model.encoder, settings={**tiny_model.encoder.settings, "note": 1})
    filled.add_encoder(other)
    keys, rows = filled.embeddings()
    filled.set_embeddings(keys, rows, encoder=other.id)
    assert filled.switch_encoder(other.id) == 0 and model is not None
    with pytest.raises(ModelMismatch, match="train it again: inrstore train classifier"):
        filled.head(kind="classifier")
    train_classifier(filled)
    assert filled.head(kind="classifier").encoder_id == filled.head("label").encoder_id == other.id
    with pytest.raises(ModelNotFound, match="no classifier 'x'; there is label"):
        filled.head("x", "classifier")


def test_three_shapes(store: Store, tiny_model: Any) -> None:
    fill(store, tiny_model, 1)
    with pytest.raises(BadInput, match="bench 1, chair 1, lamp 1"):
        train_classifier(store)
