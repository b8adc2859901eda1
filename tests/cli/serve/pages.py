"""Servers that browsers reach, and what one sees of them."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from PIL import Image

from cli.serve.app import make_app
from cli.serve.settings import Settings
from inrstore.store import Store, open_store

PATIENCE = 30.0
"""Seconds until something that should come is missed."""
HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m"
SHOWN = "<img src=x onerror=alert(1)>\\x1b[31m"
"""The same as the pages write it."""


@dataclass(frozen=True)
class Site:
    """A server and its store."""

    url: str
    place: Path
    app: Any = None
    pages: list[Any] = field(default_factory=list)
    """Where it is looked at."""

    @property
    def store(self) -> Store:
        return open_store(self.place)

    def id(self, name: str) -> str:
        (shape,) = self.store.shapes(f"name={name}")
        return shape.id


@contextmanager
def serving(place: Path, **settings: Any) -> Iterator[Site]:
    app = make_app(Settings(str(place), **settings), warm=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(f"http://127.0.0.1:{port}", place, app)
    yield site
    for page in site.pages:  # what is still being fetched is no fault
        if not page.is_closed():
            page.goto("about:blank")
    server.should_exit = True
    thread.join(PATIENCE)


def until(page: Any, true: Callable[[], Any]) -> None:
    """Waits for something that the page itself cannot tell."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        page.wait_for_timeout(40)


def names(page: Any, within: str = "#page") -> list[str]:
    """Of the tiles in view, as they come."""
    found = page.locator(f"{within} .tile:visible")
    return sorted(found.locator(".name").all_inner_texts())


def tiles(page: Any, number: int) -> None:
    """Waits until so many tiles are shown, all with their picture."""
    page.wait_for_function(
        """number => {
          const shown = [...document.querySelectorAll("#page .tile")].filter((tile) => tile.checkVisibility());
          const loaded = (image) => image.complete && image.naturalWidth > 1 && !image.classList.contains("waiting");
          return shown.length === number && shown.every((tile) => loaded(tile.querySelector("img")));
        }""",
        arg=number,
    )


def picture(page: Any, canvas: Any) -> np.ndarray:
    """The pixels of a canvas with nothing laid over it, once two looks at it agree."""
    page.wait_for_function("() => !document.querySelector('.over.waits, .toast')")
    before, now = None, _pixels(canvas)
    deadline = time.monotonic() + PATIENCE
    while before is None or not np.array_equal(before, now):
        assert time.monotonic() < deadline, "it does not come to rest"
        before, now = now, _pixels(canvas)
    return now


def _pixels(canvas: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(np.int16)


def drawn(pixels: np.ndarray) -> float:
    """The share of pixels that are not the ground."""
    return float((np.abs(pixels - pixels[8, 8]).max(axis=2) > 12).mean())


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """The share of pixels that are another colour now."""
    return float((np.abs(before - after).max(axis=2) > 12).mean())


def shows(page: Any, canvas: Any, least: float = 0.05) -> np.ndarray:
    """Waits for a surface on a canvas; its pixels."""
    until(page, lambda: drawn(_pixels(canvas)) > least)
    return picture(page, canvas)


def becomes(page: Any, canvas: Any, before: np.ndarray, least: float = 0.01) -> np.ndarray:
    """Waits until a canvas looks otherwise; its pixels."""
    until(page, lambda: changed(before, _pixels(canvas)) > least)
    return picture(page, canvas)


def faults(page: Any) -> list[str]:
    """What axe-core calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
