"""Shapes with captions: the same again, watertight, and what is counted in a caption is counted again in the mesh."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.shapes import REPO

EXAMPLES = REPO / "examples"
sys.path.insert(0, str(EXAMPLES))

import captioned_shapes  # noqa: E402
from procedural.kinds import FAMILIES, KINDS  # noqa: E402
from procedural.making import Made, counted  # noqa: E402
from procedural.words import captions, name  # noqa: E402

COUNTED = ("plate", "bracket", "flange", "washer", "hinge", "wheel", "hand_wheel", "window", "chair", "stool", "crank")


def holes(made: Made) -> int:
    """By the Euler characteristic, of each piece apart."""
    mesh = captioned_shapes.mesh(made.solid)
    mesh.merge_vertices()
    return sum((2 - piece.euler_number) // 2 for piece in mesh.split(only_watertight=False))


def feet(made: Made) -> int:
    """Pieces of a cut just above the ground."""
    return len(made.solid.slice(made.solid.bounding_box()[2] + 0.01).decompose())


@pytest.mark.parametrize("kind", COUNTED)
def test_what_is_counted_is_there(kind: str) -> None:
    for seed in range(2):
        number = list(KINDS).index(kind) + seed * len(KINDS)
        found, made = captioned_shapes.shape(number, 3)
        assert found == kind and made.facts
        measures = {"genus": holes, "feet": feet}
        assert {fact: measures[fact](made) for fact in made.facts} == dict(made.facts), name(made)


def test_the_holes_of_a_plate_are_said_in_words() -> None:
    said = {}
    for seed in range(12):
        made = KINDS["plate"](np.random.default_rng(seed))
        said[holes(made)] = name(made)
    assert len(said) > 3
    for count, text in said.items():
        assert text.endswith(f"with {counted(count, 'hole')}" if count else "without holes")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_every_kind_is_made_and_has_captions(seed: int) -> None:
    assert len(KINDS) == len(FAMILIES) >= 100  # no two of one name
    for kind, make in KINDS.items():
        made = make(np.random.default_rng([seed, 1]))
        assert made.solid.volume() > 0, kind
        said = captions(made, np.random.default_rng(seed))
        assert 3 <= len(said) <= 6 and len(set(said)) == len(said), (kind, said)
        assert said[0] == made.nouns[0] and name(made) in said
        assert all(text == text.strip() and "  " not in text for text in said), said


def test_the_command_writes_watertight_files_and_a_complete_table_and_the_same_again(tmp_path: Path) -> None:
    for folder, count in (("few", 6), ("more", 12)):
        command = [sys.executable, EXAMPLES / "captioned_shapes.py", tmp_path / folder, "--count", str(count)]
        done = subprocess.run([*command, "--jobs", "1"], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    with open(tmp_path / "more" / "captions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == list(KINDS)[:12]
    assert {row["file"] for row in rows} == {
        path.relative_to(tmp_path / "more").as_posix() for path in (tmp_path / "more").rglob("*.ply")
    }
    for place, row in enumerate(rows):
        mesh = trimesh.load_mesh(tmp_path / "more" / row["file"])
        assert mesh.is_watertight and mesh.volume > 0, row
        assert abs(mesh.extents.max() - 1) < 0.02 and row["name"] in json.loads(row["captions"])
        if place < 6:
            few = tmp_path / "few" / row["file"]
            assert few.read_bytes() == (tmp_path / "more" / row["file"]).read_bytes()
