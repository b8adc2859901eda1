"""The arithmetic of composed queries, against sums that are written out here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from inrstore.errors import BadInput
from inrstore.store import Store, open_store
from inrstore.tasks.crossmodal.head import QueryHead
from tests import looks
from tests.shapes import digest


def names(found: index.Result) -> list[str]:
    return [hit.shape.name for hit in found.hits if hit.shape]


def centred(store: Store, middle: np.ndarray) -> dict[str, np.ndarray]:
    keys, rows = store.embeddings()
    away = rows.astype(np.float64) - middle
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    shapes = store.shapes_by_key(keys.tolist())
    return {shapes[key].name: row for key, row in zip(keys.tolist(), away, strict=True)}


def said(store: Store, text: str) -> np.ndarray:
    """The direction of a text."""
    return QueryHead(store.head(None, "text")).ask(looks.texts().encode([text])).vectors[0].astype(np.float64)


def middle(store: Store, kind: str = "text") -> np.ndarray:
    return np.asarray(store.head(None, kind).tensors["space.middle"], np.float64)


def best(rows: dict[str, np.ndarray], total: np.ndarray, without: set[str]) -> dict[str, float]:
    scores = {name: float(row @ total / np.linalg.norm(total)) for name, row in rows.items() if name not in without}
    return dict(sorted(scores.items(), key=lambda one: -one[1]))


def test_parts_are_summed_and_taken_away(seen: Store) -> None:
    rows = centred(seen, middle(seen))
    total = rows["p0004"] + 0.5 * said(seen, "wheels") - 0.7 * said(seen, "round") - 0.7 * rows["p0009"]
    due = best(rows, total, {"p0004", "p0009"})
    found = index.search_composed(
        seen,
        like="/x/4.obj",
        text=["wheels"],
        minus_text=["round"],
        minus_like=["/x/9.obj"],
        weights={"text": 0.5, "not": 0.7},
        k=30,
    )
    assert names(found) == list(due)
    assert [hit.score for hit in found.hits] == pytest.approx(list(due.values()), abs=1e-3)
    assert [(one.by, one.weight) for one in found.parts] == [("like", 1), ("text", 0.5), ("not", -0.7), ("not", -0.7)]


def test_hits_say_what_they_owe_to_each_part(seen: Store) -> None:
    found = index.search_composed(seen, like=digest(4), text="wheels", minus_text="round", k=3)
    rows, total = centred(seen, middle(seen)), None
    parts = [rows["p0004"], said(seen, "wheels"), -said(seen, "round")]
    total = np.sum(parts, axis=0)
    for hit in found.hits:
        assert hit.shape is not None
        shares = [float(rows[hit.shape.name] @ part / np.linalg.norm(total)) for part in parts]
        due = [f"like {digest(4)[:12]}", "with wheels", "not round"]
        assert [one.said.rsplit(" ", 1)[0] for one in hit.why] == due
        assert [float(one.said.rsplit(" ", 1)[1]) for one in hit.why] == pytest.approx(shares, abs=6e-3)
        assert sum(shares) == pytest.approx(hit.score, abs=1e-3)
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["parts"][1] == {"by": "text", "name": "wheels", "weight": 1.0}
    assert plain["query"] == f"like {digest(4)[:12]}, with wheels, not round"


def test_a_shape_alone_is_nearest_to_itself_from_the_middle(seen: Store) -> None:
    own = index.search_composed(seen, like="/x/4.obj", exclude_self=False)
    assert names(own)[0] == "p0004" and own.hits[0].score == pytest.approx(1, abs=1e-3)
    assert "p0004" not in names(index.search_composed(seen, like="/x/4.obj", k=30))
    assert (
        names(index.search_composed(seen, like="/x/4.obj", k=3, skip=2))
        == names(index.search_composed(seen, like="/x/4.obj", k=30))[2:5]
    )
    odd = index.search_composed(seen, like="/x/4.obj", where="label=odd")
    assert set(names(odd)) == {"p0001", "p0003", "p0005", "p0007"}
    floor = odd.hits[1].score - 1e-6
    assert len(index.search_composed(seen, like="/x/4.obj", where="label=odd", threshold=floor).hits) == 2


def test_limits_in_words_are_conditions(seen: Store) -> None:
    found = index.search_composed(seen, like="/x/4.obj", text="wheels obj", where="label=odd", k=30)
    plain = index.search_composed(seen, like="/x/4.obj", text="wheels", where="label=odd", k=30)
    assert names(found) == names(plain) and [hit.score for hit in found.hits] == [hit.score for hit in plain.hits]
    assert [(one.said, one.condition) for one in found.limits] == [("obj", "source=*.obj|*.OBJ")]
    assert found.query == plain.query and "'obj' is taken as source=*.obj|*.OBJ" in repr(found)
    assert index.search_composed(seen, text=["wheels", "legs stl"]).hits == []
    sizes = {shape.name: 2 * shape.scale for shape in seen.shapes()}
    half = sorted(sizes.values())[len(sizes) // 2]
    small = index.search_composed(seen, text=f"wheels under {half / 10:.9f} cm", k=30)
    assert set(names(small)) == {name for name, size in sizes.items() if size < half}
    inches = index.search_composed(seen, text=f"wheels under {half / 25.4:.9f} in", unit="in", k=30)
    assert set(names(inches)) == {name for name, size in sizes.items() if size < half / 25.4}
    half_not = {"not": 0.5}  # both are texts that the small tower does not know
    meant = index.search_composed(seen, text="wheels stl", plain=True, minus_text="round under 1 mm", weights=half_not)
    assert meant.limits == () and [one.name for one in meant.parts] == ["wheels stl", "round under 1 mm"]


def test_without_heads_the_middle_is_the_mean_of_the_store(bare: Store) -> None:
    rows = centred(bare, bare.embeddings()[1].astype(np.float64).mean(axis=0))
    vector = bare.embeddings([bare.shape("/x/2.obj").key])[1][0]
    found = index.search_composed(bare, like=["/x/4.obj", vector], k=30)
    due = best(rows, rows["p0004"] + rows["p0002"], {"p0004"})
    assert names(found) == list(due)  # a vector is nobody's own
    assert [hit.score for hit in found.hits] == pytest.approx(list(due.values()), abs=1e-3)


def test_pictures_are_parts_as_well(seen: Store, tmp_path: Path) -> None:
    from inrstore.pictures.intake import take

    path = looks.drawn(tmp_path / "block.png")
    features = looks.FakeImage().encode([take(path).square(32)])
    direction = QueryHead(seen.head(None, "image")).ask(features).vectors[0].astype(np.float64)
    rows = centred(seen, middle(seen, "image"))
    found = index.search_composed(seen, image=[path], like="/x/4.obj", weights={"image": 2}, k=30)
    assert names(found) == list(best(rows, 2 * direction + rows["p0004"], {"p0004"}))
    assert found.hits[0].why[1].said.startswith(f"as in {path} ")


def test_the_answer_follows_the_store(seen: Store) -> None:
    first = names(index.search_composed(seen, text=["wheels"]))[0]
    open_store(seen.url).remove([f"/x/{int(first[1:])}.obj"])
    assert first not in names(index.search_composed(seen, text=["wheels"], k=30))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "composed of something"),
        ({"minus_text": ["round"]}, "composed of something"),
        ({"like": "/x/4.obj", "minus_like": "/x/4.obj"}, "cancel each other out"),
        ({"like": "/x/4.obj", "weights": {"words": 1}}, "'words' is no kind of part"),
        ({"like": "/x/4.obj", "weights": {"like": -1}}, "zero or more"),
        ({"like": "/x/4.obj", "weights": {"like": float("nan")}}, "zero or more"),
        ({"like": "/x/4.obj", "weights": {"like": 0}}, "composed of something"),
        ({"text": [" "]}, "a text is empty"),
        ({"text": ["a"] * 33}, "33 texts"),
        ({"text": ["wheels", "stl under 5 mm"]}, "says limits alone.*source=.*and size<5 as where"),
        ({"text": "wheels", "unit": "yard"}, "'yard' is none"),
        ({"like": "/x/4.obj", "k": 0}, "k is 0"),
    ],
)
def test_refusals(seen: Store, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        index.search_composed(seen, **asked)
