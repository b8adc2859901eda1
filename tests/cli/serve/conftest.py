"""Servers in this process, over a store of four fitted shapes, asked as a program would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Filled

pytest.importorskip("fastapi", reason="needs the extra serve")

from fastapi.testclient import TestClient  # noqa: E402

from cli.serve.app import make_app  # noqa: E402
from cli.serve.settings import Settings  # noqa: E402

PROOF = {"X-Inrstore": "1"}
Serve = Callable[..., TestClient]


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
