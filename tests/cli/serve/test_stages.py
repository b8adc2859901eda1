"""Surfaces, the map and the review in a browser, judged by what is on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.inrstore.tasks.crossmodal.words import Tower, head_by_hand

from .conftest import Look
from .pages import Site, becomes, changed, faults, names, picture, serving, shows, tiles, until


def test_a_shape_is_drawn_and_turns_with_the_pointer_and_the_keys(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('plate')}")
    canvas = page.locator(".stage.large canvas")
    before = shows(page, canvas)
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y + 40, steps=4)
    page.mouse.up()
    turned = becomes(page, canvas, before)
    page.get_by_role("button", name="Reset the view").click()
    again = becomes(page, canvas, turned)
    assert changed(before, again) < 0.001
    canvas.focus()
    page.keyboard.press("0")  # the view is as it was, and the frame of the focus is drawn
    again = picture(page, canvas)
    page.keyboard.press("ArrowLeft")
    becomes(page, canvas, again, 0.03)


@pytest.mark.slow
def test_heat_map_section_and_wires_change_what_is_drawn(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('egg')}")
    canvas = page.locator(".stage.large canvas")
    plain = shows(page, canvas)
    section = page.get_by_role("button", name="Section")
    section.click()
    half = becomes(page, canvas, plain)
    page.get_by_role("slider", name="Where the section is").fill("0.5")
    becomes(page, canvas, half)
    section.click()
    until(page, lambda: changed(plain, shows(page, canvas)) < 0.001)
    wires = page.get_by_role("button", name="Wires")
    wires.click()
    becomes(page, canvas, plain)
    wires.click()
    page.get_by_label("Shows").select_option("errors")
    page.locator(".viridis").wait_for()
    heat = becomes(page, canvas, plain)
    assert np.ptp(heat.astype(int), axis=2).max() > 60  # in colour
    assert "Distance to the source" in page.locator(".key").inner_text()
    page.get_by_label("Shows").select_option("source")
    becomes(page, canvas, heat)
    assert page.locator(".key").inner_text() == ""


def test_more_like_a_shape(site: Site, look: Look) -> None:
    page = look(site)
    page.locator(".tile", has_text="ball").hover()
    page.get_by_role("button", name="More like ball").click()
    page.locator("h1", has_text="Like ball").wait_for()
    tiles(page, 5)
    assert "ball" not in names(page) and page.locator(".tile .name").first.inner_text() in ("egg", "copy")
    shows(page, page.locator(".asked canvas"))


def test_two_shapes_are_compared_and_the_way_between_them_is_drawn(site: Site, look: Look) -> None:
    page = look(site)
    for name in ("ball", "plate"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Compare").click()
    page.locator("h1", has_text="2 shapes side by side").wait_for()
    canvases = page.locator("canvas").all()
    assert len(canvases) == 3
    ball, between, plate = (shows(page, canvas) for canvas in canvases)
    slider = page.get_by_role("slider", name="From ball to plate")
    slider.fill("1")
    page.get_by_text("100 %").wait_for()
    end = becomes(page, canvases[1], between)
    slider.fill("0")
    start = becomes(page, canvases[1], end)
    assert changed(start, ball) < changed(start, plate) and changed(end, plate) < changed(end, ball)
    canvases[0].focus()
    page.keyboard.press("ArrowUp")
    becomes(page, canvases[2], plate)  # they turn together


@pytest.mark.slow
def test_duplicates_are_found_decided_and_remembered(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site, "/review", but="status of 404")  # nothing has been looked for
        page.get_by_role("button", name="Find duplicates").click()
        pair = page.locator(".pair")
        pair.wait_for()
        assert sorted(page.locator(".group .name").all_inner_texts()) == ["copy", "egg"]
        same = page.get_by_role("button", name="Same", exact=True).first
        pair.get_by_role("button", name="Overlay").click()
        shows(page, page.locator("dialog canvas"))
        page.keyboard.press("Escape")
        pair.get_by_role("button", name="Same").click()
        page.locator(".toast", has_text="1 pair decided: same.").wait_for()
        page.reload()
        pair.wait_for()
        pressed = pair.locator("[aria-pressed=true]")
        assert pressed.all_inner_texts() == ["Same"] and same.is_visible()
        page.get_by_label("Undecided only").check()
        page.get_by_text("All is decided").wait_for()
        assert len(site.store) == 6


def test_proposed_labels_are_accepted_and_taken_back(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site, "/review", but="status of 404")
        page.get_by_role("tab", name="Proposed labels").click()
        page.get_by_label("At least").select_option("0.5")
        page.locator(".proposal", has_text="copy").get_by_role("button", name="Accept").click()
        page.locator(".toast", has_text="1 label accepted.").wait_for()
        assert site.store.shape(site.id("copy")).label == "round"
        page.get_by_role("button", name="Undo").click()
        page.locator(".proposal", has_text="copy").wait_for()
        assert site.store.shape(site.id("copy")).label is None


def test_a_list_of_words_is_proposed(own_store: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.towers.text_tower", lambda name: {"by hand": Tower()}[name])
    with serving(own_store) as site:
        keys, rows = site.store.embeddings()
        way = rows[np.searchsorted(keys, site.store.shape(site.id("copy")).key)] - rows.mean(axis=0)
        way /= np.square(way).sum()
        site.store.add_head(head_by_hand(site.store.encoder_id or "", slope=(40.0, -2.0), asked=np.stack([way] * 4)))
        page = look(site, "/review?show=labels", but="status of 40")
        page.get_by_label("By", exact=True).select_option("a list of words")
        page.get_by_label("Words, one a line").fill("bench: bench seat\n# no more")
        page.get_by_label("At least").select_option("0.8")  # what was typed stays, and is asked for
        page.locator(".proposal", has_text="copy").get_by_role("button", name="Accept").click()
        page.locator(".toast", has_text="1 label accepted.").wait_for()
        assert page.get_by_label("Words, one a line").input_value() == "bench: bench seat\n# no more"
        assert site.store.shape(site.id("copy")).label == "bench"
        page.get_by_label("Words, one a line").fill("chair\nchair")
        page.get_by_role("button", name="Propose", exact=True).click()
        page.get_by_text("'chair' is in line 1 already").wait_for()


@pytest.mark.usefixtures("in_a_row")
def test_the_map_is_drawn_and_opens_shapes(site: Site, look: Look) -> None:
    page = look(site, "/map")
    canvas = page.locator(".field canvas").first
    before = shows(page, canvas, 0.0002)
    page.locator(".entry", has_text="round").click()
    becomes(page, canvas, before, 0.0001)
    page.locator(".entry", has_text="round").click()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.keyboard.down("Shift")
    page.mouse.down()
    for x, y in ((1, 0), (1, 1), (0, 1), (0, 0)):
        page.mouse.move(box["x"] + 4 + x * (box["width"] - 8), box["y"] + 4 + y * (box["height"] - 8), steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.get_by_text("6 shapes selected").first.wait_for()


def rested(page: Any, path: str) -> None:
    """Waits for all that a page shows."""
    if path == "/":
        tiles(page, 6)
    elif path == "/review":
        page.locator(".notice").wait_for()
    elif path == "/map":
        page.locator(".entry").first.wait_for()
    else:
        shows(page, page.locator(".stage canvas").first)
    page.wait_for_load_state("networkidle")


@pytest.mark.slow
@pytest.mark.usefixtures("in_a_row")
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_pages_can_be_used_by_all(site: Site, look: Look, colours: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    a, b = site.id("ball"), site.id("plate")
    page = look(site, but="status of 404", color_scheme=colours)
    found = {}
    for path in ("/", f"/?like={a}", f"/shapes/{a}", f"/compare?id={a}&id={b}", "/map", "/review"):
        page.goto(site.url + path)
        rested(page, path)
        found[path] = faults(page)
    page.goto(site.url)
    page.get_by_role("checkbox", name="Select ball").check()
    page.locator("#bar").get_by_role("button", name="Tag").click()
    found["a dialog over the bar"] = faults(page)
    assert {path: said for path, said in found.items() if said} == {}
