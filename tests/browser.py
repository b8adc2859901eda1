"""A real browser, headless: Chromium where it is installed, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""WebGL drawn by the processor."""
VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`against the policy ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`))"""
OF_THE_DRIVER = "GL Driver Message"
"""In warnings that reading pixels back is slow, which here only the tests do."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if found is None:
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=[*QUIET, *WEBGL])
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Any, origin: str = "file:", **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page with storage of its own, and what it complains of.

    That is what it writes to its console, its errors, what its policy forbids, and requests that leave its origin.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    at_home = (f"{origin}/", f"blob:{origin}/", "data:") if origin != "file:" else ("file:", "data:")

    def said(message: Any) -> None:
        if OF_THE_DRIVER not in message.text:
            complaints.append(message.text)

    page.add_init_script(VIOLATIONS)
    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(at_home) else complaints.append(asked.url))
    try:
        yield page, complaints
    finally:
        context.close()


@contextmanager
def browser_page(width: int = 1_100, height: int = 760) -> Iterator[tuple[Any, list[str]]]:
    """A page of so many pixels in a browser of its own, and what it complains of."""
    with chromium() as browser, page_of(browser, viewport={"width": width, "height": height}) as page:
        yield page
