"""The search command says nothing that the library would not."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
import trimesh

import index
from cli import exits
from cli.search import search
from inrstore.store import open_store

from .conftest import Filled


def test_the_command_and_the_library_have_the_same_defaults() -> None:
    library = {name: parameter.default for name, parameter in inspect.signature(index.search).parameters.items()}
    own = dict(search.make_context("search", ["query"]).params)
    assert own["include_self"] != library["exclude_self"]
    assert own["name"] == library["index"]
    for name in ("k", "threshold", "field", "up", "align", "pose", "rerank", "device"):
        assert own[name] == library[name], name


def test_the_command_prints_what_the_library_finds(original: Filled, tmp_path: Path) -> None:
    path = tmp_path / "other.stl"
    trimesh.creation.icosphere(subdivisions=3, radius=7).export(path)
    queries = [str(path), str(original.mesh("egg"))]
    outcome = original.run("search", *queries, "-k", 3, "--json")
    found = index.search(open_store(original.store), queries, k=3)
    plain = json.loads(json.dumps([result.to_dict() for result in found]))
    for own in (*outcome.json, *plain):
        for hit in own["hits"]:
            hit["score"] = pytest.approx(hit["score"], abs=1e-3)
    assert outcome.code == exits.DONE and outcome.json == plain


def test_what_cannot_be_read_is_said_and_the_rest_is_searched(original: Filled, tmp_path: Path) -> None:
    (tmp_path / "bad.obj").write_text("v 0 0 nan\nf 1 1 1\n")
    outcome = original.run("search", tmp_path / "bad.obj", "typo.stl", original.mesh("egg"), "-k", 1, "--json")
    assert outcome.code == exits.SOME_FAILED and len(outcome.json) == 1
    for said in (f"failed: {tmp_path / 'bad.obj'}: ", "failed: typo.stl: there is no file"):
        assert said in outcome.stderr


def test_pieces_have_a_distance(original: Filled) -> None:
    outcome = original.run("search", original.mesh("egg"), "-k", 1, "--partial", "--include-self", "--csv")
    header, first = (line.split(",") for line in outcome.stdout.splitlines())
    assert header[-1] == "distance" and float(first[header.index("distance")]) < 0.05
    assert "distance" not in original.run("search", original.mesh("egg"), "-k", 1, "--csv").stdout


def test_a_text_finds_what_shapes_are_called(original: Filled, tmp_path: Path) -> None:
    outcome = original.run("search", "--text", "flat tiel", "--json")
    found = index.search_text(open_store(original.store), "flat tiel")
    assert outcome.code == exits.DONE and outcome.json == json.loads(json.dumps([found.to_dict()]))
    said = original.run("search", "--text", "flat tiel", "--plot", tmp_path / "sheet.png").stdout
    assert "nothing is called 'tiel'; taken for tile" in said and "flat in the label" in said
    assert (tmp_path / "sheet.png").stat().st_size > 1_000
    rows = original.run("search", "--text", "flat", "--by", "words", "--csv").stdout.splitlines()
    assert len(rows) == 3 and rows[0].startswith("query,rank,id,label,score,source,pose")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Give QUERY or --text"),
        (("--text", "flat", "egg"), "Give QUERY or --text"),
        (("--text", "flat", "--partial"), "--partial"),
        (("--text", "flat", "--pose", "free"), "--pose"),
        (("egg", "--plain"), "--plain"),
    ],
)
def test_what_does_not_go_together_is_refused(original: Filled, words: tuple[str, ...], said: str) -> None:
    outcome = original.run("search", *words)
    assert outcome.code == exits.USAGE and said in outcome.stderr
