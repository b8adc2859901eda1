"""A server over a small store, and its client."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from inrstore.model import load_model
from inrstore.remote import RemoteStore, connect
from inrstore.store import Store, init_store
from tests.shapes import new_shape, packaged_networks, with_networks

pytest.importorskip("fastapi", reason="needs the server: pip install 'inrstore[serve]'")
pytest.importorskip("httpx", reason="needs the client: pip install 'inrstore[client]'")
SHAPES = 8
FILE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
"""Its bytes are those of shape 3, so that it is not fitted."""


class Served(NamedTuple):
    store: Store
    remote: RemoteStore
    file: Path


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of a server that runs an application."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def served_store(url: str, **settings: Any) -> Iterator[str]:
    """The address of a server over a store."""
    from cli.serve.app import make_app
    from cli.serve.settings import Settings

    with serving(make_app(Settings(store=url, **settings), warm=False)) as address:
        yield address


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Eight objects with networks that were fitted; one has a turned source and no label. Tests leave it as it was."""
    folder = tmp_path_factory.mktemp("served")
    file = folder / "corner.obj"
    file.write_text(FILE)
    model = load_model("default")
    made = [new_shape(model, number) for number in range(SHAPES)]
    made[2] = replace(made[2], rotation=(0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0), label=None, name="ä b/c")
    made[3] = replace(made[3], source=str(file), source_sha256=hashlib.sha256(FILE.encode()).hexdigest())
    store = init_store(folder / "shapes.store", model)
    store.commit(with_networks(model, made, packaged_networks(model)[:SHAPES]))
    with served_store(store.url) as url, connect(url) as remote:
        yield Served(store, remote, file)
