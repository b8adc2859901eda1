"""Servers in this process, over a store of four fitted shapes, asked as a program would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser import chromium, page_of
from tests.cli.conftest import SHAPES, Filled, command

pytest.importorskip("fastapi", reason="needs the extra serve")

from fastapi.testclient import TestClient  # noqa: E402

from cli.serve.app import make_app  # noqa: E402
from cli.serve.settings import Settings  # noqa: E402
from inrstore.store import open_store  # noqa: E402

from .pages import HOSTILE, PATIENCE, Site, serving  # noqa: E402

PROOF = {"X-Inrstore": "1"}
Serve = Callable[..., TestClient]
Look = Callable[..., Any]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Begins a server over a store, with the settings that are given; all end with the test."""
    begun: list[TestClient] = []

    def begin(store: Path, **settings: Any) -> TestClient:
        app = make_app(Settings(str(store), **settings), warm=False)
        client = TestClient(app, base_url="http://127.0.0.1:8000", headers=PROOF, raise_server_exceptions=False)
        begun.append(client.__enter__())
        return client

    yield begin
    for client in begun:
        client.__exit__(None, None, None)


@pytest.fixture
def client(filled: Filled, serve: Serve) -> TestClient:
    return serve(filled.store)


def api(client: TestClient, path: str, **asked: Any) -> Any:
    """What a route answers, which must be well."""
    answer = client.get(f"/api/v1{path}", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def sees(seen: Filled, serve: Serve) -> TestClient:
    return serve(seen.store, read_only=True)


@pytest.fixture(scope="session")
def gallery_store(original: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six shapes, a classifier, an egg that is there twice, and a shape whose name and label are hostile."""
    folder = tmp_path_factory.mktemp("gallery")
    shutil.copytree(original.store, folder / "shapes.store")
    egg, tile = SHAPES["round/egg"].copy(), SHAPES["flat/tile ö"].copy()
    (folder / "new").mkdir()
    egg.apply_scale(2.5).apply_translation((3, 0, 0)).subdivide().export(folder / "new" / "copy.obj")
    (folder / "new" / f"{HOSTILE}.stl").write_bytes(tile.apply_scale((1, 4, 1)).export(file_type="stl"))
    for asked in (("ingest", folder / "new", "--jobs", 1), ("train", "classifier")):
        done = command("--store", folder / "shapes.store", *asked)
        assert done.code == 0, done.stderr
    store = open_store(folder / "shapes.store")
    store.label([shape for shape in store.shapes() if "<img" in shape.name], HOSTILE)
    return folder / "shapes.store"


@pytest.fixture(scope="module")
def site(gallery_store: Path) -> Iterator[Site]:
    """A server for tests that change nothing in the store."""
    with serving(gallery_store) as found:
        yield found


@pytest.fixture
def own_store(gallery_store: Path, tmp_path: Path) -> Path:
    """A copy of the store, to change and to serve."""
    return Path(shutil.copytree(gallery_store, tmp_path / "own.store"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def look(browser: Any) -> Iterator[Look]:
    """Opens a path of a site in a page; at the end no page may have complained, but of `but`."""
    told: list[tuple[list[str], str]] = []
    with ExitStack() as stack:

        def opened(at: Site, path: str = "/", but: str = "", width: int = 1_100, **options: Any) -> Any:
            size = {"width": width, "height": 760}
            page, complaints = stack.enter_context(page_of(browser, at.url, viewport=size, **options))
            told.append((complaints, but))
            at.pages.append(page)
            page.set_default_timeout(PATIENCE * 1_000)
            page.goto(at.url + path)
            return page

        yield opened
    assert [one for complaints, but in told for one in complaints if not (but and but in one)] == []


@pytest.fixture
def in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The map is a diagonal, which takes no time."""

    def places(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.linspace(0.1, 0.9, len(rows))] * 2, axis=1)

    monkeypatch.setattr(import_module("inrstore.map.places"), "places", places)
