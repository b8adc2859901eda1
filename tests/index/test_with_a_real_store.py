"""The ways of the other tests once more, through the catalogue and the shards of a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from inrstore.errors import AmbiguousShape, BadInput, ModelMismatch, NoEncoder, ShapeNotFound
from inrstore.metrics import retrieval_metrics
from inrstore.store import Store, init_store, open_store
from tests.shapes import digest, make_model, new_shape

KINDS = ("flat", "hnsw", "ivf", "rabitq")


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any) -> Store:
    """Fifty shapes; even numbers are tables, odd ones chairs."""
    made = init_store(tmp_path / "shapes.store", tiny_model)
    made.commit([new_shape(tiny_model, number) for number in range(50)])
    return made


def due(store: Store, vector: np.ndarray, k: int, *, without: int = -1) -> list[tuple[int, float]]:
    keys, matrix = store.embeddings()
    scores = sorted(zip(keys.tolist(), (matrix @ vector).tolist(), strict=True), key=lambda pair: -pair[1])
    return [(key, score) for key, score in scores if key != without][:k]


def check(result: index.Result, expected: list[tuple[int, float]], tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose([hit.score for hit in result.hits], [s for _, s in expected], atol=tolerance)
    if tolerance < 0.01:
        assert [hit.key for hit in result.hits] == [key for key, _ in expected]


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_is_searched(store: Store, kind: str) -> None:
    index.build(store, backend=kind)
    tolerance = {"ivf": 0.03, "rabitq": 0.001}.get(kind, 1e-6)
    shape = store.shape(digest(7))
    vector = store.embeddings([shape.key])[1][0]
    for query in (shape.id, shape.id[:10], "/data/chair/7.obj"):
        (result,) = index.search(store, query, k=6, exclude_self=False)
        assert result.query == query
        check(result, due(store, vector, 6), tolerance)
    (others,) = index.search(store, shape.id, k=6)
    check(others, due(store, vector, 6, without=shape.key), tolerance)
    assert shape.id not in {hit.id for hit in others.hits}
    (tables,) = index.search(store, vector, k=6, where={"label": "table", "split": "test"})
    assert [hit.label for hit in tables.hits] == ["table"] * 6
    assert all(store.shape(hit.id).tags["split"] == "test" for hit in tables.hits)


@pytest.mark.parametrize("kind", KINDS)
def test_changes_reach_the_index(store: Store, tiny_model: Any, kind: str) -> None:
    index.build(store, backend=kind)
    store.commit([new_shape(tiny_model, number) for number in range(50, 60)])
    store.remove(digest(3))
    assert index.status(store).state == "stale"
    info = index.add(store)
    assert (info.action, info.added, info.removed, info.count) == ("updated", 10, 1, 59)
    (entry,) = store.index_rows()
    assert (entry.name, entry.backend, entry.generation) == ("default", kind, store.generation())
    store.commit([new_shape(tiny_model, 3)])  # back, under a new key
    assert index.search(store, digest(3), k=1, exclude_self=False)[0].hits[0].id == digest(3)
    keys, matrix = store.embeddings()
    store.set_embeddings(keys, np.roll(matrix, 1, axis=0))
    assert index.search(store, matrix[0], k=1)[0].hits[0].key == keys[1]


def test_the_index_outlives_the_process(store: Store) -> None:
    first = index.build(store, backend="hnsw", parameters={"ef_search": 77})
    again = open_store(store.url)
    assert index.status(again).state == "current"
    assert index.status(again).parameters == first.parameters
    check(index.search(again, digest(1), k=4, exclude_self=False)[0], due(again, again.embeddings()[1][1], 4))


def test_verify_and_stats_do_not_mind_an_index(store: Store) -> None:
    before = store.stats()
    index.build(store)
    assert store.verify().problems == []
    assert store.stats()["bytes_per_shape"] == pytest.approx(before["bytes_per_shape"], rel=0.5)


def test_refusals(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ShapeNotFound):
        index.search(store, "ffffffffffffffff")
    with pytest.raises(BadInput, match=r"\(3,\).*\(8,\)"):
        index.search(store, np.ones(3))
    with pytest.raises(BadInput, match="holds no embeddings"):
        index.search(init_store(tmp_path / "empty.store", make_model()), "abcd")
    with pytest.raises(NoEncoder):
        index.build(init_store(tmp_path / "blind.store", make_model(embedding_dim=None)))


def test_an_ambiguous_prefix_is_refused(store: Store, tiny_model: Any) -> None:
    twins = [new_shape(tiny_model, 90 + last, sha256="abcd" * 15 + f"000{last}") for last in range(2)]
    store.commit(twins)
    with pytest.raises(AmbiguousShape):
        index.search(store, "abcdabcd")


def test_an_index_of_another_store_is_refused(store: Store, tmp_path: Path) -> None:
    index.build(store)
    other_model = make_model(seed=1)
    other = init_store(tmp_path / "other.store", other_model)
    other.commit([new_shape(other_model, number) for number in range(4)])
    for path in store.index_dir("default").iterdir():  # somebody copies a folder between stores
        (other.index_dir("default") / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelMismatch, match="inrstore index build"):
        index.search(other, digest(1))
    index.build(other)
    assert index.search(other, digest(1), k=1, exclude_self=False)[0].hits[0].id == digest(1)


def test_evaluation(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 100, label=None), new_shape(tiny_model, 101, embedding=None)])
    keys, matrix = store.embeddings()
    shapes = store.shapes_by_key(keys)
    labelled = np.array([shapes[key].label is not None for key in keys.tolist()])
    labels = [shapes[key].label for key in keys[labelled].tolist()]
    figures = index.retrieval(store)
    expected = retrieval_metrics(matrix[labelled], labels)
    assert figures == {**expected, "left_out": 2}
    assert {"hit@1", "hit@5", "hit@10", "map", "dcg", "queries", "classes", "left_out"} <= set(figures)
