"""Decisions from the terminal, and what `inrstore duplicates` makes of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import SHAPES, Filled


@pytest.fixture
def twice(filled: Filled, tmp_path: Path) -> Filled:
    """With an egg that is there twice."""
    SHAPES["round/egg"].copy().apply_scale(2.5).subdivide().export(tmp_path / "copy.obj")
    assert filled.run("ingest", tmp_path / "copy.obj", "--jobs", 1).code == exits.DONE
    return filled


def test_decided_and_taken_back(twice: Filled, tmp_path: Path) -> None:
    egg, copy = twice.mesh("egg"), tmp_path / "copy.obj"
    assert "1 group" in twice.run("duplicates").stdout
    done = twice.run("decide", egg, copy, "different", "--json")
    assert done.code == exits.DONE and done.json == {"changed": 1, "unchanged": 0}
    assert twice.run("decide", copy, egg, "different").stdout == "0 pairs changed, 1 as before\n"
    assert "no group" in twice.run("duplicates").stdout
    assert twice.run("duplicates", "--json").json["groups"] == []
    rows = list(csv.DictReader(twice.run("duplicates", "--all", "--csv").stdout.splitlines()))
    assert {(Path(row["source"]).stem, row["decision"]) for row in rows} == {("egg", ""), ("copy", "different")}
    assert twice.run("decide", egg, copy, "same").stdout == "1 pair changed, 0 as before\n"
    (group,) = twice.run("duplicates", "--json").json["groups"]
    assert group["members"][1]["evidence"]["decision"] == "same"
    assert twice.run("duplicates").stdout.splitlines()[3].split()[-1] == "same"
    assert twice.run("decide", egg, copy, "undecided").code == exits.DONE
    (group,) = twice.run("duplicates", "--json").json["groups"]
    assert group["members"][1]["evidence"]["decision"] is None
    assert twice.run("stats", "--json").json["shapes"] == 5 and copy.exists()


def test_several_at_once_are_compared_with_the_first(filled: Filled) -> None:
    names = ("ball", "egg", "plate", "egg")
    done = filled.run("decide", *(filled.mesh(name) for name in names), "different", "--json")
    assert done.json == {"changed": 2, "unchanged": 0}
    again = filled.run("decide", filled.mesh("egg"), filled.mesh("plate"), filled.mesh("ball"), "different", "--json")
    assert again.json == {"changed": 1, "unchanged": 1}


def test_wrong_usage(filled: Filled, tmp_path: Path) -> None:
    ball = filled.mesh("ball")
    for words in ((ball, "same"), (ball, filled.mesh("egg")), (ball, filled.mesh("egg"), "similar"), ("same",)):
        assert filled.run("decide", *words).code == exits.USAGE
    assert filled.run("decide", ball, ball, "same").code == exits.FAILED
    assert "no shape has" in (lost := filled.run("decide", ball, tmp_path / "none.obj", "same")).stderr
    assert lost.code == exits.FAILED
    assert filled.run("duplicates", "--against", tmp_path, "--all").code == exits.USAGE
