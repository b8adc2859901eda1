"""The files of the pages: what is fetched at once, and what browsers keep."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from cli.serve.pages import FIRST, STATIC

from .conftest import Look
from .pages import Site, tiles

IMPORT = re.compile(r'^(?:import|export) .*?from "\./([\w.]+)"', re.MULTILINE)


def needed(name: str, found: set[str]) -> set[str]:
    """A module, and those that it cannot run without."""
    if name not in found:
        found.add(name)
        for other in IMPORT.findall((STATIC / "js" / name).read_text(encoding="utf-8")):
            needed(other, found)
    return found


def test_the_page_names_all_modules_that_the_gallery_needs() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'rel="modulepreload" href="/static/js/([\w.]+)"', page)
    assert named == sorted(needed("main.js", set()) - {"main.js"})
    assert not any("vendor" in (STATIC / "js" / name).read_text(encoding="utf-8") for name in named)


def test_files_are_kept_by_browsers_until_they_change(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-cache"
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', page.text)
    kept, plain = client.get(script), client.get("/static/js/main.js")
    assert kept.content == plain.content and re.fullmatch(r"/static/[0-9a-f]{12}/js/main\.js", script)
    assert "immutable" in kept.headers["Cache-Control"] and plain.headers["Cache-Control"] == "no-cache"
    other = client.get("/static/0123456789ab/js/main.js")  # of a page that is older than the server
    assert other.content == plain.content and other.headers["Cache-Control"] == "no-cache"
    assert client.get("/static/0123456789ab/../../app.py").status_code == 404


def test_the_first_shapes_are_asked_for_once_and_with_the_page(site: Site, look: Look) -> None:
    page = look(site, "/?q=egg")
    tiles(page, 1)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.removeprefix(site.url)))
    page.goto(site.url)
    tiles(page, 6)
    page.locator(".facet").first.wait_for()
    shapes = [url for url in asked if url.startswith("/api/v1/shapes?")]
    assert shapes == [FIRST] and not any("three" in url for url in asked)
    assert asked.index(FIRST) < next(place for place, url in enumerate(asked) if "/facets" in url)
    heads = page.request.get(site.url).headers, page.request.get(f"{site.url}/?q=egg").headers
    assert ["link" in one for one in heads] == [True, False]
