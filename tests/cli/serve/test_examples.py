"""Queries that an empty page offers: of the store's own words, each of which finds something."""

from __future__ import annotations

from pathlib import Path

import pytest

from inrstore.store import open_store

from .conftest import Look, Serve, api
from .pages import HOSTILE, Site, names, serving, tiles


@pytest.fixture
def wordless(own_store: Path) -> Path:
    """A store of which nothing is called anything."""
    store = open_store(own_store)
    store.label([shape for shape in store.shapes()], None)
    with store.catalog.write() as connection:
        connection.exec_driver_sql("UPDATE shapes SET name = '0' || key")
    return own_store


def test_they_are_the_store_s_own_words_and_find_something(own_store: Path, serve: Serve) -> None:
    store = open_store(own_store)
    store.tag([next(shape for shape in store.shapes() if shape.name == "egg")], {"use": "breakfast", "split": "train"})
    client = serve(own_store)
    queries = api(client, "/examples")["queries"]
    assert queries[:2] == ["flat", "round"] and "breakfast" in queries and "ball" in queries
    assert "train" not in queries and HOSTILE not in queries and 2 < len(queries) <= 6
    for query in queries:
        found = api(client, "/shapes", params={"q": query})
        assert found["total"] > 0 and found["understood"]["unknown"] == [], query
    store.label([shape for shape in store.shapes() if shape.label == "flat"], "tabletop")
    assert "tabletop" in api(client, "/examples")["queries"] and "flat" not in api(client, "/examples")["queries"]


def test_a_limit_is_offered_that_some_keep_and_others_do_not(own_store: Path, serve: Serve) -> None:
    client = serve(own_store)
    limited = [one for one in api(client, "/examples")["queries"] if " under " in one]
    for query in limited:
        label = query.split(" under ")[0]
        some = api(client, "/shapes", params={"q": query})["total"]
        assert 0 < some < api(client, "/shapes", params={"q": label})["total"]


def test_one_asks_by_a_click(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    row = page.get_by_role("navigation", name="Queries to begin with")
    row.get_by_role("link", name="flat", exact=True).click()
    tiles(page, 2)
    assert names(page) == ["plate", "tile ö"] and page.input_value("#search") == "flat"
    assert not row.is_visible()
    page.go_back()
    tiles(page, 6)
    row.get_by_role("link", name="round", exact=True).wait_for()
    page.locator(".facet", has_text="round").click()
    tiles(page, 2)
    assert not row.is_visible()


def test_a_store_without_words_offers_files_alone(wordless: Path, serve: Serve, look: Look) -> None:
    assert api(serve(wordless), "/examples") == {"queries": []}
    with serving(wordless) as site:
        page = look(site)
        tiles(page, 6)
        row = page.get_by_role("navigation", name="Queries to begin with")
        row.get_by_text("to find what is like it").wait_for()
        assert row.get_by_role("link").count() == 0
        with page.expect_file_chooser():
            row.get_by_role("button").click()


def test_an_empty_store_offers_nothing_that_fails(own_store: Path, serve: Serve) -> None:
    store = open_store(own_store)
    store.remove([shape.id for shape in store.shapes()])
    assert api(serve(own_store), "/examples") == {"queries": []}
