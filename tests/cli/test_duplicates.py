"""The commands that look for duplicates, on the small store."""

from __future__ import annotations

import csv
from pathlib import Path

import trimesh

from cli import exits
from tests.cli.conftest import Filled


def test_copies_are_shown_in_every_form(filled: Filled, tmp_path: Path) -> None:
    assert "no group" in filled.run("duplicates", "--level", "exact").stdout
    egg = trimesh.load(filled.mesh("egg"), process=False)
    turned = tmp_path / "new" / "turned.obj"
    turned.parent.mkdir()
    egg.apply_transform([[0, -5, 0, 0], [5, 0, 0, 0], [0, 0, 5, 0], [0, 0, 0, 1]]).export(turned)
    (tmp_path / "new" / "egg again.obj").write_bytes(filled.mesh("egg").read_bytes())
    before = filled.run("stats", "--json").json["shapes"]
    against = filled.run("duplicates", "--against", tmp_path / "new", "--json", "--plot", tmp_path / "there.png")
    assert against.code == exits.DONE and filled.run("stats", "--json").json["shapes"] == before
    told = {Path(g["members"][0]["source"]).stem: g["members"][1]["evidence"] for g in against.json["groups"]}
    assert told["egg again"]["relation"] == "same bytes"
    assert told["turned"]["relation"] == "similar" and abs(told["turned"]["ratio"] - 0.2) < 0.01
    assert (tmp_path / "there.png").stat().st_size > 1000

    assert filled.run("ingest", tmp_path / "new", "--jobs", 1).code == exits.DONE
    text = filled.run("duplicates").stdout
    assert "5× as large" in text and "same bytes" in text and "1 group" in text
    rows = list(csv.DictReader(filled.run("duplicates", "--csv").stdout.splitlines()))
    assert {Path(row["source"]).stem for row in rows} == {"egg", "egg again", "turned"}
    assert len(filled.run("duplicates", "--level", "exact", "--json").json["groups"]) == 1


def test_wrong_usage(filled: Filled, tmp_path: Path) -> None:
    assert filled.run("duplicates", "--against", tmp_path, "--where", "label=round").code == exits.USAGE
    assert filled.run("duplicates", "--threshold", "7").code == exits.FAILED
    assert filled.run("duplicates", "--level", "exact", "--csv", "--json").code == exits.USAGE


def test_variants_are_families(filled: Filled) -> None:
    outcome = filled.run("variants", "--threshold", "0.2", "--json")
    (family,) = outcome.json["groups"]
    assert {Path(m["source"]).stem for m in family["members"]} >= {"plate", "tile ö"}
    assert all(m["evidence"]["relation"] == "variant" for m in family["members"][1:])
