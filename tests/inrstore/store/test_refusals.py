"""Refused labels, in both databases; they go with their shapes."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.store import Store
from tests.shapes import digest, key_of

from .test_decisions import raw


def test_refused_and_taken_back(each_ten: Store) -> None:
    one, other = key_of(each_ten, 1), key_of(each_ten, 2)
    assert each_ten.refuse([(digest(2), "lamp"), (one, "lamp"), (digest(1)[:8], "sofa"), (one, "sofa")]) == 3
    assert each_ten.refuse([(one, "lamp")]) == 0
    assert each_ten.refusals() == {one: {"lamp", "sofa"}, other: {"lamp"}}
    assert list(each_ten.refusals()) == [one, other]
    assert each_ten.refuse([(one, "lamp"), (other, "sofa")], refused=False) == 1
    assert each_ten.refusals() == {one: {"sofa"}, other: {"lamp"}} and each_ten.verify().ok


def test_the_values_of_a_tag_are_others_than_labels(each_ten: Store) -> None:
    assert each_ten.refuse([(digest(1), "red")], "colour") == each_ten.refuse([(digest(1), "blue")]) == 1
    key = key_of(each_ten, 1)
    assert each_ten.refusals("colour") == {key: {"red"}} and each_ten.refusals() == {key: {"blue"}}
    assert each_ten.refuse([(key, "red")], refused=False) == 0
    assert each_ten.refuse([(key, "red")], "colour", refused=False) == 1 and each_ten.refusals("colour") == {}


def test_they_go_with_their_shapes(each_ten: Store) -> None:
    one, other = key_of(each_ten, 1), key_of(each_ten, 2)
    each_ten.refuse([(one, "lamp"), (other, "lamp")])
    each_ten.remove(one)
    assert each_ten.refusals() == {other: {"lamp"}} and each_ten.refuse([(one, "sofa"), (999, "sofa")]) == 0
    each_ten.compact()
    assert raw(each_ten, "refusals") == 1 and each_ten.verify().ok


def test_odd_words(each_ten: Store) -> None:
    odd = b"\xff\x00'; drop table refusals --".decode("utf-8", "surrogateescape")
    assert each_ten.refuse([(digest(1), odd)], odd) == 1 and each_ten.refuse([(digest(1), odd)], odd) == 0
    assert len(each_ten.refusals(odd)) == 1 and each_ten.refuse([(digest(1), odd)], odd, refused=False) == 1


@pytest.mark.parametrize("label", ["", None, 5])
def test_what_is_no_label_is_refused(ten: Store, label: Any) -> None:
    with pytest.raises(BadInput, match="no label"):
        ten.refuse([(digest(1), "lamp"), (digest(2), label)])
    with pytest.raises(BadInput, match="no tag can be called 'field'"):
        ten.refuse([(digest(1), "sdf")], "field")
    with pytest.raises(ShapeNotFound):
        ten.refuse([(digest(1), "lamp"), (digest("none"), "lamp")])
    assert ten.refusals() == {}
