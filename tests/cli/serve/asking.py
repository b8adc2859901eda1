"""A server over a store, and the answers of its jobs, for tests that have a store already."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from cli.serve.app import make_app
from cli.serve.settings import Settings


@contextmanager
def asking(store: Path, **settings: Any) -> Iterator[TestClient]:
    app = make_app(Settings(str(store), **settings), warm=False)
    with TestClient(app, base_url="http://127.0.0.1:8000", headers={"X-Inrstore": "1"}) as client:
        yield client


def ended(client: TestClient, path: str, **asked: Any) -> Any:
    """The job that a request begins, when it has ended."""
    begun = client.post(f"/api/v1{path}", **asked)
    assert begun.status_code == 202, begun.text
    while True:
        job = client.get(f"/api/v1/jobs/{begun.json()['job']}").json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.05)
