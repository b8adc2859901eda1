"""The gallery in a browser: finding, keys, words, colours, and who may do what."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.cli.conftest import SHAPES

from .conftest import Look
from .pages import SHOWN, Site, names, serving, shows, tiles

ALL = sorted(["ball", "egg", "plate", "tile ö", "copy", SHOWN])
EGG = SHAPES["round/egg"].copy().apply_scale(3.0).export(file_type="stl")


def test_all_shapes_are_shown_with_their_pictures(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    assert names(page) == ALL and page.locator("h1").inner_text() == "6 shapes"
    assert page.title() == "inrstore" and page.locator(".brand").inner_text() == site.place.name


def test_words_narrow_what_is_shown_and_the_address_keeps_them(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    page.fill("#search", "round egg")
    tiles(page, 1)
    assert names(page) == ["egg"] and page.url == f"{site.url}/?q=round+egg"
    page.reload()
    tiles(page, 1)
    assert names(page) == ["egg"] and page.input_value("#search") == "round egg"
    page.fill("#search", "nothing of this name")
    page.get_by_text("Nothing is called so").wait_for()
    page.get_by_role("button", name="Show all shapes").click()
    tiles(page, 6)
    assert page.url == f"{site.url}/" and page.input_value("#search") == ""


def test_a_facet_narrows_what_is_shown(site: Site, look: Look) -> None:
    page = look(site)
    page.locator(".facet", has_text="round").click()
    tiles(page, 2)
    assert names(page) == ["ball", "egg"] and "label=round" in page.url
    page.reload()
    tiles(page, 2)
    page.get_by_role("button", name="No more only round").click()
    tiles(page, 6)
    page.locator(".facet", has_text="no label").click()
    tiles(page, 1)
    assert names(page) == ["copy"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_a_file_finds_what_is_like_it(site: Site, look: Look, how: str) -> None:
    page = look(site)
    tiles(page, 6)
    if how == "chosen":
        with page.expect_file_chooser() as choosing:
            page.get_by_role("button", name="Find by file").click()
        choosing.value.set_files({"name": "my <b>egg.stl", "mimeType": "model/stl", "buffer": EGG})
    else:
        carried = page.evaluate_handle(
            """text => {
              const carried = new DataTransfer();
              const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
              carried.items.add(new File([bytes], "my <b>egg.stl"));
              return carried;
            }""",
            base64.b64encode(EGG).decode(),
        )
        page.dispatch_event("#page", "dragenter", {"dataTransfer": carried})
        page.get_by_text("Drop a shape or a picture to find what is like it").wait_for()
        page.dispatch_event("#page", "drop", {"dataTransfer": carried})
    page.locator("h1", has_text="Like my <b>egg.stl").wait_for()
    tiles(page, 6)
    first = page.locator(".tile").first
    assert first.locator(".name").inner_text() in ("egg", "copy")
    labels = page.locator(".tile .about").all_inner_texts()
    assert "round" in next(one for one in labels if "no label" not in one)
    assert not page.locator("#drop").is_visible() and not page.locator("#toasts .work").count()
    shows(page, page.locator(".asked canvas"))
    assert len(site.store) == 6


def test_a_file_that_is_no_shape_is_refused_in_words(site: Site, look: Look) -> None:
    page = look(site, but="status of 422")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Find by file").click()
    choosing.value.set_files({"name": "no.obj", "mimeType": "model/obj", "buffer": b"v 0 0 0\n"})
    said = page.locator(".toast.bad")
    said.wait_for()
    assert said.inner_text().startswith("no.obj: ") and page.url == f"{site.url}/"


def test_keys_do_all_that_the_pointer_does(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "search"
    focused = "document.activeElement.querySelector('.name')?.textContent"
    order = [page.locator(f".tile[aria-posinset='{place}'] .name").inner_text() for place in range(1, 7)]
    page.locator(".tile[aria-posinset='1'] a").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == order[1]
    page.keyboard.press("End")
    assert page.evaluate(focused) == order[-1]
    page.keyboard.press("x")
    page.get_by_text("1 shape selected").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("#bar").wait_for(state="hidden")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate(focused) == order[-1]  # where one was
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.locator("h1", has_text=order[0]).wait_for()
    assert re.fullmatch(re.escape(site.url) + "/shapes/[0-9a-f]{64}", page.url)
    page.keyboard.press("Escape")
    tiles(page, 6)
    assert page.url == f"{site.url}/"


def test_labels_are_given_and_taken_back(own_store: Path, look: Look) -> None:
    with serving(own_store) as site:
        page = look(site)
        page.get_by_role("checkbox", name="Select plate").check()
        page.get_by_role("checkbox", name="Select ball").check()
        page.locator("#bar").get_by_role("button", name="Label", exact=True).click()
        page.get_by_role("textbox", name="Label").or_(page.get_by_role("combobox", name="Label")).fill("thing")
        page.keyboard.press("Enter")
        page.locator(".toast", has_text="2 shapes labelled thing.").wait_for()
        labels = {shape.name: shape.label for shape in site.store.shapes()}
        assert (labels["plate"], labels["ball"], labels["egg"]) == ("thing", "thing", "round")
        assert page.locator(".tile", has_text="plate").locator(".about").inner_text() == "thing"
        page.locator(".facet", has_text="thing").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.locator(".toast", has_text="It is as it was.").wait_for()
        labels = {shape.name: shape.label for shape in site.store.shapes()}
        assert (labels["plate"], labels["ball"]) == ("flat", "round")
        assert page.locator(".tile", has_text="plate").locator(".about").inner_text() == "flat"
        page.locator(".facet", has_text="thing").wait_for(state="detached")


def test_hostile_names_are_shown_as_text(site: Site, look: Look) -> None:
    page = look(site)
    dialogs: list[str] = []
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    tiles(page, 6)
    page.locator(".facet", has_text=SHOWN).wait_for()
    tile = page.locator(".tile", has_text="<img")
    assert (tile.locator(".name").inner_text(), tile.locator(".about").inner_text()) == (SHOWN, SHOWN)
    tile.locator("input").check()
    tile.locator("a").click()
    page.locator("h1").wait_for()
    assert page.locator("h1").inner_text() == SHOWN == page.locator(".label").inner_text()
    page.locator(".near .tile").first.wait_for()
    assert SHOWN in page.locator(".sources").inner_text()
    assert page.evaluate("[...document.images].every((image) => !image.src.endsWith('/x') && !image.onerror)")
    assert "\x1b" not in page.evaluate("document.body.innerText") + page.title() and dialogs == []


def test_where_nothing_may_be_written_nothing_offers_it(site: Site, look: Look) -> None:
    offers = ("Label", "Tag", "Change", "Add", "Find duplicates", "Accept all")
    with serving(site.place, read_only=True) as closed:
        seen = {}
        for at in (site, closed):
            page = look(at, but="status of 404")
            page.get_by_role("checkbox", name="Select ball").check()
            page.locator("#bar").get_by_role("button", name="Export").wait_for()
            found = page.get_by_role("button").all_inner_texts()
            page.goto(f"{at.url}/shapes/{at.id('ball')}")
            page.locator(".facts").first.wait_for()
            found += page.get_by_role("button").all_inner_texts()
            page.goto(f"{at.url}/review")
            page.get_by_text("Nothing has been compared yet").wait_for()
            found += page.get_by_role("button").all_inner_texts()
            seen[at.url] = [one for one in offers if one in found]
    assert seen == {site.url: ["Label", "Tag", "Change", "Add", "Find duplicates"], closed.url: []}


def test_the_token_lets_one_in(gallery_store: Path, look: Look) -> None:
    with serving(gallery_store, token="let me in") as site:
        page = look(site, but="status of 401")
        token = page.get_by_label("Token", exact=True)
        token.fill("let me out")
        page.keyboard.press("Enter")
        page.get_by_text("This is not the token.").wait_for()
        assert set(names(page)) <= {""}  # tiles without shapes
        token.fill("let me in")
        page.keyboard.press("Enter")
        tiles(page, 6)
        page.reload()  # it is remembered
        tiles(page, 6)
        assert page.locator("dialog").count() == 0


@pytest.mark.parametrize("system", ["light", "dark"])
def test_colours_follow_the_system_until_one_is_chosen(site: Site, look: Look, system: str) -> None:
    page = look(site, color_scheme=system)
    tiles(page, 6)

    def dark() -> bool:
        return page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.slice(4)) < 128")

    assert dark() == (system == "dark")
    toggle = page.get_by_role("button", name="Colours")
    other = "light" if system == "dark" else "dark"
    while toggle.get_attribute("aria-label") != f"Colours: {other}":
        toggle.click()
    assert dark() == (other == "dark")
    page.reload()
    tiles(page, 6)
    assert dark() == (other == "dark")
    while toggle.get_attribute("aria-label") != "Colours: as the system":
        toggle.click()
    assert dark() == (system == "dark")


@pytest.mark.parametrize(
    "path", ["/", "/?like={ball}", "/shapes/{hostile}", "/compare?id={ball}&id={hostile}", "/review"]
)
def test_on_a_phone_nothing_is_wider_than_the_screen(site: Site, look: Look, path: str) -> None:
    ids = {"ball": site.id("ball"), "hostile": next(shape.id for shape in site.store.shapes() if "<img" in shape.name)}
    page = look(site, path.format(**ids), but="status of 404", width=390, has_touch=True, is_mobile=True)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    if path == "/":
        page.get_by_role("checkbox", name="Select ball").check()
        bar = page.locator("#bar").bounding_box()
        assert bar["x"] >= 0 and bar["x"] + bar["width"] <= 390
        page.get_by_role("button", name="Filters").click()
        page.locator(".facet", has_text="round").click()
        tiles(page, 2)
        assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
