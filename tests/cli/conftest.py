"""Commands run as the shell would run them, and a small store to run them on."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import pytest
import trimesh

from cli.main import main
from inrstore.store import open_store
from tests import looks
from tests.shapes import REPO


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.stdout)


class Run(Protocol):
    def __call__(self, *arguments: object) -> Outcome: ...


def command(*arguments: object) -> Outcome:
    stdout, stderr = StringIO(), StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        code = main([str(argument) for argument in arguments])
    return Outcome(code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture(autouse=True)
def no_store_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INRSTORE_STORE", raising=False)


@pytest.fixture
def run() -> Run:
    return command


@dataclass(frozen=True)
class Filled:
    """A store with four shapes of two classes, and where their files are."""

    store: Path
    meshes: Path
    outcome: Outcome
    """Of the ingest."""

    def run(self, *arguments: object) -> Outcome:
        return command("--store", self.store, *arguments)

    def mesh(self, name: str) -> Path:
        return next(self.meshes.glob(f"*/{name}.obj"))


SHAPES = {
    "round/ball": trimesh.creation.icosphere(subdivisions=3),
    "round/egg": trimesh.creation.icosphere(subdivisions=3).apply_scale((1, 1.4, 1)),
    "flat/plate": trimesh.creation.box((2, 0.3, 1)),
    "flat/tile ö": trimesh.creation.box((2, 0.3, 1.4)).apply_translation((100, 0, 0)),
}


@pytest.fixture(scope="session")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four meshes, and one file that is none."""
    folder = tmp_path_factory.mktemp("meshes")
    for name, mesh in SHAPES.items():
        path = folder / f"{name}.obj"
        path.parent.mkdir(exist_ok=True)
        mesh.export(path)
    (folder / "flat" / "broken.obj").write_text("v 0 0 nan\nf 1 1 1\n")
    return folder


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, meshes: Path) -> Filled:
    store = tmp_path_factory.mktemp("store") / "shapes.store"
    made = command("init", store)
    assert made.code == 0, made.stderr
    arguments = ("ingest", meshes, "--labels-from", "parent", "--tag", "split=test", "--jobs", 1, "--json")
    return Filled(store, meshes, command("--store", store, *arguments))


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Iterator[Filled]:
    """A copy of the store, so that a test may change it."""
    store = tmp_path / "shapes.store"
    shutil.copytree(original.store, store)
    yield Filled(store, original.meshes, original.outcome)


def page_example(verb: str) -> str:
    """The Python of docs/tasks.md in which something is called."""
    page = (REPO / "docs/tasks.md").read_text("utf-8")
    return next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if verb in block)


@pytest.fixture
def seen(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """A store with heads, whose towers are small."""
    looks.fake_towers(monkeypatch)
    store = open_store(filled.store)
    dim = store.encoder().dim
    store.add_head(looks.text_head(str(store.encoder_id), floor=-99, dim=dim))
    store.add_head(looks.image_head(str(store.encoder_id), floor=-99, dim=dim))
    return filled
