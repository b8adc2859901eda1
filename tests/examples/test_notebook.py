"""The notebook of tasks: it runs from its first cell to its last, and what it says of itself is so."""

from __future__ import annotations

import ast
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

from cli.main import cli
from cli.reference import commands
from inrstore.surface.simplify import watertight
from inrstore.tasks import GeneratorRecipe, SegmenterRecipe, TransferRecipe
from tests.shapes import REPO

NOTEBOOK = REPO / "examples" / "tasks.ipynb"
SMALL = {
    "KINDS": ["bottle", "chair", "sofa"],
    "EACH": 4,
    "RESOLUTION": 32,
    "PARTS": SegmenterRecipe(steps=60, batch=8, copies=2),
    "SCANS": TransferRecipe(views=2, fits=0, steps=5, batch=8, fine=8, width=48, layers=1),
    "NEW": GeneratorRecipe(steps=5, batch=8, width=32, layers=2),
}
LEARNED = 9
"""Shapes: of each of the three kinds one of four is only asked."""
Cell = dict[str, Any]


def cells(kind: str) -> list[Cell]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def run(cell: Cell, names: dict[str, Any]) -> Any:
    """What a notebook would show below a cell: its last line, if that is an expression."""
    tree, last = ast.parse("".join(cell["source"])), None
    if isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, cell["id"], "exec"), names)
    return None if last is None else eval(compile(last, cell["id"], "eval"), names)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the notebook makes its folder; it runs where it lies."""
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_cells_have_names_and_no_outputs() -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert set(Counter(cell["id"] for cell in notebook["cells"]).values()) == {1}
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells("code"))
    assert NOTEBOOK.stat().st_size < 100_000


def test_commands_that_it_names_are_there() -> None:
    known = dict(commands(cli, click.Context(cli, info_name="inrstore")))
    text = "".join(line for cell in cells("markdown") for line in cell["source"])
    named = re.findall(r"`(inrstore .+?)`", text)
    assert len(named) > 10
    for quoted in named:
        command = max((name for name in known if f"{quoted} ".startswith(f"{name} ")), key=len)
        assert not isinstance(known[command], click.Group), quoted
        options = {option for parameter in known[command].params for option in parameter.opts}
        assert set(re.findall(r"(?<= )--?[a-z][a-z-]*", quoted)) <= options, quoted


@pytest.mark.slow
def test_it_runs_from_the_first_cell_to_the_last(place: Path) -> None:
    (settings,) = [cell for cell in cells("code") if "parameters" in cell["metadata"].get("tags", [])]
    before = sorted(NOTEBOOK.parent.rglob("*"))
    names: dict[str, Any] = {}
    shown = []
    for cell in cells("code"):
        shown.append(run(cell, names))
        if cell["id"] == settings["id"]:
            assert names.keys() > SMALL.keys() and len(names["KINDS"]) == 13
            names.update(SMALL)
    check_figures(names)
    check_surfaces(names)
    pictures = [one for one in shown if isinstance(one, Image.Image)]
    assert len(pictures) == 8 and all(np.ptp(np.asarray(picture.convert("L"))) > 100 for picture in pictures)
    assert Counter(shown[-1].values()) == {
        "classifier": 1, "segmenter": 1, "transfer": 2, "generator": 1, "decoder": 2
    }  # fmt: skip
    assert names["work"].parent == place and sorted(NOTEBOOK.parent.rglob("*")) == before
    names["folder"].cleanup()
    assert not names["work"].exists()


def check_figures(names: dict[str, Any]) -> None:
    """Everything was stored, nothing learned from what was to be asked, and labels are as they were."""
    store = names["store"]
    assert names["done"].stored == 12 and not names["done"].failures
    heads = {head.name: head.card for head in store.heads() if head.kind != "decoder"}
    assert {name: card["data"]["shapes"] for name, card in heads.items()} == {
        "label": LEARNED, "parts": 3, "completion": LEARNED, "reconstruction": LEARNED, "generator": LEARNED
    }  # fmt: skip
    assert {proposal.shape.key for proposal in names["proposals"]} == set(store.keys({"split": "test"}).tolist())
    assert names["right"] >= 2
    assert Counter(store.values("label").values()) == dict.fromkeys(SMALL["KINDS"], 4)


def check_surfaces(names: dict[str, Any]) -> None:
    """Parts are about where the toy has them, ways and scans are of what they are said to be, and solids are closed."""
    chair = names["chair"]
    height = chair.vertices[chair.faces].mean(axis=1)[:, 1] / np.ptp(chair.vertices[:, 1])
    lower, upper = (height[chair.part == part].mean() for part in (0, 1))
    assert chair.names == ("lower half", "upper half") and upper - lower > 0.15
    way = names["way"]
    assert len(way.steps) == 6
    for step, kind in ((way.steps[0], "chair"), (way.steps[-1], "sofa")):
        assert np.allclose(step.code, names["codes"].code(names["asked"][kind]), atol=1e-6)
    assert names["scan"].points[:, 0].max() < 0.15 < 0.3 < names["whole"][:, 0].max()
    assert watertight(names["faces"]) and np.linalg.norm(names["vertices"], axis=1).max() < 1.1
    assert len(names["made"].samples) + names["made"].empty == 4
