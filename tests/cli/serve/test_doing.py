"""What one does with shapes in a browser: tags, downloads, classifiers, filters of several values, files that ask."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import trimesh

from tests.cli.conftest import SHAPES

from .conftest import Look
from .pages import Site, names, picture, serving, shows, tiles, until


def pebble(*stretch: float) -> bytes:
    """A file that the store does not have: it is fitted, which takes a moment."""
    return bytes(SHAPES["round/ball"].copy().apply_scale(stretch).export(file_type="stl"))


def select(page: Any, *some: str) -> Any:
    """Selects shapes in the gallery; the bar."""
    for name in some:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    return page.locator("#bar")


def saved(page: Any, button: Any) -> bytes:
    """What a button brings to the disk."""
    with page.expect_download() as coming:
        button.click()
    return Path(coming.value.path()).read_bytes()


def ask_by_file(page: Any, name: str, data: bytes) -> None:
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Find by file").click()
    choosing.value.set_files({"name": name, "mimeType": "model/stl", "buffer": data})


def test_two_points_of_a_ball_are_as_far_apart_as_geometry_has_it(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('ball')}")
    canvas = page.locator(".stage.large canvas")
    shows(page, canvas)
    page.get_by_role("button", name="Measure").click()
    box = canvas.bounding_box()
    aside = box["height"] * 0.18
    for x in (-aside, aside):
        page.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2)
    said = page.locator("output", has_text="in the source's units")
    said.wait_for()
    shape = site.store.shape(site.id("ball"))
    radius, away = SHAPES["round/ball"].extents[0] / 2 / shape.scale, math.dist((0, 0, 0), (2, 1.3, 3.1))
    angle = math.atan(aside / (box["height"] / 2) * math.tan(math.radians(16)))
    far = away * math.cos(angle) - math.sqrt(radius**2 - (away * math.sin(angle)) ** 2)
    measured = float(re.sub("[^0-9.]", "", said.inner_text().split(" in ")[0]))
    assert measured == pytest.approx(2 * far * math.sin(angle) * shape.scale, rel=0.05)


def test_tags_are_given_and_taken_back(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site)
        select(page, "plate", "ball").get_by_role("button", name="Tag", exact=True).click()
        page.get_by_label("Tag", exact=True).last.fill("shelf")
        page.get_by_label("Value").fill("upper")
        page.keyboard.press("Enter")
        page.locator(".toast", has_text="Tags of 2 shapes changed.").wait_for()
        assert {shape.name for shape in site.store.shapes("shelf=upper")} == {"plate", "ball"}
        page.get_by_role("button", name="Undo").click()
        page.locator(".toast", has_text="It is as it was.").wait_for()
        assert [shape.name for shape in site.store.shapes() if "shelf" in shape.tags] == []


def test_a_shape_is_downloaded(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('ball')}")
    page.get_by_label("Format").select_option("stl")
    page.get_by_label("Resolution").last.select_option("64")
    data = saved(page, page.get_by_role("link", name="Download"))
    found = trimesh.load(io.BytesIO(data), file_type="stl")
    assert found.extents == pytest.approx(SHAPES["round/ball"].extents, rel=0.05)


def test_several_shapes_are_downloaded_in_one_file(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    bar = select(page, "ball", "plate")
    bar.get_by_role("button", name="Select all 6").wait_for()
    bar.get_by_role("button", name="Export").click()
    page.get_by_label("Format").select_option("obj")
    page.get_by_label("Resolution").select_option("64")
    data = saved(page, page.locator("dialog").get_by_role("button", name="Download"))
    page.locator("dialog").wait_for(state="detached")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert sorted(name.split("/")[-1].split(".")[0].split("-")[0] for name in archive.namelist()) == [
            "ball",
            "plate",
        ]
        assert all(name.endswith(".obj") for name in archive.namelist())


def test_all_that_is_shown_is_selected(site: Site, look: Look) -> None:
    page = look(site, "/?label=round")
    tiles(page, 2)
    page.get_by_role("button", name="All shown").click()
    page.get_by_role("menuitem", name="Select all 2").click()
    page.get_by_text("2 shapes selected").first.wait_for()
    assert page.locator("#bar").get_by_role("button", name="Select all").count() == 0


def test_what_is_selected_is_classified(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site)
        select(page, "copy").get_by_role("button", name="Classify").click()
        row = page.locator("dialog tbody tr")
        row.wait_for()
        assert row.locator("td").nth(0).inner_text() == "copy"
        assert re.fullmatch(r"round.*", row.locator("td").nth(1).inner_text(), re.DOTALL)
        unlike = row.locator(".mark").count()
        page.get_by_role("button", name="Keep these labels").click()
        page.locator("dialog").wait_for(state="detached")
        if not unlike:
            page.locator(".toast", has_text="1 shape labelled round.").wait_for()
        assert site.store.shape(site.id("copy")).label == (None if unlike else "round")


def test_all_that_is_shown_is_classified_and_counted(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    page.get_by_role("button", name="All shown").click()
    page.get_by_role("menuitem", name="Classify all 6").click()
    page.get_by_text("6 shapes classified.").wait_for()
    counts = page.locator("dialog td.figure").all_inner_texts()
    assert sum(map(int, counts)) == 6
    page.get_by_role("button", name="Select those that are round").click()
    page.get_by_text(re.compile(r"\d shapes? selected")).first.wait_for()


@pytest.mark.slow
def test_a_classifier_is_trained_from_what_is_shown(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site)
        tiles(page, 6)
        page.get_by_role("button", name="All shown").click()
        page.get_by_role("menuitem", name="Train a classifier").click()
        page.get_by_label("Name").fill("mine")
        page.keyboard.press("Enter")
        page.locator("h2", has_text="A classifier is trained").wait_for()
        assert re.search(r"it names \d+ % right", page.locator("dialog").inner_text())
        page.locator("dialog").get_by_role("button", name="Close").last.click()
        assert "mine" in {head.name for head in site.store.heads()}


def test_where_nothing_may_be_written_one_may_classify_but_not_train(site: Site, look: Look) -> None:
    with serving(site.place, read_only=True) as closed:
        page = look(closed)
        tiles(page, 6)
        page.get_by_role("button", name="All shown").click()
        offered = page.get_by_role("menuitem").all_inner_texts()
        assert offered == ["Select all 6", "Export all 6…", "Classify all 6…"]


def test_several_values_are_chosen_and_let_go(site: Site, look: Look) -> None:
    page = look(site)
    facet = page.locator(".facet")
    facet.filter(has_text="round").click()
    tiles(page, 2)
    facet.filter(has_text="no label").click()
    tiles(page, 3)
    assert names(page) == ["ball", "copy", "egg"]
    facet.filter(has_text="flat").get_by_text("2").wait_for()  # what could be chosen beside them
    page.reload()
    tiles(page, 3)
    chips = page.locator(".chip")
    assert chips.all_inner_texts() == ["round", "no label"]
    page.get_by_role("button", name="No more only round").click()
    tiles(page, 1)
    facet.filter(has_text="flat").click()
    tiles(page, 3)
    page.get_by_role("button", name="Clear all").click()
    tiles(page, 6)
    assert page.url == f"{site.url}/" and chips.count() == 0


def test_of_a_figure_one_range_is_chosen(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    ranges = page.locator(".facets section", has_text="Error of the network").locator(".facet")
    ranges.first.wait_for()
    counts = [int(one) for one in ranges.locator(".count").all_inner_texts()]
    assert sum(counts) == 6
    for place in {0, len(counts) - 1}:
        words = ranges.nth(place).locator("span").first.inner_text()
        ranges.nth(place).click()
        tiles(page, counts[place])
        assert page.locator(".chip").all_inner_texts() == [f"error {words}"]
    page.reload()
    tiles(page, counts[-1])
    page.locator(".chip").click()
    tiles(page, 6)


@pytest.mark.slow
def test_a_file_that_asks_tells_how_far_it_is(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    page.evaluate(
        """() => {
          window.told = [];
          const lines = () => [...document.querySelectorAll(".work .grow > span")];
          const watch = () => told.push(...lines().map((one) => one.textContent));
          new MutationObserver(watch).observe(
            document.getElementById("toasts"), { childList: true, subtree: true, characterData: true });
        }"""
    )
    ask_by_file(page, "my pebble.stl", pebble(1, 0.6, 0.8))
    page.locator("h1", has_text="Like my pebble.stl").wait_for()
    told = page.evaluate("told")
    assert told[0].startswith("Sending my pebble.stl")
    assert any(re.fullmatch(r"Fitting \d+ of \d+", one) for one in told), told
    assert any(one.startswith("Searching") for one in told), told
    assert page.locator(".work").count() == 0


@pytest.mark.slow
def test_a_file_that_asks_is_taken_back(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    failed: list[str] = []
    page.on("requestfailed", lambda asked: failed.append(asked.url))
    ask_by_file(page, "another.stl", pebble(1, 0.5, 0.7))
    page.get_by_role("button", name="Cancel").dispatch_event("click")
    page.locator(".work").wait_for(state="detached")
    until(page, lambda: any("/search" in url for url in failed))
    assert page.url == f"{site.url}/" and page.locator(".toast").count() == 0


@pytest.mark.slow
def test_a_file_that_asked_is_stored_as_well(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site)
        ask_by_file(page, "new.stl", pebble(1, 1, 0.4))
        page.get_by_role("button", name="Store it as well").click()
        page.locator(".toast", has_text="new.stl is stored.").wait_for()
        assert "new" in {shape.name for shape in site.store.shapes()}


@pytest.mark.slow
def test_duplicates_of_a_shape_are_looked_for_and_decided_on_its_page(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        egg, copy = site.id("egg"), site.id("copy")
        page = look(site, f"/shapes/{egg}")
        part = page.locator(".copies")
        part.get_by_role("button", name="Look for duplicates").click()
        pair = part.locator(".pair", has_text="copy")
        pair.wait_for()
        assert pair.locator("p").inner_text()
        pair.get_by_role("button", name="Overlay").click()
        shows(page, page.locator("dialog canvas"))
        page.keyboard.press("Escape")
        pair.get_by_role("button", name="Same").click()
        page.locator(".toast", has_text="1 pair decided: same.").wait_for()
        page.goto(f"{site.url}/shapes/{copy}")
        other = page.locator(".copies .pair", has_text="egg")
        other.wait_for()
        assert other.locator("[aria-pressed=true]").all_inner_texts() == ["Same"]


@pytest.mark.slow
def test_the_decoder_draws_a_shape_or_it_is_said_why_not(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('ball')}", but="status of 409")
    canvas = page.locator(".stage.large canvas")
    shows(page, canvas)
    page.get_by_label("Resolution").first.select_option("32")
    with page.expect_response(lambda answer: "via=decoder" in answer.url) as came:
        page.get_by_label("Shows").select_option("decoder")
    if came.value.ok:
        picture(page, canvas)
    page.get_by_label("Shows").select_option("surface")
    shows(page, canvas)
    why = {
        "type": "urn:inrstore:no-decoder",
        "title": "No decoder",
        "status": 409,
        "detail": "this store has no decoder",
    }
    page.route(re.compile("via=decoder"), lambda route: route.fulfill(status=409, json=why))
    page.get_by_label("Shows").select_option("decoder")
    page.get_by_text("This store has no decoder.").wait_for()
    page.get_by_label("Shows").select_option("surface")
    page.locator(".stage.large .told").wait_for(state="detached")
