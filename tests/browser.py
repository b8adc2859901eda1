"""A real browser, headless: Chromium where it is installed, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


@contextmanager
def browser_page(width: int = 1_100, height: int = 760) -> Iterator[tuple[Any, list[str]]]:
    """A page of so many pixels, and what it complains of. Skips the test where there is no browser."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if found is None:
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=QUIET)
        page = browser.new_page(viewport={"width": width, "height": height})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url[:5] in ("file:", "data:") else complaints.append(asked.url))
        yield page, complaints
        browser.close()
