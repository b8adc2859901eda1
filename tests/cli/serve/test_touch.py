"""The pages under fingers, on the screen of a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from .conftest import Look
from .pages import Site, becomes, changed, faults, picture, shows

PHONE = {"width": 390, "has_touch": True, "is_mobile": True}
Points = Sequence[tuple[float, float]]


def fingers(page: Any, *ways: Points) -> None:
    """Lays a finger down at the start of each way, moves all of them along, and lifts them."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, at: Points) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(at)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    first, *others = zip(*ways, strict=True)
    send("touchStart", first)
    for step in others:
        send("touchMove", step)
    send("touchEnd", [])


def pinch(page: Any, canvas: Any, start: float, end: float) -> None:
    """Two fingers on a canvas, from so many pixels from its middle to so many."""
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    apart = np.linspace(start, end, 6)
    fingers(page, [(x - far, y) for far in apart], [(x + far, y) for far in apart])


def blue(pixels: np.ndarray) -> float:
    """The share that the surface has."""
    return float((pixels[:, :, 2] - pixels[:, :, 0] > 40).mean())


def test_two_fingers_come_nearer_to_a_shape(site: Site, look: Look) -> None:
    page = look(site, f"/shapes/{site.id('egg')}", **PHONE)
    canvas = page.locator(".stage.large canvas")
    before = shows(page, canvas)
    pinch(page, canvas, 30, 75)
    near = becomes(page, canvas, before, 0.02)
    assert blue(near) > 1.3 * blue(before)
    assert page.evaluate("visualViewport.scale") == 1  # the shape alone
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers(page, [(x, y), (x + 20, y + 15), (x + 60, y + 30)])
    assert changed(near, picture(page, canvas)) > 0.005


@pytest.mark.usefixtures("in_a_row")
def test_the_map_is_at_home_on_a_phone(site: Site, look: Look) -> None:
    page = look(site, "/map", **PHONE)
    canvas = page.locator(".field canvas").first
    before = shows(page, canvas, 0.0002)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    box = canvas.bounding_box()
    assert box["width"] > 340 and box["height"] > 300
    pinch(page, canvas, 40, 120)
    becomes(page, canvas, before, 0.0005)
    page.get_by_role("button", name="Show all").tap()
    page.get_by_role("button", name="Lasso").tap()
    left, top, right, low = box["x"] + 6, box["y"] + 6, box["x"] + box["width"] - 6, box["y"] + box["height"] - 6
    around = [(left, top), (right, top), (right, low), (left, low), (left, top)]
    steps = [(x, y) for a, b in zip(around, around[1:], strict=False) for x, y in np.linspace(a, b, 4).tolist()]
    fingers(page, steps)
    page.get_by_text("6 shapes selected").first.wait_for()
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_opens_over_the_gallery_can_be_used_by_all(site: Site, look: Look, colours: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    page = look(site, "/?label=round&label=flat", color_scheme=colours)
    page.locator(".chip").nth(1).wait_for()
    page.locator(".facet[aria-pressed=true]").nth(1).wait_for()
    page.get_by_role("button", name="All shown").click()
    found = {"a menu and chips": faults(page)}
    page.get_by_role("menuitem", name="Train a classifier").click()
    found["training"] = faults(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="All shown").click()
    page.get_by_role("menuitem", name="Classify all").click()
    page.get_by_text("shapes classified.").wait_for()
    found["classified"] = faults(page)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 760})
    page.get_by_role("button", name="Filters").click()
    found["filters on a phone"] = faults(page)
    assert {state: said for state, said in found.items() if said} == {}
