"""Pictures compared with the views that a store has, exactly as the products say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from inrstore.errors import BadInput, MissingDependency
from inrstore.model.encoders import EncoderPart
from inrstore.model.encoders import views as module
from inrstore.model.encoders.views import ViewsEncoder
from inrstore.pictures.intake import take
from inrstore.store import Store, open_store
from inrstore.towers.squeeze import Squeeze
from tests import looks
from tests.shapes import key_of, new_shape

KEPT = 4


@pytest.fixture
def viewed(bare: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Twenty shapes with views, but no head."""
    monkeypatch.setattr(module, "image_tower", lambda name: looks.FakeImage())
    use(bare, floor=0.1)
    give(bare, bare.keys())
    return bare


def use(store: Store, floor: float, tower_id: str = looks.TOWER_ID) -> str:
    rng = np.random.default_rng(3)
    squeeze = Squeeze(rng.random(looks.WIDE).astype(np.float32), rng.normal(size=(looks.WIDE, KEPT)).astype(np.float32))
    encoder = ViewsEncoder(store.base().siren, "fake", tower_id, looks.WIDE, squeeze, floor)
    part = EncoderPart.of("views", encoder, store.base())
    store.use_beside(part)
    return part.id


def give(store: Store, keys: Any, seed: int = 0) -> None:
    rows = np.random.default_rng(seed).normal(size=(len(keys), KEPT)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    store.set_embeddings(keys, rows, encoder=str(store.beside("views")))


def by_hand(store: Store, *paths: Path) -> dict[str, float]:
    """Cosine by name, best first."""
    part = store.encoder(str(store.beside("views")))
    given = {name: np.asarray(value, np.float64) for name, value in part.tensors.items()}
    seen = looks.FakeImage().encode([take(path).square(32) for path in paths])
    rows = (seen - given["squeeze.middle"]) @ given["squeeze.directions"]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    keys, matrix = store.embeddings(encoder=part.id)
    shapes = store.shapes_by_key(keys.tolist())
    found = {shapes[key].name: float(row @ query) for key, row in zip(keys.tolist(), matrix, strict=True)}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def names(found: index.Result) -> list[str]:
    return [hit.shape.name for hit in found.hits if hit.shape]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return looks.drawn(tmp_path / "block.png")


def test_a_picture_finds_the_views_that_are_like_it(viewed: Store, picture: Path, tmp_path: Path) -> None:
    near = by_hand(viewed, picture)
    found = index.search_image(viewed, picture, k=30)
    due = [name for name, one in near.items() if one >= 0.1]
    assert names(found) == due and 2 < len(due) < 18
    assert [hit.score for hit in found.hits] == pytest.approx([near[name] for name in due], abs=1e-4)
    assert found.by == "views" and found.to_dict()["by"] == "views" and found.notes == ()
    best = found.hits[0]
    assert (best.why[0].by, best.why[0].said) == ("views", f"its views look like the picture ({best.score:.2f})")
    assert names(index.search_image(viewed, picture, k=2, skip=1)) == due[1:3]
    assert names(index.search_image(viewed, picture, k=30, threshold=-1)) == list(near)
    odd = [name for name in near if name in ("p0001", "p0003", "p0005", "p0007")]
    assert names(index.search_image(viewed, picture, k=30, threshold=-1, where="label=odd")) == odd
    other = looks.drawn(tmp_path / "other.png", (20, 20, 240))
    both = index.search_image(viewed, [picture, other], k=30, threshold=-1)
    assert names(both) == list(by_hand(viewed, picture, other))


def test_views_follow_the_store(viewed: Store, picture: Path, tiny_model: Any) -> None:
    index.search_image(viewed, picture)
    elsewhere = open_store(viewed.url)
    first = next(iter(by_hand(viewed, picture)))
    elsewhere.remove([next(iter(viewed.shapes(f"name={first}"))).key])
    elsewhere.commit([new_shape(tiny_model, 50, name="new")])
    found = index.search_image(viewed, picture, k=30, threshold=-1)
    assert first not in names(found) and "new" not in names(found) and len(found.hits) == 19
    assert found.notes == ("shapes without views: 1; run 'inrstore encode --views'",)
    give(elsewhere, np.array([key_of(viewed, 50)]), seed=5)
    give(elsewhere, np.array([key_of(viewed, 3)]), seed=6)  # anew
    found = index.search_image(viewed, picture, k=30, threshold=-1)
    assert names(found) == list(by_hand(viewed, picture)) and len(found.hits) == 20 and found.notes == ()
    use(elsewhere, floor=-1)  # another encoder, of which there is nothing yet
    found = index.search_image(viewed, picture)
    assert found.hits == [] and found.notes[-1].startswith("shapes without views: 20")
    use(elsewhere, floor=0.1)
    assert len(index.search_image(viewed, picture, k=30, threshold=-1).hits) == 20  # those of before


def test_what_is_compared_can_be_chosen(seen: Store, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no views of its shapes; make them: 'inrstore encode --views'"):
        index.search_image(seen, picture, by="views")
    with pytest.raises(BadInput, match="'words' is neither 'views' nor 'shape'"):
        index.search_image(seen, picture, by="words")
    alone = index.search_image(seen, picture, k=30, threshold=-99)
    assert alone.by == "shape" and "inrstore encode --views" in alone.notes[-1]
    monkeypatch.setattr(module, "image_tower", lambda name: looks.FakeImage())
    use(seen, floor=-1)
    give(seen, seen.keys())
    assert names(index.search_image(seen, picture, k=30)) == list(by_hand(seen, picture))
    shape = index.search_image(seen, picture, k=30, threshold=-99, by="shape")
    assert names(shape) == names(alone) != list(by_hand(seen, picture)) and shape.notes == ()


@pytest.mark.parametrize("least", [None, 0.99])
def test_nothing_may_be_like_it(viewed: Store, picture: Path, least: float | None) -> None:
    use(viewed, floor=2.0)
    give(viewed, viewed.keys())
    found = index.search_image(viewed, picture, threshold=least)
    assert found.hits == [] and "nothing here is like that" in found.said()


def test_words_are_compared_with_views_that_know_words(viewed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="read by fake, which knows no words; with a tower that does"):
        index.search_text(viewed, "wheels", by="views")
    monkeypatch.setattr("index.looks.views.text_tower", lambda name: looks.texts())
    clip = ViewsEncoder(viewed.base().siren, "open_clip:X/y", looks.TOWER_ID, looks.WIDE)
    viewed.use_beside(EncoderPart.of("clip", clip, viewed.base()))
    rows = np.random.default_rng(4).normal(size=(20, looks.WIDE)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    viewed.set_embeddings(viewed.keys(), rows, encoder=str(viewed.beside("views")))
    near = rows @ looks.texts().encode(["wheels"])[0]
    shapes = viewed.shapes_by_key(viewed.keys().tolist())
    due = [shapes[key].name for key in viewed.keys()[np.argsort(-near)].tolist()]
    found = index.search_text(viewed, "wheels", by="views", k=20)
    assert names(found) == due
    assert (found.hits[0].why[0].by, found.hits[0].why[0].said) == (
        "views",
        f"its views look like it ({near.max():.2f})",
    )
    odd = index.search_text(viewed, "wheels", by="views", where="label=odd", k=20)
    assert names(odd) == [name for name in due if name in ("p0001", "p0003", "p0005", "p0007")]
    both = index.search_text(viewed, due[-1], by=("words", "views"), k=20)
    assert names(both)[0] == due[-1] and len(both.hits) == 20


def test_another_tower_than_there_was_is_said(viewed: Store, picture: Path) -> None:
    use(viewed, floor=0.0, tower_id="u" * 64)
    with pytest.raises(MissingDependency, match="inrstore encode --views --tower fake"):
        index.search_image(viewed, picture)


def test_views_without_any_shape(tmp_path: Path, tiny_model: Any, picture: Path, monkeypatch: Any) -> None:
    from inrstore.store import init_store

    monkeypatch.setattr(module, "image_tower", lambda name: looks.FakeImage())
    empty: Callable[..., Store] = init_store
    store = empty(tmp_path / "empty.store", tiny_model)
    use(store, floor=-1)
    assert index.search_image(store, picture).hits == []
