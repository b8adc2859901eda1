"""A segmenter that learns from a store: what it is given, what it learns, and what it says of classes apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadArray, BadInput, CorruptShard
from inrstore.model import Head
from inrstore.network.packing import pack_points, unpack_points
from inrstore.network.siren import forward
from inrstore.progress import Progress
from inrstore.records import PART_POINTS, PartLabels
from inrstore.store import Store, open_store
from inrstore.tasks import Segmenter, SegmenterRecipe, train_segmenter
from inrstore.tasks.segmentation.parted import Parted
from inrstore.tasks.segmentation.said import evaluate_parts
from inrstore.tasks.segmentation.segmenter import PartDecoder, SegmenterSettings, around, given
from inrstore.tasks.segmentation.train import _Lessons
from tests.shapes import new_shape

QUICK = SegmenterRecipe(steps=150, batch=8, points=64, width=32, learning_rate=1e-2, copies=1)
AXES = {"chair": (1, ("leg", "seat")), "table": (0, ("leg", "top"))}
"""Of each class along which axis its parts lie, and what they are called: both have legs, which are not the same."""


def labelled(number: int, kind: str) -> PartLabels:
    points = np.random.default_rng(number).uniform(-1, 1, (PART_POINTS, 3))
    axis, names = AXES[kind]
    return PartLabels(pack_points(points), (points[:, axis] > 0.1).astype(np.uint8), names)


def fill(store: Store, model: Any, count: int = 20, **changes: Any) -> None:
    kinds = ["chair" if number % 2 else "table" for number in range(count)]  # as `new_shape` labels them
    store.commit(
        [new_shape(model, n, part_labels=labelled(n, kind), **changes) for n, kind in enumerate(kinds)]
        + [new_shape(model, 900)]  # without parts
    )


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    fill(store, tiny_model)
    return store


def segmenter_of(store: Store, name: str | None = None) -> Segmenter:
    return Segmenter(store.head(name, "segmenter"), store.base().siren)


def test_what_is_stored_is_what_is_learned_from(filled: Store) -> None:
    found = Parted.of(filled)
    assert len(found) == 20 and found.shapes.names == ("chair", "table")
    assert found.parts == (("chair", "leg"), ("chair", "seat"), ("table", "leg"), ("table", "top"))
    np.testing.assert_array_equal(found.weights, filled.weights(found.shapes.keys))
    for place, key in enumerate(found.shapes.keys.tolist()):
        own = filled.part_labels([key])[key]
        kind = found.shapes.names[found.shapes.label[place]]
        np.testing.assert_allclose(found.points[place], unpack_points(own.points))
        assert [found.parts[part] for part in found.part[place]] == [(kind, own.names[part]) for part in own.part]
    assert found.of_class("table") == [2, 3]
    assert Parted.of(filled, "nothing").shapes.names == ("shape",)


@pytest.mark.parametrize("sees", [False, True])
def test_parts_are_learned_by_class(filled: Store, sees: bool) -> None:
    heard: list[Progress] = []
    trained = train_segmenter(filled, recipe=replace(QUICK, sees=sees), on_progress=heard.append)
    figures = trained.figures
    assert figures["accuracy"] > 0.93 and figures["class mIoU"] > 0.85
    assert figures["shapes"] == 2 and figures["classes"] == 2 and heard[-1].done == heard[-1].total == 150
    segmenter = segmenter_of(open_store(filled.url))
    assert segmenter.head == trained.head and segmenter.head.card["figures"] == dict(figures)
    points = np.random.default_rng(5).uniform(-1, 1, (400, 3)).astype(np.float32)
    keys, rows = filled.embeddings()
    for kind, (axis, names) in AXES.items():
        said = segmenter.probabilities(rows[0], filled.weights(keys[:1])[0], kind, points)
        assert segmenter.names(kind) == names and said.shape == (400, 2)
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
        assert np.mean(said.argmax(axis=1) == (points[:, axis] > 0.1)) > 0.9


def test_parts_of_other_classes_are_no_answer(filled: Store) -> None:
    """What is said of them costs nothing: here they are shouted, and each class's own are right."""
    own = Parted.of(filled)
    known = torch.from_numpy(own.part)[..., None].float()  # the right part, in place of what is known of a point

    def decoder(z: torch.Tensor, kind: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        others = (torch.tensor([0, 0, 1, 1]) != kind[:, None]).float()[:, None]
        return 20.0 * torch.nn.functional.one_hot(right[..., 0].long(), 4) + 100 * others

    lessons: Any = _Lessons(own, known, QUICK)
    assert float(lessons.loss(decoder)) < 1e-3


def test_what_is_given_is_what_the_network_says_around(filled: Store, tiny_model: Any) -> None:
    siren = filled.base().siren
    sizes = SegmenterSettings(8, 1, 2, frequencies=2)
    weights = 0.1 * torch.from_numpy(filled.weights(filled.keys()[:2]))  # as steep as they are they amplify rounding
    points = torch.rand(2, 5, 3)
    found = given(siren, weights, points, sizes)
    assert found.shape == (2, 5, 3 + 12 + 105)
    offsets = around((0.05, 0.1, 0.2, 0.4))
    assert torch.allclose(offsets[1:27].norm(dim=1), torch.tensor(0.05)) and (offsets[0] == 0).all()
    for shape in range(2):
        for number, offset in enumerate(offsets[::20]):
            raw = forward(siren, weights[shape][None], (points[shape] + offset)[None])[0]
            torch.testing.assert_close(found[shape, :, 15 + 20 * number], 2 * torch.sigmoid(raw) - 1)
    blind = replace(sizes, sees=False)
    assert given(siren, weights, points, blind).shape == (2, 5, 15)
    logits = PartDecoder(blind).eval()(torch.rand(2, 8), torch.zeros(2, dtype=torch.long), found[..., :15])
    assert logits.shape == (2, 5, 2)


def test_sides_by_a_tag(filled: Store) -> None:
    trained = train_segmenter(filled, recipe=QUICK, split="split")  # every third number is test
    assert trained.head.card["data"]["shapes"] == 13 and trained.figures["shapes"] == 7
    assert trained.head.card["data"]["classes"] == {"chair": 7, "table": 6}
    again = evaluate_parts(segmenter_of(filled), Parted.of(filled, where=["split=test"]))
    assert again == dict(trained.figures)
    with pytest.raises(BadInput, match="0 are to learn from and 0 to ask; give both values of the tag 'no'"):
        train_segmenter(filled, recipe=QUICK, split="no")


def test_a_class_that_is_only_asked_is_not_known(filled: Store) -> None:
    """Nor is a part that only shapes have that were not learned from."""
    labels, split = filled.values("label"), filled.values("split")
    side = {key: "train" if kind == "chair" and split[key] == "train" else "test" for key, kind in labels.items()}
    filled.retag({key: {"own": one} for key, one in side.items()})
    trained = train_segmenter(filled, recipe=replace(QUICK, steps=20), split="own")
    segmenter = segmenter_of(filled)
    assert list(segmenter.classes) == ["chair"] and trained.head.card["data"]["classes"] == {"chair": 7}
    assert segmenter.head.settings["settings"]["parts"] == [["chair", "leg"], ["chair", "seat"]]
    assert trained.figures["shapes"] == 3 and trained.figures["classes"] == 1
    filled.retag({key: {"own": "train" if kind == "chair" else "test"} for key, kind in labels.items()})
    with pytest.raises(BadInput, match="and 0 to ask"):
        train_segmenter(filled, recipe=QUICK, split="own")
    found = Parted.of(filled).at([0, 2, 4]).trimmed()
    assert len(found.shapes.names) == 1 and len(found.parts) == 2 and found.part.max() == 1


def test_the_same_twice_and_other_seeds(filled: Store) -> None:
    few = replace(QUICK, steps=3)
    first = train_segmenter(filled, recipe=few).head
    assert (
        train_segmenter(filled, recipe=few).head == first != train_segmenter(filled, recipe=replace(few, seed=1)).head
    )


def test_other_names_and_classes_in_an_evaluation(filled: Store, tiny_model: Any) -> None:
    train_segmenter(filled, recipe=QUICK, where=["label=chair"])
    segmenter = segmenter_of(filled)
    assert segmenter.classes == ["chair"] and segmenter.head.card["data"]["where"] == ["label=chair"]
    assert evaluate_parts(segmenter, Parted.of(filled))["shapes"] == 10
    points = labelled(55, "chair").points
    odd = PartLabels(points, np.zeros(PART_POINTS, np.uint8), ("cushion", "leg"))
    filled.commit([new_shape(tiny_model, 55, part_labels=odd)])
    assert evaluate_parts(segmenter, Parted.of(filled, where=["name=shape 55"]))["accuracy"] == 0  # a word never heard
    with pytest.raises(BadInput, match="no shape asked is of a class that the segmenter knows: chair"):
        evaluate_parts(segmenter, Parted.of(filled, where=["label=table"]))
    with pytest.raises(BadInput, match="the segmenter 'parts' knows no 'table', only chair"):
        segmenter.names("table")


def test_names_that_never_recur(store: Store, tiny_model: Any) -> None:
    """As of groups in files of many authors: a part is called otherwise in each."""
    points = [labelled(n, "chair") for n in range(8)]
    own = [replace(one, names=(f"group{n}a", f"group{n}b")) for n, one in enumerate(points)]
    store.commit([new_shape(tiny_model, n, part_labels=one) for n, one in enumerate(own)])
    with pytest.raises(BadInput, match=r"names that no other shape of the class has \(group\d"):
        train_segmenter(store, recipe=QUICK)


def test_an_interrupt_keeps_what_was_learned(filled: Store) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "step" and progress.done == 100:
            raise KeyboardInterrupt

    trained = train_segmenter(filled, recipe=QUICK, on_progress=stop)
    assert trained.head.card["stopped"] == "interrupted after 100 of 150 steps" and trained.figures["accuracy"] > 0.8


def test_a_stopped_training_goes_on(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.tasks.learning.OFTEN", -1.0)
    recipe = replace(QUICK, steps=20)

    def stop(progress: Progress) -> None:
        if progress.stage == "step" and progress.done == 12:
            raise KeyboardInterrupt

    whole = train_segmenter(filled, recipe=recipe).head
    assert train_segmenter(filled, recipe=recipe, work=tmp_path, on_progress=stop).head != whole
    heard: list[Progress] = []
    assert train_segmenter(filled, recipe=recipe, work=tmp_path, on_progress=heard.append).head == whole
    assert [progress.done for progress in heard if progress.stage == "step"][0] == 12


def test_what_cannot_be_learned_or_asked(filled: Store, store: Store, tiny_model: Any) -> None:
    with pytest.raises(BadInput, match="no such shape has part labels: ingest with --parts"):
        train_segmenter(filled, where=["name=shape 900"])
    with pytest.raises(BadInput, match="1 are to learn from and 0 to ask; two shapes of a class"):
        train_segmenter(filled, where=["name=shape 1"])
    head = train_segmenter(filled, recipe=replace(QUICK, steps=2)).head
    segmenter = Segmenter(head, filled.base().siren)
    with pytest.raises(BadArray, match="embedding"):
        segmenter.probabilities(np.zeros(3, np.float32), np.zeros(41, np.float32), "chair", np.zeros((1, 3)))
    assert segmenter.probabilities(
        np.zeros(8, np.float32), np.zeros(41, np.float32), "chair", np.zeros((0, 3))
    ).shape == (0, 2)
    with pytest.raises(BadInput, match="of kind 'other'; it does not segment"):
        _ = Segmenter(Head.task("x", "other", head.encoder_id, {}, {}, {}), segmenter.siren).decoder
    broken = Head.task("x", "segmenter", head.encoder_id, head.settings["settings"], {}, {})
    with pytest.raises(CorruptShard, match="segmenter 'x' is damaged"):
        _ = Segmenter(broken, segmenter.siren).decoder


def test_without_labels_all_are_one_class(store: Store, tiny_model: Any) -> None:
    points = [labelled(n, "chair") for n in range(8)]
    store.commit([new_shape(tiny_model, n, label=None, part_labels=one) for n, one in enumerate(points)])
    trained = train_segmenter(store, recipe=QUICK)
    assert segmenter_of(store).classes == ["shape"] and trained.figures["accuracy"] > 0.9
