"""Conditions, each against what Python makes of the same shapes, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert

from inrstore.errors import BadInput
from inrstore.store import Conditions, Store, Where
from inrstore.store.tables import TagRow
from tests.shapes import digest, key_of, new_inr, new_shape

EVEN, ODD, ALL = {0, 2, 4, 6, 8}, {1, 3, 5, 7, 9}, set(range(10))
CASES: dict[str, tuple[Conditions | None, set[int]]] = {
    "nothing asked": (None, ALL),
    "no condition": ({}, ALL),
    "label": ({"label": "chair"}, ODD - {5}),
    "one text": ("label=chair", ODD - {5}),
    "glob": (["label=t*e"], EVEN),
    "case counts": ({"label": "Chair"}, set()),
    "either": ("label=table|chair", ALL - {5}),
    "either, or none": ("label=ch*|", ODD),
    "either, by a list": ({"label": ["chair", None]}, ODD),
    "neither": ("label!=table|", ODD - {5}),
    "no separator": ("label=table\\|chair", set()),
    "a separator that is meant": ({"label": "table|chair"}, set()),
    "profile": ("profile=default", ALL),
    "another profile": ("profile!=default", set()),
    "no label": ("label=", {5}),
    "None": ({"label": None}, {5}),
    "any label": ("label!=", ALL - {5}),
    "another label or none": ("label!=chair", EVEN | {5}),
    "not like": ("label!=ch*", EVEN | {5}),
    "tag": ({"split": "test"}, {0, 3, 6, 9}),
    "tag, whole": ("tag:split=test", {0, 3, 6, 9}),
    "another tag": ("split!=test", ALL - {0, 3, 6, 9}),
    "no tag": ("units=", ALL - {5}),
    "any tag": ("units!=", {5}),
    "two": ({"split": "te*", "label": "chair"}, {3, 9}),
    "both sides": (["faces>=3", "faces<=5"], {3, 4, 5}),
    "name": ("name=shape 4", {4}),
    "spaces around the key": (" name =shape 4", {4}),
    "a value with operators": ("name=a=b>c", set()),
    "source": ("source=*/table/*", EVEN),
    "not from": ("source!=*/table/*", ODD),
    "no source": ("source=", set()),
    "field and kind": ({"field": "sdf", "kind": "mesh"}, ALL - {5}),
    "another field": ("field=udf", {5}),
    "id": (f"id={digest(7)[:9]}*", {7}),
    "wildcards of SQL are plain": ({"label": "%", "name": "_hape*"}, set()),
    "underscore beside a star": ({"name": "shape_*"}, set()),
    "a number of the quality": ("faces<3", {0, 1, 2}),
    "a number of the quality, whole": ("quality:faces<3", {0, 1, 2}),
    "equal number": ({"faces": 5000}, set()),
    "equal number, as text": ("faces=4.0", {4}),
    "another number": ("faces!=4", ALL - {4}),
    "no such figure": ("holes=", ALL - {5}),
    "a figure": ("holes!=", {5}),
    "a figure of one": ("holes>0", {5}),
    "scale": ("scale>2", ALL),
    "scale, exactly": ({"scale": 2.5}, ALL),
    "error": ("error>0.0035", {4, 5, 6}),
    "error is of the network that is encoded": ("error>0.5", set()),
    "steps": ("steps<=100", ALL),
    "a word of the path, in any case": ("words=TABLE", EVEN),
    "a word of a tag": ("words=test", {0, 3, 6, 9}),
    "each word somewhere": ({"words": "test  chair"}, {3, 9}),
    "the beginning of the last word": ("words=4 shap", {4}),
    "not these words": ("words!=table", ODD),
    "no words": ("words=", ALL),
    "wildcards in words are plain": ("words=%", set()),
}


@pytest.fixture
def filled(ten: Store, tiny_model: Any) -> Store:
    """Shape 5 is a cloud without label, has another tag and figure, and a second network that is bad."""
    ten.remove(digest(5))
    bad = new_inr(tiny_model, 5, "other", "udf")
    object.__setattr__(bad, "error", 0.9)
    changes = {"label": None, "kind": "cloud", "field": "udf", "tags": {"units": "mm"}}
    inrs = (new_inr(tiny_model, 5, field="udf"), bad)
    ten.commit([new_shape(tiny_model, 5, **changes, inrs=inrs, quality={"faces": 5.0, "holes": 2.0})])
    return ten


def test_conditions(filled: Store) -> None:
    for what, (where, numbers) in CASES.items():
        found = filled.shapes(where)
        assert {shape.id for shape in found} == {digest(number) for number in numbers}, what
        assert [shape.key for shape in found] == sorted(shape.key for shape in found), what
        assert filled.keys(where).tolist() == [shape.key for shape in found], what
        assert filled.count(where) == len(numbers), what
        assert list(filled.iter_shapes(where)) == found, what


def test_unknown_keys_are_refused(filled: Store) -> None:
    facts = "id, name, label, field, kind, profile, source, scale, error, steps, words, size, created"
    known = f"facts {facts}; tags split, units; figures of quality "
    for key, hint in (("lable", "did you mean label?"), ("spilt", "did you mean split?"), ("colour", "")):
        for where in ({key: "red"}, f"{key}=red", f"{key}>3"):
            with pytest.raises(BadInput, match=f"no shape has '{key}'.*{hint}.*{known}ambiguous, faces, holes"):
                filled.keys(where)
    for odd in ('a"b', "a'b", "a.b", "$", "tag:", "tag:faces", "quality:split", "quality:"):
        with pytest.raises(BadInput, match="no shape has"):
            filled.count({odd: "x"})


def test_a_key_that_only_removed_shapes_have_is_refused(filled: Store) -> None:
    filled.remove(digest(5))
    for key in ("units", "holes"):
        with pytest.raises(BadInput, match=f"no shape has '{key}'"):
            filled.shapes({key: "1"})


def test_tags_of_older_stores_that_are_called_like_a_fact(filled: Store) -> None:
    values = [{"shape_key": key_of(filled, 1), "name": name, "value": "x"} for name in ("label", "error", "faces")]
    with filled.catalog.write() as connection:
        connection.execute(insert(TagRow), values)
    for name in ("label", "error"):
        assert filled.keys(f"tag:{name}=x").tolist() == [key_of(filled, 1)]
        assert filled.count({"label": "x"}) == 0
    assert filled.count("faces=x") == filled.count("tag:faces=x") == 1, "a tag goes before a figure"
    assert filled.count("quality:faces>3") == 6
    assert filled.tag(digest(1), {"label": None, "error": None}) == 1, "they can be taken away"


@pytest.mark.parametrize("text", ["", "label", "=x", "label~x", "!=x", "label==", 5])
def test_texts_that_are_no_condition(ten: Store, text: Any) -> None:
    if text == "label==":  # the value is "="
        assert ten.count(text) == 0
        return
    with pytest.raises(BadInput, match="is no condition; write key=value"):
        ten.keys([text])


@pytest.mark.parametrize(
    "where, message",
    [
        ("label>x", "label>x: label is text, which goes with = and != only"),
        ("split<3", "split is text"),
        ("error>much", "'much' is no number, which error is"),
        ("error>nan", "no number"),
        ("faces>", "no number"),
        ("faces=1*", "no number"),
    ],
)
def test_values_that_do_not_fit(ten: Store, where: str, message: str) -> None:
    with pytest.raises(BadInput, match=message.replace("*", r"\*")):
        ten.keys([where])


def test_names_that_tags_cannot_have(ten: Store, tiny_model: Any) -> None:
    calls: list[Callable[[str], object]] = [
        lambda name: ten.tag(digest(1), {name: "x"}),
        lambda name: ten.retag({digest(1): {name: "x"}}),
        lambda name: ten.commit([new_shape(tiny_model, 20, tags={name: "x"})]),
    ]
    for name in ("label", "id", "error", ""):
        for call in calls:
            with pytest.raises(BadInput, match=f"no tag can be called '{name}'; id, name, label, .* are taken"):
                call(name)
    assert ten.count() == 10 and ten.shape(digest(1)).tags == {"split": "train"}


def test_conditions_are_values() -> None:
    assert Where.of("a=1") == Where.of(["a=1"]) == Where.of({"a": 1}) and hash(Where.of("a=1"))
    assert Where.of(Where.of("a>=1")) == Where.of("a >= 1".replace(" 1", "1"))
    assert [str(c) for c in Where.of(["a<=1", "b!=x y"]).conditions] == ["a<=1", "b!=x y"]
    assert Where.of(None) == Where.of(()) == Where()
