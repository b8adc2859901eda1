"""The search command with pictures, with words for looks, and with composed queries."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import index
from cli import exits
from inrstore.store import open_store
from tests import looks

from .conftest import Filled


def test_a_picture_is_searched_with(seen: Filled, tmp_path: Path) -> None:
    path = looks.drawn(tmp_path / "block.png")
    outcome = seen.run("search", "--image", path, "-k", 3, "--json")
    found = index.search_image(open_store(seen.store), path, k=3)
    assert outcome.code == exits.DONE and outcome.json == json.loads(json.dumps([found.to_dict()]))
    assert len(found.hits) == 3
    both = seen.run("search", "--image", path, "--image", looks.drawn(tmp_path / "b.png", (9, 9, 99)), "--skip", 1)
    assert "looks like the pictures" in both.stdout and "'inrstore encode --views'" in both.stdout
    told = seen.run("search", "--image", path, "--skip", 1, "--by", "shape").stdout
    assert "encode --views" not in told and told.splitlines()[2].split()[0] == "2"
    assert seen.run("search", "--image", path, "--where", "label=flat", "--csv").stdout.count("\n") == 3
    sheet = tmp_path / "sheet.png"
    boxed = seen.run("search", "--image", path, "--box", "8,8,60,60", "--mask", path, "--plot", sheet)
    assert boxed.code == exits.DONE and sheet.stat().st_size > 1_000


def test_words_may_count_by_looks_alone(seen: Filled) -> None:
    by = {name: seen.run("search", "--text", "wheels", "--by", name, "--json") for name in ("words", "shape", "both")}
    assert [len(one.json[0]["hits"]) for one in by.values()] == [0, 4, 4]
    assert by["shape"].json[0]["hits"][0]["why"][0]["said"].startswith("looks like it (")
    second = seen.run("search", "--text", "wheels", "--by", "shape", "--skip", 1, "-k", 1, "--json").json[0]["hits"]
    assert second == by["shape"].json[0]["hits"][1:2]


def test_a_query_is_composed(seen: Filled, tmp_path: Path) -> None:
    store = open_store(seen.store)
    (ball,) = store.shapes("name=ball")
    asked = ("--like", ball.id, "--text", "wheels", "--not", "round", "--weight", "text=.5", "--weight", "not=0.25")
    outcome = seen.run("search", *asked, "--json")
    found = index.search_composed(
        store, like=ball.id, text=["wheels"], minus_text=["round"], weights={"text": 0.5, "not": 0.25}
    )
    assert outcome.code == exits.DONE
    (own,), due = outcome.json, json.loads(json.dumps(found.to_dict()))
    assert [hit["id"] for hit in own["hits"]] == [hit["id"] for hit in due["hits"]] and len(own["hits"]) == 3
    assert np.allclose([hit["score"] for hit in own["hits"]], [hit["score"] for hit in due["hits"]], atol=1e-4)
    assert own["parts"] == due["parts"]
    told = seen.run("search", *asked, "--include-self", "-k", 9).stdout
    assert "with wheels 0." in told.replace("-0.", "0.") and told.count("not round") == 5  # the query and four hits
    picture = seen.run("search", "--image", looks.drawn(tmp_path / "b.png"), "--text", "legs", "--csv")
    assert picture.code == exits.DONE and picture.stdout.count("\n") == 5
    file = seen.run("search", "--like", seen.mesh("egg"), "--json")
    assert [hit["id"] for hit in file.json[0]["hits"]][0] == ball.id  # its bytes are stored, so it is left out


def test_limits_in_the_words_of_a_sum_are_said(seen: Filled) -> None:
    asked = ("--like", open_store(seen.store).shapes("name=ball")[0].id, "--text", "wheels over 1 cm")
    outcome = seen.run("search", *asked, "--unit", "cm")
    assert outcome.code == exits.DONE and "'over 1 cm' is taken as size>1" in outcome.stdout
    assert seen.run("search", *asked, "--plain", "--json").json[0]["limits"] == []
    alone = seen.run("search", *asked[:2], "--text", "over 1 cm")
    assert alone.code == exits.FAILED and "says limits alone" in alone.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--text", "flat", "--box", "1,2,3,4"), "--box: goes with --image only"),
        (("egg", "--by", "shape"), "--by: goes with --text or --image only"),
        (("egg", "--skip", "2"), "--skip: goes with --text or --image"),
        (("egg", "--like", "ball"), "Give QUERY or --text"),
        (("--text", "flat", "--weight", "text=1"), "--weight: goes with --like"),
        (("--like", "ab", "--weight", "words=1"), "'words=1' is not"),
        (("--like", "ab", "--weight", "text=-1"), "'text=-1' is not"),
        (("--like", "ab", "--by", "shape"), "--by: goes with --text or --image only"),
        (("--image", "FILE", "--by", "words"), "--by: of --image give views, shape, both"),
        (("--image", "FILE", "--box", "1,2,3"), "four whole numbers"),
        (("--image", "FILE", "--pose", "up"), "--pose: goes with a QUERY only"),
        (("--image", "nowhere.png"), "does not exist"),
    ],
)
def test_what_does_not_go_together_is_refused(
    original: Filled, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    file = looks.drawn(tmp_path / "block.png")
    outcome = original.run("search", *(str(file) if word == "FILE" else word for word in words))
    assert outcome.code == exits.USAGE and said in outcome.stderr.replace("\n", " ")


def test_what_is_no_picture_is_said(seen: Filled) -> None:
    outcome = seen.run("search", "--image", seen.mesh("egg"))
    assert outcome.code == exits.FAILED and "is not a picture" in outcome.stderr
    outcome = seen.run("search", "--not", "round")
    assert outcome.code == exits.FAILED and "composed of something" in outcome.stderr


def test_views_are_encoded_compared_and_measured(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("model.encoders", "tasks.crossmodal"):
        monkeypatch.setattr(f"inrstore.{place}.views.image_tower", lambda name: looks.FakeImage())
    outcome = filled.run("encode", "--views", "--engine", "inline")
    assert outcome.code == exits.DONE and "4 shapes encoded" in outcome.stdout
    assert filled.run("encode", "--views", "--engine", "inline", "--json").json["encoded"] == 0
    path = looks.drawn(tmp_path / "pictures" / "ball.png")
    found = filled.run("search", "--image", path, "--json").json[0]
    assert found["by"] == "views" and len(found["hits"]) == 4 and found["hits"][0]["why"][0]["by"] == "views"
    assert "its views look like the picture" in filled.run("search", "--image", path, "--by", "views").stdout
    table = filled.run("eval", "retrieval")
    assert table.stdout.splitlines()[0].split() == ["figure", "shapes", "95", "%", "views", "95", "%"]
    value = filled.run("eval", "retrieval", "--json").json
    assert set(value["views"]) == set(value) - {"views"}
    measured = filled.run("eval", "pictures", tmp_path / "pictures")
    assert measured.code == exits.DONE and "by views" in measured.stdout and "1 pictures among 4" in measured.stdout
    looks.drawn(tmp_path / "pictures" / "nobody.png")
    measured = filled.run("eval", "pictures", tmp_path / "pictures", "--json")
    assert measured.json["pictures"] == 1 and len(measured.json["left_out"]) == 1 and "nobody" in measured.stderr


@pytest.mark.parametrize("others", [("--missing",), ("--codes",), ("--words",), ("--model", "codes")])
def test_views_are_encoded_by_themselves(filled: Filled, others: tuple[str, ...]) -> None:
    outcome = filled.run("encode", "--views", *others)
    assert outcome.code == exits.USAGE and "--words and --views go with --tower" in outcome.stderr
