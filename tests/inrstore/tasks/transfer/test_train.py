"""Transfers learn from a store's networks and codes alone, and say what they cannot learn from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ingest import encode
from ingest.transferred import measure, not_learned
from inrstore.errors import BadInput, ModelMismatch, ModelNotFound
from inrstore.model import Head, Model, load_model
from inrstore.progress import Progress
from inrstore.store import init_store
from inrstore.tasks import Codes, Transfer, TransferRecipe, train_transfer
from inrstore.tasks.transfer.completion import completed
from tests.shapes import new_shape, packaged_networks, with_networks

QUICK = TransferRecipe(
    views=2, fits=0, learning_rate=1e-3, steps=40, batch=16, decoded=2, points=64, fine=8, width=48, layers=1
)


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Codes:
    """Of twelve real networks, tagged by a split."""
    model, networks = load_model(), packaged_networks(load_model())[::4][:12]
    store = init_store(tmp_path_factory.mktemp("store") / "real.store", model)
    shapes = [new_shape(model, number, label=None) for number in range(len(networks))]
    store.commit(with_networks(model, shapes, networks))
    found = Codes.of(store)
    encode(store, beside=found.model, jobs=1)
    return found


def test_only_what_was_not_learned_from_is_asked(codes: Codes) -> None:
    trained = train_transfer(codes, "completion", replace(QUICK, steps=1), where=["split=train"], name="some")
    transfer, store = Transfer(trained.head), codes.store
    learned = transfer.learned(store)
    assert len(learned) == 7 and set(store.values("split")[int(key)] for key in learned) == {"train"}
    for split in (None, "split"):
        asked = not_learned(codes, transfer, split)
        assert len(asked) == (5 if split is None else 4) and not np.isin(asked, learned).any()
    with pytest.raises(BadInput, match="reads codes of"):
        completed(replace(codes, model=other_codes(codes)), transfer, store.weights([int(learned[0])])[0])


def test_no_object_is_asked_that_was_learned_from(codes: Codes) -> None:
    store = codes.store
    thing = {int(key): str(place // 2) for place, key in enumerate(store.keys())}
    store.retag({key: {"thing": value} for key, value in thing.items()})
    trained = train_transfer(codes, "completion", replace(QUICK, steps=1), same="thing", name="pairs")
    transfer = Transfer(trained.head)
    learned = {thing[int(key)] for key in transfer.learned(store)}
    asked = not_learned(codes, transfer, None)
    assert transfer.same == "thing" and len(asked) and not learned & {thing[int(key)] for key in asked}
    assert len(transfer.learned(store)) == 10  # the other half of the one that is held out is not learned from either
    with pytest.raises(BadInput, match="no shape has a tag 'nothing'"):
        train_transfer(codes, "completion", QUICK, same="nothing")


def other_codes(codes: Codes) -> Model:
    encoder = codes.model.encoding.part
    again = replace(encoder, settings={**encoder.settings, "again": 1})
    return replace(codes.model, encoder=again, decoder=None)


@pytest.mark.parametrize("task", ["completion", "reconstruction"])
def test_what_was_learned_is_nearer_to_the_whole_than_what_came(codes: Codes, task: str) -> None:
    stages: list[str] = []
    trained = train_transfer(codes, task, QUICK, split="split", on_progress=lambda p: stages.append(p.stage))
    own = trained.figures
    assert own["loss of the wholes"] < own["loss"] < own["loss before"]
    assert list(dict.fromkeys(stages)) == ["views", "step"]
    transfer = Transfer.of(codes, task)
    assert (transfer.head.id, transfer.task, transfer.field) == (trained.head.id, task, "sdf")
    assert transfer.head.card["data"]["shapes"] == 8 and trained.figures["shapes"] == 4
    found = measure(codes, transfer, split="split", count=2, resolution=32)
    assert found.scans == 2 and found.closed == 1
    # The scan lies on the surface, within what was sampled of it and its noise, but a part does not cover it.
    assert found.rows["input"]["chamfer_l1"] > 0.01
    assert set(found.rows) == {"transfer", "code", "decoder", "nearest", "input"}
    if task == "reconstruction":  # all of the surface was seen
        assert found.rows["transfer"]["chamfer_l1"] < found.rows["code"]["chamfer_l1"]
    assert [len(one.scan) > 0 and one.made is not None for one in found.examples] == [True, True]


def test_views_are_kept_while_it_learns(codes: Codes, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "views" and progress.done == 5:
            raise KeyboardInterrupt

    recipe = replace(QUICK, steps=2)
    with pytest.raises(KeyboardInterrupt):
        train_transfer(codes, "reconstruction", recipe, split="split", work=tmp_path, on_progress=stop)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert len(made) == 4  # the fifth was only begun
    trained = train_transfer(codes, "reconstruction", recipe, split="split", work=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert len(list(tmp_path.rglob("*.npz"))) == 12  # of those that are learned from, and those that are asked
    assert trained.head == train_transfer(codes, "reconstruction", recipe, split="split").head
    next(iter(made)).write_bytes(b"half of it")
    assert train_transfer(codes, "reconstruction", recipe, split="split", work=tmp_path).head == trained.head


def test_the_same_seed_learns_the_same(codes: Codes) -> None:
    first, second = (train_transfer(codes, "completion", replace(QUICK, steps=5), split="split").head for _ in range(2))
    assert first == second


def test_interrupted_it_keeps_what_it_has(codes: Codes) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "step" and progress.done == 3:
            raise KeyboardInterrupt

    trained = train_transfer(codes, "completion", QUICK, split="split", name="cut", on_progress=stop)
    assert trained.head.card["stopped"] == "interrupted after 3 of 40 steps"
    assert Transfer.of(codes, "completion", "cut").head.id == trained.head.id


def test_what_cannot_be_learned_is_said(codes: Codes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of completion, reconstruction"):
        train_transfer(codes, "growth")
    with pytest.raises(BadInput, match="0 shapes to learn from"):
        train_transfer(codes, "completion", where=["label=chair"])
    empty = init_store(tmp_path / "other.store", load_model())
    other = Codes.of(empty)
    model = load_model()
    shapes = [new_shape(model, number) for number in range(10)]
    empty.commit(with_networks(model, shapes, packaged_networks(model)[:10]))
    with pytest.raises(BadInput, match="no code yet"):
        train_transfer(other, "completion", QUICK)
    with pytest.raises(ModelNotFound, match="train completer"):
        Transfer.of(other, "completion")


def test_a_head_of_another_task_or_of_other_codes_is_refused(codes: Codes) -> None:
    head = train_transfer(codes, "completion", QUICK, split="split", name="whole").head
    with pytest.raises(BadInput, match="trained for a completion"):
        Transfer.of(codes, "reconstruction", "whole")
    other = Head.task(
        "odd", "transfer", codes.store.encoder_id or "", head.settings["settings"], head.tensors, head.card
    )
    codes.store.add_head(other)
    with pytest.raises(ModelMismatch, match="another"):
        Transfer.of(codes, "completion", "odd")
    codes.store.remove_head("odd")
    assert np.isfinite(Transfer(head).codes(codes.stored()[1][:1])).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_learns_as_a_processor_does(codes: Codes) -> None:
    own = train_transfer(codes, "reconstruction", QUICK, split="split").figures
    there = train_transfer(codes, "reconstruction", QUICK, split="split", device="cuda")
    assert there.figures["loss"] == pytest.approx(own["loss"], rel=0.1) and there.figures["loss"] < own["loss before"]
    assert np.isfinite(Transfer.of(codes, "reconstruction").codes(codes.stored()[1])).all()
