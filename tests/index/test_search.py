"""Search by id, path and vector, with filter, threshold and without the query itself; recall; evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from index.exact import nearest
from index.recall import recall_at_k, without
from inrstore.errors import BadInput, ShapeNotFound
from inrstore.metrics import accuracies, retrieval_metrics

PARAMETERS = {"flat": {}, "hnsw": {"ef_search": 300}, "ivf": {"cells": 4, "probes": 4}}
TOLERANCE = {"flat": 1e-6, "hnsw": 1e-6, "ivf": 0.01}


@pytest.fixture(params=tuple(PARAMETERS))
def kind(request: pytest.FixtureRequest, store: Any) -> str:
    kind = str(request.param)
    index.build(store, backend=kind, parameters=PARAMETERS[kind])
    return kind


def some_shape(store: Any, place: int = 0) -> Any:
    return list(store.rows.values())[place][0]


def due(store: Any, vector: np.ndarray, **where: str) -> dict[str, float]:
    """id → score by brute force, best first."""
    shapes = store.shapes(where)
    scores = {shape.id: float(store.rows[shape.key][1] @ vector) for shape in shapes}
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def check(result: index.Result, expected: dict[str, float], kind: str) -> None:
    """Scores as expected; ids too, where 8-bit rows do not blur the order."""
    assert [hit.rank for hit in result.hits] == list(range(1, len(expected) + 1))
    scores = [hit.score for hit in result.hits]
    np.testing.assert_allclose(scores, list(expected.values()), atol=2 * TOLERANCE[kind])
    assert scores == sorted(scores, reverse=True)
    if kind != "ivf":
        assert [hit.id for hit in result.hits] == list(expected)


def first(scores: dict[str, float], k: int) -> dict[str, float]:
    return dict(list(scores.items())[:k])


def test_id_prefix_and_path_are_the_same_query(store: Any, kind: str) -> None:
    shape = some_shape(store)
    references = [shape.id, shape.id[:8], Path(shape.sources[0])]
    results = index.search(store, references, k=7, exclude_self=False)
    assert [result.query for result in results] == [str(reference) for reference in references]
    for result in results:
        check(result, first(due(store, store.rows[shape.key][1]), 7), kind)
        best = result.hits[0]
        assert (best.id, best.key, best.label) == (shape.id, shape.key, shape.label)
        assert best.source == shape.sources[0]


def test_exclude_self_still_gives_k(store: Any, kind: str) -> None:
    shape = some_shape(store, 3)
    (result,) = index.search(store, shape.id, k=7)  # the default
    expected = due(store, store.rows[shape.key][1])
    del expected[shape.id]
    check(result, first(expected, 7), kind)


def test_a_vector_has_no_self(store: Any, kind: str) -> None:
    shape = some_shape(store, 3)
    vector = store.rows[shape.key][1]
    (result,) = index.search(store, vector * 5, k=3)  # normalised here
    check(result, first(due(store, vector), 3), kind)
    assert result.query == "vector 0"


def test_vectors_with_names(store: Any, kind: str) -> None:
    vectors = np.stack([store.rows[key][1] for key in list(store.rows)[:3]]).astype(np.float64)
    results = index.search(store, vectors, k=2, names=["a.obj", "b.obj", "c.obj"])
    assert [result.query for result in results] == ["a.obj", "b.obj", "c.obj"]
    mixed = index.search(store, [some_shape(store).id, vectors[1]], k=2)
    assert [result.query for result in mixed] == [some_shape(store).id, "vector 1"]
    assert mixed[1].hits == results[1].hits


@pytest.mark.parametrize("where", [{"label": "lamp"}, {"label": "s*", "split": "test"}, {"label": "nothing"}])
def test_filter(store: Any, kind: str, where: dict[str, str]) -> None:
    shape = some_shape(store)
    (result,) = index.search(store, shape.id, k=12, where=where, exclude_self=False)
    check(result, first(due(store, store.rows[shape.key][1], **where), 12), kind)


def test_a_filter_reads_no_shape_but_the_hits(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "shapes", None)
    monkeypatch.setattr(store, "keys", lambda where: np.array(sorted(store.rows)[:5], dtype=np.int64))
    (result,) = index.search(store, some_shape(store).id, k=12, where={"label": "*"}, exclude_self=False)
    assert {hit.key for hit in result.hits} == set(sorted(store.rows)[:5])


def test_threshold(store: Any, kind: str) -> None:
    shape = some_shape(store)
    expected = due(store, store.rows[shape.key][1])
    scores = list(expected.values())
    floor = (scores[5] + scores[6]) / 2
    (result,) = index.search(store, shape.id, k=50, threshold=floor, exclude_self=False)
    assert all(hit.score >= floor for hit in result.hits)
    if kind != "ivf":
        check(result, first(expected, 6), kind)
    (none,) = index.search(store, shape.id, threshold=1.5)
    assert none.hits == []


def test_more_than_there_is(store: Any, kind: str) -> None:
    (result,) = index.search(store, some_shape(store).id, k=10_000)
    assert len(result.hits) == len(store.rows) - 1


def test_a_new_and_a_removed_shape_show_at_once(store: Any, kind: str) -> None:
    index.search(store, some_shape(store).id)
    (new,) = store.grow(1)
    shape = store.rows[new][0]
    assert index.search(store, shape.id, k=1, exclude_self=False)[0].hits[0].key == new
    store.drop([new])
    with pytest.raises(ShapeNotFound):
        index.search(store, shape.id)
    (result,) = index.search(store, some_shape(store).id, k=1000)
    assert new not in {hit.key for hit in result.hits}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (np.zeros(24), "zero"),
        (np.full(24, np.inf), "finite"),
        (np.ones(23), r"\(23,\).*\(24,\)"),
        (np.ones((2, 2, 24)), "one vector"),
        ([1.0, 2.0], "query 0 is a float"),
    ],
)
def test_refused_vectors(store: Any, query: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        index.search(store, query)


def test_other_refusals(store: Any) -> None:
    with pytest.raises(BadInput, match="k is 0"):
        index.search(store, "abcd", k=0)
    with pytest.raises(BadInput, match="names: 2 for 1"):
        index.search(store, np.ones(24), names=["a", "b"])
    with pytest.raises(ShapeNotFound):
        index.search(store, "no such shape")
    assert index.search(store, []) == []


def test_a_shape_without_embedding(store: Any, kind: str) -> None:
    shape = some_shape(store)
    index.search(store, shape.id)
    store.blank(shape.key)
    with pytest.raises(BadInput, match="has no embedding.*inrstore encode"):
        index.search(store, shape.id)


def test_results_are_readable(store: Any) -> None:
    shape = some_shape(store)
    (result,) = index.search(store, shape.id, k=2, exclude_self=False)
    plain = json.loads(json.dumps(result.to_dict()))
    assert plain["query"] == shape.id
    assert list(plain["hits"][0]) == ["rank", "id", "label", "score", "source", "pose"]
    lines = repr(result).splitlines()
    assert lines[0] == f"query {shape.id}: 2 hits"
    assert lines[1].split() == ["rank", "score", "label", "id", "source"]
    assert lines[2].split() == ["1", "1.0000", shape.label, shape.id[:12], shape.sources[0]]
    assert repr(index.Result("q", [])) == "query q: 0 hits"


def test_html_is_escaped() -> None:
    hit = index.Hit(1, "ab" * 32, 5, None, 0.25, "<b>&.obj")
    html = index.Result("<script>", [hit])._repr_html_()
    assert "&lt;b&gt;&amp;.obj" in html and "&lt;script&gt;: 1 hit<" in html and "<script>" not in html
    assert html.count("<td>") == 5


def test_recall_by_hand() -> None:
    exact = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert recall_at_k(np.array([[4, 3, 2, 1], [5, 9, 9, -1]]), exact) == 0.625
    with pytest.raises(BadInput):
        recall_at_k(exact[:, :2], exact)
    np.testing.assert_array_equal(without(exact, np.array([2, 99])), [[1, 3, 4], [5, 6, 7]])


def test_exact_neighbours(store: Any) -> None:
    keys, matrix = store.embeddings()
    found = nearest(keys, matrix, matrix[:5], 9)
    expected = keys[np.argsort(-(matrix[:5].astype(np.float64) @ matrix.T.astype(np.float64)), axis=1)[:, :9]]
    np.testing.assert_array_equal(found, expected)


def test_recall_of_an_index(store: Any, kind: str) -> None:
    found = index.recall(store, k=10, sample=50)
    assert (found.backend, found.k, found.queries) == (kind, 10, 50)
    assert found.recall > (0.95 if kind == "ivf" else 0.9999)
    assert index.recall(store, k=10, sample=50) == found


def test_a_narrow_search_recalls_less(store: Any) -> None:
    index.build(store, backend="ivf", parameters={"cells": 30, "probes": 1})
    assert index.recall(store, k=5).recall < 0.9
    index.build(store, backend="ivf", parameters={"cells": 30, "probes": 30})
    assert index.recall(store, k=5).recall > 0.95


def test_retrieval(store: Any) -> None:
    keys, matrix = store.embeddings()
    figures = index.retrieval(store)
    assert figures == retrieval_metrics(matrix, [store.rows[key][0].label for key in keys.tolist()])
    assert figures["map"] > 0.5 and figures["queries"] == 300
    of_tags = index.retrieval(store, label="split")
    assert of_tags["classes"] == 2
    test_only = index.retrieval(store, where={"split": "test"})
    assert (test_only["queries"], test_only["left_out"]) == (60, 0)
    with pytest.raises(BadInput, match="'colour'"):
        index.retrieval(store, label="colour")


def test_accuracy_by_folds_and_by_a_split(store: Any) -> None:
    keys, matrix = store.embeddings()
    labels = [store.rows[key][0].label for key in keys.tolist()]
    found, expected = index.accuracy(store, folds=3, seed=1), accuracies(matrix, labels, folds=3, seed=1)
    assert {kind: a.right.tolist() for kind, a in found.items()} == {k: a.right.tolist() for k, a in expected.items()}
    split = index.accuracy(store, split="split")
    assert all(len(a.right) == 60 for a in split.values()) and split["linear"].mean > 0.8
    with pytest.raises(BadInput, match="'colour' that is train or test"):
        index.accuracy(store, split="colour")


def test_retrieval_counts_what_it_leaves_out(store: Any) -> None:
    keys = list(store.rows)
    for place, label in ((0, None), (1, None), (2, "alone")):
        shape, vector = store.rows[keys[place]]
        changed = {**shape.__dict__, "label": label}
        store.rows[keys[place]] = (type(shape)(**changed), vector)
    figures = index.retrieval(store)
    assert (figures["queries"], figures["left_out"]) == (297, 3)
