"""The commands that change labels and tags, and those that ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inrstore.store import open_store

from .conftest import Filled


def labels(filled: Filled) -> dict[str, str | None]:
    return {value["name"]: value["label"] for value in filled.run("list", "--json").json}


def tags(filled: Filled, name: str) -> dict[str, str]:
    return dict(filled.run("info", filled.mesh(name), "--json").json["tags"])


def test_label(filled: Filled) -> None:
    before = open_store(filled.store).generation()
    done = filled.run("label", filled.mesh("ball"), filled.mesh("plate"), "round", "--json")
    assert (done.code, done.json) == (0, {"changed": 1, "unchanged": 1})
    assert filled.run("label", "--where", "name=tile*", "slab").stdout == "1 shape changed, 0 as before\n"
    assert labels(filled) == {"ball": "round", "egg": "round", "plate": "round", "tile ö": "slab"}
    assert filled.run("label", "--where", "label=round", "--remove", "--json").json["changed"] == 3
    assert labels(filled) == {"ball": None, "egg": None, "plate": None, "tile ö": "slab"}
    assert open_store(filled.store).generation() == before


def test_tag(filled: Filled) -> None:
    done = filled.run("tag", filled.mesh("ball"), "split=train", "colour=a=b", "--json")
    assert (done.code, done.json) == (0, {"changed": 1, "unchanged": 0})
    assert tags(filled, "ball") == {"split": "train", "colour": "a=b"} and tags(filled, "egg") == {"split": "test"}
    assert filled.run("tag", "--where", "split=test", "--remove", "split", "n=1", "--json").json["changed"] == 3
    assert tags(filled, "egg") == {"n": "1"} and tags(filled, "ball") == {"split": "train", "colour": "a=b"}
    refused = filled.run("tag", filled.mesh("ball"), "label=x")
    assert refused.code == 1 and "no tag can be called 'label'; id, name, label" in refused.stderr


def test_some_shapes_are_missing(filled: Filled) -> None:
    for arguments in (("label", "ffff", filled.mesh("egg"), "x"), ("tag", "ffff", filled.mesh("egg"), "a=x")):
        done = filled.run(*arguments, "--json")
        assert (done.code, done.json) == (3, {"changed": 1, "unchanged": 0})
        assert "ffff: no shape has the id" in done.stderr
    assert filled.run("label", "ffff", "x").code == filled.run("tag", "ffff", "a=x").code == 1


def test_from_a_table(filled: Filled, tmp_path: Path) -> None:
    (id,) = [v["id"] for v in filled.run("list", "--where", "name=egg", "--json").json]
    table = filled.meshes.parent / f"{tmp_path.name}.csv"  # paths are relative to it
    inside = filled.mesh("ball").relative_to(table.parent)
    try:
        table.write_text(f"path,label,split,units\n{inside},ball,train,\nnone.obj,x,y,z\n{id},,test,mm\n")
        done = filled.run("label", "--from-csv", table, "--json")
        assert (done.code, done.json) == (3, {"changed": 1, "unchanged": 0}) and "none.obj: no shape" in done.stderr
        assert labels(filled) == {"ball": "ball", "egg": "round", "plate": "flat", "tile ö": "flat"}
        assert filled.run("tag", "--from-csv", table, "--json").json == {"changed": 2, "unchanged": 0}
        assert tags(filled, "ball") == {"split": "train"} and tags(filled, "egg") == {"split": "test", "units": "mm"}
        table.write_text(f"id,label\n{id},a\n{id},b\n")
        assert "contradict each other" in filled.run("label", "--from-csv", table).stderr
        for text in ("a,label\n1,2\n", "id,other\n1,2\n", ""):
            table.write_text(text)
            done = filled.run("label", "--from-csv", table)
            assert done.code == 1 and "it needs path, id or shape, and label" in done.stderr
        table.write_text("id,label\n1,2\n")
        assert "one or more tags" in filled.run("tag", "--from-csv", table).stderr
    finally:
        table.unlink()


@pytest.mark.parametrize(
    "arguments",
    [
        ("label",),
        ("label", "x"),
        ("label", "--remove"),
        ("label", "ffff", ""),
        ("label", "ffff", "x", "--where", "label=flat"),
        ("tag", "ffff"),
        ("tag", "a=b"),
        ("tag", "ffff", "a=b", "rest"),
        ("tag", "--from-csv", __file__, "ffff"),
        ("label", "--from-csv", __file__, "--remove"),
        ("label", "--from-csv", "none.csv"),
        ("list", "--where", "label"),
        ("list", "--order", "size"),
    ],
)
def test_wrong_usage(original: Filled, arguments: tuple[str, ...]) -> None:
    assert original.run(*arguments).code == 2


def test_conditions_everywhere(original: Filled) -> None:
    def names(*arguments: object) -> list[str]:
        return [value["name"] for value in original.run("list", *arguments, "--json").json]

    errors = {s.name: open_store(original.store).inrs(s)[0].error for s in open_store(original.store)}
    middle = sorted(errors.values())[2]
    assert set(names("--where", f"error>={middle}")) == {name for name, error in errors.items() if error >= middle}
    assert set(names("--where", "label!=round")) == {"plate", "tile ö"} and names("--where", "label=") == []
    assert names("--order", "-error", "--limit", 2, "--offset", 1) == sorted(errors, key=lambda n: -errors[n])[1:3]
    hits = original.run("search", original.mesh("ball"), "--where", "label!=round", "--json").json[0]["hits"]
    assert {hit["label"] for hit in hits} == {"flat"} and len(hits) == 2
    found = original.run("eval", "retrieval", "--where", f"error<{middle * 100}", "--json").json
    assert found["queries"] == 4
    for command in (("list",), ("search", original.mesh("ball")), ("eval", "retrieval"), ("refine",)):
        refused = original.run(*command, "--where", "lable=flat")
        assert refused.code == 1 and "did you mean label? There are the facts id, name" in refused.stderr
    assert "tags split" in refused.stderr and "figures of quality" in refused.stderr
