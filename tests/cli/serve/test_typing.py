"""Words as they are typed into the gallery: limits as chips, few questions, and never an older answer."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from inrstore.limits import limited

from .conftest import Look
from .pages import Site, names, tiles, until

TEXTS = (
    "egg over 1 mm",
    "between 1 and  2 cm, chair STL",
    '"under 5 mm" bolt under 5 mm',
    "part.stl stl .stl files",
    "M6 bolts  since 2026-11-01 at least 2 inches 3mf",
    "unlabelled point clouds added this week",
    "größer stl Ünder under 5 mm",
    "stl",
    "<= 5 mm egg",
)


def test_a_limit_is_a_chip_that_takes_its_words_away(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    page.fill("#search", "egg  over 1 mm under 2 m obj")
    chips = page.get_by_role("group", name="Limits that were understood").get_by_role("button")
    chips.nth(2).wait_for()
    assert [one.split("\n") for one in chips.all_inner_texts()] == [
        ["over 1 mm", "size>1"],
        ["under 2 m", "size<2000"],
        ["obj", "source=*.obj|*.OBJ"],
    ]
    page.get_by_role("button", name="Take under 2 m away").press("Enter")
    until(page, lambda: chips.count() == 2)
    assert page.input_value("#search") == "egg over 1 mm obj" and "q=egg+over+1+mm+obj" in page.url
    assert page.evaluate("document.activeElement.id") == "search"
    for name in ("Take over 1 mm away", "Take obj away"):
        page.get_by_role("button", name=name).click()
    until(page, lambda: chips.count() == 0)
    tiles(page, 1)
    assert names(page) == ["egg"] and page.url.endswith("/?q=egg")
    page.reload()
    tiles(page, 1)


def test_the_page_takes_away_what_the_grammar_took(site: Site, look: Look) -> None:
    page = look(site)
    source = page.locator("link[href$='/limits.js']").get_attribute("href")
    less = "async ([source, text, words]) => (await import(source)).without(text, words)"
    for text in TEXTS:
        before = limited(text)
        assert before.limits
        for said in {one.said for one in before.limits}:
            after = limited(page.evaluate(less, [source, text, said]))
            assert after.text == before.text, (text, said)
            assert after.limits == tuple(one for one in before.limits if one.said != said), (text, said)


def test_letters_that_come_fast_are_one_question(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    asked: list[str] = []
    page.on("request", lambda one: "/shapes?" in one.url and asked.append(one.url))
    page.locator("#search").press_sequentially("egg", delay=20)
    page.keyboard.press("Enter")  # asks at once, and the pause that ends later asks nothing more
    tiles(page, 1)
    page.wait_for_timeout(400)
    assert len(asked) == 1 and "q=egg" in asked[0]


def hold(page: Any, address: str) -> list[Any]:
    """The questions at an address, which are answered only when the test says so."""
    held: list[Any] = []
    page.route(address, lambda route: held.append(route))
    return held


def answered_late(route: Any, **answer: Any) -> None:
    """What the browser has given up already needs no answer."""
    with suppress(Exception):
        route.fulfill(**answer)


def test_an_older_answer_never_takes_the_place_of_a_newer_one(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    gone: list[str] = []
    page.on("requestfailed", lambda one: gone.append(one.url))
    older = page.request.get(f"{site.url}/api/v1/shapes?q=plate").json()
    held = hold(page, "**/api/v1/shapes?q=plate*")
    page.fill("#search", "plate")
    until(page, lambda: held)
    page.fill("#search", "egg")
    tiles(page, 1)
    until(page, lambda: any("q=plate" in url for url in gone))
    answered_late(held[0], json=older)
    page.wait_for_timeout(500)
    assert names(page) == ["egg"] and page.locator("h1.total").inner_text() == "1 shape"


def test_what_means_the_same_is_not_shown_for_older_words(site: Site, look: Look) -> None:
    page = look(site)
    tiles(page, 6)
    older = page.request.get(f"{site.url}/api/v1/text?q=plate").json()
    held = hold(page, "**/api/v1/text?q=ball*")
    page.fill("#search", "ball")
    until(page, lambda: held)
    page.fill("#search", "egg")
    tiles(page, 1)
    answered_late(held[0], json=older)
    page.wait_for_timeout(500)
    assert "plate" not in names(page)
