"""Labels that are proposed: whose words, how sure, written only when accepted, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, ModelNotFound
from inrstore.store import Store
from inrstore.tasks import Classifier, accept, propose, take_back, train_classifier
from inrstore.tasks.classification import proposals
from tests.shapes import new_shape

from .conftest import NAMES, around


@pytest.fixture
def classifier(filled: Store) -> Classifier:
    return Classifier(train_classifier(filled).head)


def test_proposals_have_reasons(filled: Store, classifier: Classifier) -> None:
    before = filled.values("label")
    found = propose(filled, classifier, threshold=0.5)
    assert len(found) == 6 and all(one.label == NAMES[int(one.shape.name.split()[1]) // 100] for one in found)
    keys, rows = filled.embeddings()
    places = {int(key): place for place, key in enumerate(keys)}
    known = np.array([key in before for key in keys.tolist()])
    for one in found:
        cosines = np.where(known, rows @ rows[places[one.shape.key]], -1)
        nearest = keys[np.argsort(-cosines)[:5]].tolist()
        assert [near.shape.key for near in one.neighbours] == nearest
        assert [near.score for near in one.neighbours] == pytest.approx(np.sort(cosines)[:-6:-1], abs=1e-5)
        assert one.votes == np.mean([before[key] == one.label for key in nearest])
    assert [one.sure for one in found] == sorted((one.sure for one in found), reverse=True) and found[0].sure
    assert filled.values("label") == before and not filled.values("proposed")
    some = found[2].probability
    sure = [one.probability >= some and one.votes > 0.5 for one in found]
    assert [one.sure for one in propose(filled, classifier, threshold=some)] == sure and False in sure
    assert {one.shape.name for one in propose(filled, classifier, where=["sort=c"])} == {"shape 112", "shape 113"}


def test_words_of_another_library_are_not_proposed(filled: Store, classifier: Classifier) -> None:
    before = filled.values("label")
    gone = next(iter(before.values()))
    filled.relabel({key: "thing" for key, label in before.items() if label == gone})
    assert gone in classifier.names
    left = [one.label for one in propose(filled, classifier, threshold=0.5)]
    assert left and gone not in left


def test_what_was_refused_is_not_proposed_again(filled: Store, classifier: Classifier) -> None:
    found = propose(filled, classifier, threshold=0.5)
    first, second = found[0], found[1]
    other = next(name for name in classifier.names if name != second.label)
    assert filled.refuse([(first.shape, first.label), (second.shape, other)]) == 2
    assert filled.refuse([(second.shape, second.label)], "colour") == 1  # what a tag is not says nothing of the label
    left = propose(filled, classifier, threshold=0.5)
    assert [one.shape.key for one in left] == [one.shape.key for one in found[1:]]
    assert accept(filled, classifier, left) == sum(one.sure for one in found[1:])
    assert first.shape.key not in filled.values("label")
    filled.refuse([(first.shape, first.label)], refused=False)
    assert [one.shape.key for one in propose(filled, classifier)] == [
        one.shape.key for one in found if one is first or not one.sure
    ]


def test_some_at_a_time_is_the_same(filled: Store, classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[Any]:
        some = propose(filled, classifier)
        return [(one.shape.key, one.label, one.sure, [near.shape.key for near in one.neighbours]) for one in some]

    whole = found()
    monkeypatch.setattr(proposals, "COMPARED", 40)
    assert found() == whole


def test_neighbours_that_disagree_leave_doubt(filled: Store, classifier: Classifier) -> None:
    labels = filled.values("label")
    far = next(key for key, name in labels.items() if name == "bench")  # is called a lamp, so that there is that word
    filled.relabel({key: "chair" for key, name in labels.items() if name == "lamp"} | {far: "lamp"})
    doubted = [one for one in propose(filled, classifier, threshold=0.0) if one.label == "lamp"]
    assert doubted and not any(one.sure for one in doubted) and all(one.votes == 0 for one in doubted)


def test_what_is_unlike_all_is_not_sure(filled: Store, tiny_model: Any, classifier: Classifier) -> None:
    (row,) = around(5, 1, 0.1, seed=4)
    filled.commit([new_shape(tiny_model, 900, embedding=row, label=None, tags={})])
    (one,) = propose(filled, classifier, threshold=0.0, where=["name=shape 900"])
    assert one.named.unlike and not one.sure


def test_all_three_reasons_are_needed(filled: Store, classifier: Classifier) -> None:
    one = next(found for found in propose(filled, classifier, threshold=0.5) if found.sure)
    assert proposals._judged(one, 0.5).sure and not proposals._judged(one, min(1.0, one.probability + 1e-6)).sure
    assert not proposals._judged(replace(one, named=replace(one.named, unlike=True)), 0.5).sure
    strange = tuple(replace(near, label="other") for near in one.neighbours)
    assert not proposals._judged(replace(one, neighbours=strange), 0.5).sure


def test_accepted_and_taken_back(filled: Store, classifier: Classifier) -> None:
    before, generation = filled.values("label"), filled.generation()
    proposals = propose(filled, classifier, threshold=0.3)
    sure = {one.shape.key: one.label for one in proposals if one.sure}
    changed = next(iter(sure))
    filled.label([changed], "stool")  # by somebody, before it was accepted
    assert accept(filled, classifier, proposals) == len(sure) - 1
    assert filled.values("label") == {**before, **sure, changed: "stool"}
    marked = filled.values("proposed")
    assert marked == {key: f"label={label}" for key, label in sure.items() if key != changed}
    assert set(filled.values("proposed_by").values()) == {classifier.head.id[:12]}
    assert filled.count(["proposed=", "label=*"]) == len(before) + 1
    corrected = next(key for key in marked)
    filled.label([corrected], "sofa")  # by somebody, afterwards
    with pytest.raises(ModelNotFound):
        take_back(filled, by="0000")
    assert filled.values("proposed") == marked
    assert take_back(filled, by=classifier.head.id) == len(sure) - 2
    assert filled.values("label") == {**before, changed: "stool", corrected: "sofa"}
    assert not filled.values("proposed") and not filled.values("proposed_by")
    assert filled.generation() == generation


def test_a_tag_of_somebody_else_is_left_alone(filled: Store, classifier: Classifier) -> None:
    (key, *_) = filled.keys().tolist()
    filled.tag([key], {"proposed": "yes"})
    with pytest.raises(BadInput, match="1 shapes have a tag 'proposed' that no classifier wrote"):
        accept(filled, classifier, propose(filled, classifier, threshold=0.3))
    assert take_back(filled) == 0 and filled.values("proposed") == {key: "yes"}


def test_taken_back_by_name_condition_and_after_the_head_is_gone(filled: Store, classifier: Classifier) -> None:
    assert filled.count(["proposed="]) == filled.count() and filled.count(["proposed!="]) == 0  # known without any
    count = accept(filled, classifier, propose(filled, classifier, threshold=0.3))
    some = filled.count(["proposed!=", "sort=c"])
    assert take_back(filled, "label", where=["sort=c"]) == some < count
    filled.remove_head("label")
    with pytest.raises(ModelNotFound):
        take_back(filled, "label")
    assert take_back(filled, classifier.head.id) == count - some


def test_values_of_a_tag(filled: Store) -> None:
    keys = filled.keys(["label="])
    filled.tag(keys, {"sort": None})
    classifier = Classifier(train_classifier(filled, "sort").head)
    proposals = propose(filled, classifier, threshold=0.3)
    assert len(proposals) == 6 and {one.label for one in proposals} == {"b", "c", "l"}
    count = accept(filled, classifier, proposals)
    assert count > 0 and len(filled.values("sort")) == 36 + count and not filled.values("label", ["label=b"])
    assert take_back(filled) == count and len(filled.values("sort")) == 36


def test_nothing_to_propose(filled: Store, classifier: Classifier) -> None:
    filled.label(filled.keys(["label="]), "chair")
    assert propose(filled, classifier) == []
    with pytest.raises(BadInput, match="threshold is 2"):
        propose(filled, classifier, threshold=2)
