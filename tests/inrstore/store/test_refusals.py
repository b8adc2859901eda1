"""Refused labels, in both databases; they go with their shapes."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.store import Store
from tests.shapes import digest, key_of

from .test_decisions import raw


def test_refused_and_taken_back(ten: Store) -> None:
    one, other = key_of(ten, 1), key_of(ten, 2)
    assert ten.refuse([(digest(2), "lamp"), (one, "lamp"), (digest(1)[:8], "sofa"), (one, "sofa")]) == 3
    assert ten.refuse([(one, "lamp")]) == 0
    assert ten.refusals() == {one: {"lamp", "sofa"}, other: {"lamp"}}
    assert list(ten.refusals()) == [one, other]
    assert ten.refuse([(one, "lamp"), (other, "sofa")], refused=False) == 1
    assert ten.refusals() == {one: {"sofa"}, other: {"lamp"}} and ten.verify().ok


def test_the_values_of_a_tag_are_others_than_labels(ten: Store) -> None:
    assert ten.refuse([(digest(1), "red")], "colour") == ten.refuse([(digest(1), "blue")]) == 1
    key = key_of(ten, 1)
    assert ten.refusals("colour") == {key: {"red"}} and ten.refusals() == {key: {"blue"}}
    assert ten.refuse([(key, "red")], refused=False) == 0
    assert ten.refuse([(key, "red")], "colour", refused=False) == 1 and ten.refusals("colour") == {}


def test_they_go_with_their_shapes(ten: Store) -> None:
    one, other = key_of(ten, 1), key_of(ten, 2)
    ten.refuse([(one, "lamp"), (other, "lamp")])
    ten.remove(one)
    assert ten.refusals() == {other: {"lamp"}} and ten.refuse([(one, "sofa"), (999, "sofa")]) == 0
    ten.compact()
    assert raw(ten, "refusals") == 1 and ten.verify().ok


def test_odd_words(ten: Store) -> None:
    odd = b"\xff\x00'; drop table refusals --".decode("utf-8", "surrogateescape")
    assert ten.refuse([(digest(1), odd)], odd) == 1 and ten.refuse([(digest(1), odd)], odd) == 0
    assert len(ten.refusals(odd)) == 1 and ten.refuse([(digest(1), odd)], odd, refused=False) == 1


@pytest.mark.parametrize("label", ["", None, 5])
def test_what_is_no_label_is_refused(ten: Store, label: Any) -> None:
    with pytest.raises(BadInput, match="no label"):
        ten.refuse([(digest(1), "lamp"), (digest(2), label)])
    with pytest.raises(BadInput, match="no tag can be called 'field'"):
        ten.refuse([(digest(1), "sdf")], "field")
    with pytest.raises(ShapeNotFound):
        ten.refuse([(digest(1), "lamp"), (digest("none"), "lamp")])
    assert ten.refusals() == {}
