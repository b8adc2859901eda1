"""How often a picture finds its own shape, where that is known by construction."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import index
from inrstore.errors import BadInput
from inrstore.pictures.intake import take
from inrstore.store import Store
from tests import looks
from tests.shapes import key_of

from .test_views import by_hand, give, use, viewed  # noqa: F401


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of shapes 2 and 4, one of nobody, one that is none, and one twice by the id of shape 4."""
    out = tmp_path / "pictures"
    (out / "deep").mkdir(parents=True)
    looks.drawn(out / "2.png")
    looks.drawn(out / "deep" / "4.png", (20, 20, 240))
    looks.drawn(out / "stranger.png")
    (out / "6.png").write_bytes(b"no picture")
    return out


def fit(store: Store, number: int, picture: Path) -> None:
    """Makes the views of a shape those of a picture."""
    encoder = store.encoder(str(store.beside("views"))).build(store.base())
    features = looks.FakeImage().encode([take(picture).square(32)])
    row = encoder.vectors(features)  # type: ignore[attr-defined]
    store.set_embeddings(np.array([key_of(store, number)]), row, encoder=str(store.beside("views")))


def test_ranks_are_those_of_each_pictures_own_shape(viewed: Store, folder: Path) -> None:  # noqa: F811
    fit(viewed, 2, folder / "2.png")
    order = list(by_hand(viewed, folder / "deep" / "4.png"))
    due = order.index("p0004") + 1
    seen: list[str] = []
    found = index.recognised(viewed, folder, on_progress=lambda one: seen.append(one.current))
    assert found.ranks["views"].tolist() == [1, due if due <= 10 else 0] and list(found.ranks) == ["views"]
    assert found.shapes == 20 and {"2.png", "4.png"} <= set(seen)
    assert len(found.refused) == 2 and any("stranger" in line for line in found.refused)
    shares = found.table()["views"]
    assert shares["first"][0] == (1 + (due == 1)) / 2 and shares["first ten"][0] == (1 + (due <= 10)) / 2
    assert all(low <= mean <= high for mean, low, high in shares.values())
    fewer = index.recognised(viewed, folder, where="label!=odd")
    assert fewer.shapes == 16


def test_what_is_not_among_the_first_ten_is_not_first() -> None:
    shares = index.Recognised({"views": np.array([1, 0, 3, 0])}, 20, ()).table()["views"]
    assert (shares["first"][0], shares["first ten"][0]) == (0.25, 0.5)


def test_by_shape_as_well_where_there_is_a_head(seen: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = index.recognised(seen, folder)
    assert list(found.ranks) == ["shape"]
    for rank, name in zip(found.ranks["shape"].tolist(), ("p0002", "p0004"), strict=True):
        picture = folder / ("2.png" if name == "p0002" else "deep/4.png")
        hits = index.search_image(seen, picture, k=10, threshold=-1e9).hits
        assert rank == next((hit.rank for hit in hits if hit.shape and hit.shape.name == name), 0)
    monkeypatch.setattr("inrstore.model.encoders.views.image_tower", lambda name: looks.FakeImage())
    use(seen, floor=-1)
    give(seen, seen.keys())
    assert list(index.recognised(seen, folder).ranks) == ["views", "shape"]


def test_pictures_that_cannot_be_read_are_no_answer(viewed: Store, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "6.png").write_bytes(b"no picture")
    with pytest.raises(BadInput, match="no picture of a stored shape can be asked with: .*6.png"):
        index.recognised(viewed, tmp_path / "bad")


def test_there_must_be_something_to_ask(bare: Store, folder: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing to compare pictures with: .*'inrstore encode --views'"):
        index.recognised(bare, folder)
    shutil.rmtree(folder)
    with pytest.raises(BadInput, match="none of 0 pictures is of a stored shape"):
        index.recognised(bare, folder)


def test_classes_are_retrieved_by_views_too(viewed: Store) -> None:  # noqa: F811
    from inrstore.metrics import retrieval_metrics

    rest = [shape.key for shape in viewed.shapes() if shape.label is None]
    viewed.label(rest, "even")
    keys, rows = viewed.embeddings(encoder=str(viewed.beside("views")))
    shapes = viewed.shapes_by_key(keys.tolist())
    due = retrieval_metrics(rows, [shapes[key].label for key in keys.tolist()])
    assert index.retrieved(viewed, by="views").summary() == due != index.retrieval(viewed)
    with pytest.raises(BadInput, match="the store has no words; make them: 'inrstore encode --words'"):
        index.retrieved(viewed, by="words")
