"""Pictures that ask in the gallery: dropped, pasted or chosen; what is shown of them, and the way back."""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import index
from inrstore.store import open_store
from tests import looks

from .conftest import Look
from .pages import Site, faults, names, serving, tiles, until

TAKEN = """([kind, name, type, data, text, into]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  if (text) carried.setData("text/plain", text);
  const how = { bubbles: true, cancelable: true };
  const event = kind === "drop" ? new DragEvent("drop", { ...how, dataTransfer: carried })
    : new ClipboardEvent("paste", { ...how, clipboardData: carried });
  document.querySelector(into).dispatchEvent(event);
}"""
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4' cy='4' r='3'/></svg>"


@pytest.fixture(scope="module")
def sighted(gallery_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose store has a small head for pictures."""
    place = tmp_path_factory.mktemp("sighted") / "shapes.store"
    shutil.copytree(gallery_store, place)
    store = open_store(place)
    store.add_head(looks.image_head(str(store.encoder_id), floor=-99, dim=store.encoder().dim))
    with pytest.MonkeyPatch.context() as patch:
        looks.fake_towers(patch)
        with serving(place) as site:
            yield site


@pytest.fixture
def block(tmp_path: Path) -> bytes:
    return looks.drawn(tmp_path / "block.png").read_bytes()


def noise() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def take(
    page: Any,
    data: bytes,
    name: str = "block.png",
    kind: str = "drop",
    text: str = "",
    into: str = "#page",
    mime: str = "image/png",
) -> None:
    page.evaluate(TAKEN, [kind, name, mime, base64.b64encode(data).decode(), text, into])


def due(site: Site, data: bytes) -> tuple[list[str], list[str]]:
    """Names and reasons, as the library has them."""
    hits = index.search_image(open_store(site.place), data, k=48).hits
    return [hit.shape.name for hit in hits if hit.shape], [hit.why[0].said for hit in hits]


def shown(page: Any) -> tuple[list[str], list[str]]:
    page.locator(".hits .tile").first.wait_for()
    return page.locator(".hits .name").all_text_contents(), page.locator(".hits .why").all_text_contents()


@pytest.mark.parametrize("how", ["dropped", "pasted", "chosen", "chosen as a file"])
def test_a_picture_asks(sighted: Site, look: Look, block: bytes, how: str) -> None:
    page = look(sighted)
    tiles(page, 6)
    name = "block.png"
    if how == "dropped":
        take(page, block)
    elif how == "pasted":
        take(page, block, "image.png", "paste")
        name = "pasted picture"
    else:
        with page.expect_file_chooser() as choosing:
            if how == "chosen":
                page.locator("#search").focus()
                page.keyboard.press("Tab")
                page.keyboard.press("Enter")
            else:
                page.get_by_role("button", name="Find by file").click()
        choosing.value.set_files({"name": name, "mimeType": "image/png", "buffer": block})
    page.locator("h1", has_text=f"Like {name}").wait_for()
    (own, why), (found, said) = due(sighted, block), shown(page)
    plain = [one.replace("\x1b", "\\x1b") for one in own]
    assert (found, said) == (plain, why) and len(found) == 6
    given = page.get_by_role("img", name=f"The picture that was asked with, {name}")
    assert given.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 64
    assert "6 shapes, most alike first · the object was cut out" in page.locator(".asked .told").inner_text()
    assert len(sighted.store) == 6


def test_there_is_a_way_back_and_on_and_a_reload_finds_the_picture(sighted: Site, look: Look, block: bytes) -> None:
    page = look(sighted, "/?q=egg")
    tiles(page, 1)
    take(page, block)
    first = shown(page)
    take(page, noise(), "noise.png")
    page.locator("h1", has_text="Like noise.png").wait_for()
    assert page.input_value("#search") == ""
    second = shown(page)
    assert first != second
    page.go_back()
    page.locator("h1", has_text="Like block.png").wait_for()
    assert shown(page) == first
    page.go_back()
    tiles(page, 1)
    assert page.input_value("#search") == "egg"
    page.go_forward()
    page.go_forward()
    page.locator("h1", has_text="Like noise.png").wait_for()
    page.reload()
    page.locator("h1", has_text="Like noise.png").wait_for()
    assert shown(page) == second
    page.get_by_role("button", name="Remove the picture").click()
    tiles(page, 6)
    assert page.url == f"{sighted.url}/" and page.locator(".given").count() == 0


def test_what_was_done_with_the_picture_is_said(sighted: Site, look: Look) -> None:
    page = look(sighted)
    take(page, noise(), "noise.png")
    page.get_by_text("a mask or a box").wait_for()
    assert "the whole picture was compared" in page.locator(".asked .told").inner_text()


@pytest.mark.parametrize(("name", "mime"), [("drawing.svg", "image/svg+xml"), ("cut.png", ""), ("text", "image/png")])
def test_what_is_refused_is_said_in_the_server_s_words(
    sighted: Site, look: Look, block: bytes, name: str, mime: str
) -> None:
    data = {"drawing.svg": SVG, "cut.png": block[:90], "text": b"hello"}[name]
    page = look(sighted, but="status of 422")
    tiles(page, 6)
    with page.expect_response(lambda answer: "/picture" in answer.url) as came:
        take(page, data, name, mime=mime)
    reason = came.value.json()["detail"]
    page.get_by_text("The picture was not taken").wait_for()
    assert reason.lower() in page.locator(".notice").inner_text().lower() and name in reason
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose another picture").click()
    choosing.value.set_files({"name": "block.png", "mimeType": "image/png", "buffer": block})
    page.locator("h1", has_text="Like block.png").wait_for()
    assert len(shown(page)[0]) == 6


@pytest.mark.parametrize(
    ("name", "mime", "route"),
    [
        ("egg.stl", "", "search"),
        ("egg.stl", "model/stl", "search"),
        ("plan.dxf", "image/vnd.dxf", "search"),
        ("scan.ply", "application/octet-stream", "search"),
        ("photo.JPG", "", "picture"),
        ("photo", "image/webp", "picture"),
        ("scan.tiff", "image/tiff", "picture"),
    ],
)
def test_shapes_and_pictures_are_told_apart(sighted: Site, look: Look, name: str, mime: str, route: str) -> None:
    page = look(sighted, but="status of 422")
    tiles(page, 6)
    refusal = {"type": "urn:inrstore:unreadable", "title": "Unreadable", "status": 422, "detail": "it is a test"}
    page.route("**/api/v1/search?*", lambda one: one.fulfill(status=422, json=refusal))
    page.route("**/api/v1/picture?*", lambda one: one.fulfill(status=422, json=refusal))
    with page.expect_request(lambda one: one.method == "POST") as came:
        take(page, b"data", name, mime=mime)
    assert f"/api/v1/{route}?" in came.value.url
    page.get_by_text("t is a test").first.wait_for()


def test_pasted_words_are_words(sighted: Site, look: Look, block: bytes) -> None:
    page = look(sighted)
    tiles(page, 6)
    take(page, block, "image.png", "paste", "egg", "#search")  # as word processors copy both
    page.wait_for_timeout(300)
    assert page.url == f"{sighted.url}/"
    take(page, block, "image.png", "paste", into="#search")
    page.locator("h1", has_text="Like pasted picture").wait_for()


def test_the_answer_of_a_picture_that_was_left_is_not_shown(sighted: Site, look: Look, block: bytes) -> None:
    page = look(sighted)
    tiles(page, 6)
    held: list[Any] = []
    gone: list[str] = []
    page.on("requestfailed", lambda one: gone.append(one.url))
    page.route("**/api/v1/picture?*", lambda route: held.append(route), times=1)
    take(page, block)
    until(page, lambda: held)
    take(page, noise(), "noise.png")
    page.locator("h1", has_text="Like noise.png").wait_for()
    assert shown(page) == due(sighted, noise()) or "\\x1b" in str(shown(page))
    assert any("/picture" in url for url in gone)


def test_a_picture_that_is_not_kept_any_more_is_asked_for_again(sighted: Site, look: Look) -> None:
    page = look(sighted, "/?picture=nothing")
    page.get_by_text("The picture is not here any more").wait_for()
    page.get_by_role("link", name="All shapes").click()
    tiles(page, 6)


def test_only_the_last_pictures_are_kept(sighted: Site, look: Look) -> None:
    page = look(sighted)
    source = page.locator("link[href$='/album.js']").get_attribute("href")
    kept = page.evaluate(
        """async (source) => {
          const album = await import(source);
          const names = [];
          for (let n = 0; n < album.KEPT + 2; n += 1) names.push(await album.keep(new File([`${n}`], `${n}.png`)));
          const base = await new Promise((resolve) => {
            indexedDB.open("inrstore").onsuccess = (event) => resolve(event.target.result);
          });
          const asked = base.transaction("pictures").objectStore("pictures").getAllKeys();
          return new Promise((resolve) => { asked.onsuccess = () => resolve([names, asked.result, album.KEPT]); });
        }""",
        source,
    )
    names, there, most = kept
    assert sorted(there) == sorted(names[-most:])


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_all_can_use_it_on_a_phone_too(sighted: Site, look: Look, block: bytes, colours: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    page = look(sighted, color_scheme=colours, width=390, has_touch=True, is_mobile=True, but="status of 422")
    tiles(page, 6)
    page.get_by_role("navigation", name="Queries to begin with").get_by_role("link").first.wait_for()
    found = {"examples": faults(page)}
    take(page, block)
    shown(page)
    found["picture"] = faults(page)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    take(page, SVG, "drawing.svg", mime="image/svg+xml")
    page.get_by_text("The picture was not taken").wait_for()
    found["refused"] = faults(page)
    page.goto(f"{sighted.url}/?q=egg+over+1+mm+under+20+m+obj")
    page.get_by_role("button", name="Take obj away").wait_for()
    found["chips"] = faults(page)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    assert names(page)
    assert {state: said for state, said in found.items() if said} == {}
