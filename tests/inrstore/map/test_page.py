"""The page of a map: what is in it, and what a browser makes of it."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inrstore.errors import BadInput
from inrstore.map import draw_map, page
from inrstore.store import Store
from tests.browser import browser_page
from tests.shapes import digest, new_shape

AT = np.linspace(0, 1, 10, dtype=np.float32)


@pytest.fixture
def mapped(store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Ten shapes in a row from the lower left to the upper right: five chairs, four lamps, and one without a label."""
    store.commit([new_shape(tiny_model, number) for number in range(10)])
    store.relabel({digest(n): "chair" if n < 5 else "</script><lamp>" if n < 9 else None for n in range(10)})
    image = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(image, "webp")
    store.add_thumbnails({digest(number): image.getvalue() for number in range(0, 10, 2)})
    order = {int(store.shape(digest(number)).key): number for number in range(10)}
    keys = store.embeddings()[0]

    def in_a_row(matrix: np.ndarray, **_: Any) -> np.ndarray:
        shown = keys if len(matrix) == 10 else keys[[store.shape(int(k)).label == "chair" for k in keys]]
        return np.stack([AT[[order[int(key)] for key in shown]]] * 2, axis=1)

    monkeypatch.setattr(page, "places", in_a_row)
    return store


def read(path: Path) -> dict[str, Any]:
    found = re.search(r"const data = (.*);\n", path.read_text("utf-8"))
    assert found
    return json.loads(found[1])


def test_a_page_has_every_shape_with_its_place_and_picture(mapped: Store, tmp_path: Path) -> None:
    assert draw_map(mapped, tmp_path / "map.html") == 10
    data = read(tmp_path / "map.html")
    items = {item["id"]: item for item in data["shapes"]}
    assert data["by"] == "label" and len(items) == 10
    for number in range(10):
        item, shape = items[digest(number)], mapped.shape(digest(number))
        assert (item["x"], item["y"]) == pytest.approx((AT[number], AT[number]), abs=1e-4)
        assert item.get("label") == shape.label and item.get("sources", []) == list(shape.sources)
        kept = mapped.thumbnail(digest(number))
        assert ("picture" in item) == (kept is not None)
        assert kept is None or base64.b64decode(item["picture"]) == kept
    draw_map(mapped, tmp_path / "few.html", pictures=0, where=["label=chair"])
    few = read(tmp_path / "few.html")["shapes"]
    assert len(few) == 5 and not any("picture" in item for item in few)


def test_only_a_page_is_written(mapped: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"map\.png.*\.html"):
        draw_map(mapped, tmp_path / "map.png")
    assert not list(tmp_path.glob("map*"))


def test_in_a_browser_words_labels_and_the_pointer_find_shapes(mapped: Store, tmp_path: Path) -> None:
    draw_map(mapped, tmp_path / "map.html")
    with browser_page() as (view, complaints):
        view.goto((tmp_path / "map.html").as_uri())
        found, card = view.locator("#found"), view.locator("#card")
        assert found.inner_text() == "10 of 10 shapes" and not card.is_visible()
        assert view.locator("#labels span").all_inner_texts() == ["chair", "</script><lamp>", "no label"]
        view.fill("#words", digest(3)[:20])
        assert found.inner_text() == "1 of 10 shapes"
        view.fill("#words", "lamp")
        assert found.inner_text() == "4 of 10 shapes"
        view.fill("#words", "")
        view.locator("#labels button").first.click()
        assert found.inner_text() == "5 of 10 shapes"
        view.locator("#labels button").first.click()

        width, height = view.locator("canvas").evaluate("c => [c.clientWidth, c.clientHeight]")
        away = 0.9 * height * (float(AT[6]) - 0.5)
        middle = width / 2 + away, height / 2 - away
        view.mouse.move(*middle)
        assert card.is_visible() and digest(6)[:12] in card.inner_text() and "</script><lamp>" in card.inner_text()
        assert card.locator("img").evaluate("i => i.decode().then(() => i.naturalWidth)") == 8
        view.mouse.move(5, 5)
        assert not card.is_visible()
        view.mouse.click(*middle)
        view.mouse.move(5, 5)
        assert card.is_visible()  # it is kept
        view.mouse.move(*middle)
        view.mouse.wheel(0, -800)
        view.wait_for_function("view.scale > 2")
        assert view.evaluate("place(kept)") == pytest.approx(middle, abs=3)  # what is under the pointer stays there
        view.keyboard.press("Escape")
        assert not card.is_visible()
        assert complaints == []
