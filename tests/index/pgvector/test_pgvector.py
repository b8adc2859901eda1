"""The rows in the database answer as brute force does over the stored embeddings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

import index
from index import Filter, manage
from index.protocol import NO_KEY
from inrstore.errors import BadInput, InrstoreError, ModelMismatch
from inrstore.store import Store, init_store, open_store
from tests.shapes import digest, key_of, make_model, new_shape

TOLERANCE = 0.001
"""Of a score: rows of 16 bits a number."""


@pytest.fixture(params=["hnsw", "ivf"])
def opened(request: pytest.FixtureRequest, store: Store) -> index.Index:
    asked: dict[str, Any] = {"hnsw": {"ef_search": 200}, "ivf": {"method": "ivf", "lists": 4, "probes": 4}}
    done = index.build(store, backend="pgvector", parameters=asked[request.param])
    assert (done.action, done.backend, done.count, done.dim) == ("built", "pgvector", 60, 8)
    assert done.bytes and done.bytes > 60 * 16
    return index.open_index(store)


def check(store: Store, opened: index.Index, k: int, where: Any = None) -> None:
    """Scores place by place, and every key by the score that is due to it."""
    keys, matrix = store.embeddings()
    queries = np.random.default_rng(5).normal(size=(30, 8)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    scores, found = opened.search(queries, k, Filter(where) if where else None)
    allowed = np.isin(keys, store.keys(where)) if where else np.ones(len(keys), bool)
    width = min(k, int(allowed.sum()))
    assert np.all(found[:, width:] == NO_KEY) and np.all(scores[:, width:] == -np.inf)
    for query, row, line in zip(queries, scores[:, :width], found[:, :width], strict=True):
        due = dict(zip(keys[allowed].tolist(), (matrix[allowed] @ query).tolist(), strict=True))
        own = np.array([due[key] for key in line.tolist()])
        assert len(set(line.tolist())) == width
        np.testing.assert_allclose(row, own, atol=TOLERANCE)
        np.testing.assert_allclose(own, np.sort(list(due.values()))[::-1][:width], atol=2 * TOLERANCE)


def test_search(store: Store, opened: index.Index) -> None:
    for k in (1, 10, 60, 80):
        check(store, opened, k)
    for where in ({"label": "table"}, {"split": "test", "label": "chair"}, ["scale>1", "name=shape 7"]):
        for k in (3, 40):
            check(store, opened, k, where)


def test_conditions_fill_k_where_the_index_is_walked(store: Store, tiny_model: Any, opened: index.Index) -> None:
    """With a scan of the table made dear, the planner takes the index, which knows nothing of conditions."""
    store.commit([new_shape(tiny_model, n, label="rare" if n % 100 == 0 else "often") for n in range(100, 500)])
    with store.catalog.engine.begin() as connection:
        name = connection.engine.url.database
        for setting in ("enable_seqscan", "enable_sort"):
            connection.execute(text(f"ALTER DATABASE {name} SET {setting} = off"))
    store.close()
    check(store, opened, 10, {"label": "rare"})
    check(store, opened, 10, {"label": "often"})


def test_it_follows_the_store_without_a_refresh(store: Store, tiny_model: Any, opened: index.Index) -> None:
    store.commit([new_shape(tiny_model, n) for n in range(60, 75)])
    check(store, opened, 80)
    store.remove([digest(3), digest(61)])
    check(store, opened, 80)
    keys, matrix = store.embeddings()
    store.set_embeddings(keys[:9], np.roll(matrix[:9], 1, axis=0))
    check(store, opened, 80)
    now = index.status(store)
    assert (now.state, now.count) == ("current", 73)
    assert opened.refresh().action == "unchanged"


def test_what_it_missed_is_added(store: Store, tiny_model: Any, opened: index.Index, monkeypatch: Any) -> None:
    """As by an older version of this program, which does not know the table."""
    with monkeypatch.context() as patch:
        patch.setattr("inrstore.store.vectors._tables", lambda *_: [])
        store.commit([new_shape(tiny_model, n) for n in range(60, 75)])
        key = key_of(store, 3)
        store.remove([key])
    assert index.status(store).state == "stale"
    assert key not in opened.search(np.ones((1, 8), np.float32), 60)[1]  # what is removed is no answer even now
    done = index.add(store)
    assert (done.action, done.added, done.removed, done.count) == ("updated", 15, 1, 74)
    check(store, opened, 80)
    with monkeypatch.context() as patch:
        patch.setattr("inrstore.store.vectors._tables", lambda *_: [])
        keys, matrix = store.embeddings()
        store.set_embeddings(keys, np.roll(matrix, 1, axis=0))
    assert index.add(store).action == "built"
    check(store, opened, 80)


def test_within_and_pairs_are_exact(store: Store, opened: index.Index) -> None:
    keys, matrix = store.embeddings()
    scores = matrix @ matrix.T
    found = [(int(a), int(b)) for block in opened.within(matrix[:5], 0.3) for a, b, _ in zip(*block, strict=True)]
    assert sorted(found) == sorted((row, int(keys[other])) for row, other in np.argwhere(scores[:5] >= 0.3))
    where = {"label": "table"}
    allowed = np.isin(keys, store.keys(where))
    pairs = {
        frozenset((int(a), int(b))) for one in opened.pairs(0.4, Filter(where)) for a, b, _ in zip(*one, strict=True)
    }
    due = np.argwhere(np.triu(scores >= 0.4, 1) & allowed & allowed[:, None])
    assert pairs == {frozenset((int(keys[a]), int(keys[b]))) for a, b in due} and len(pairs) > 3
    assert [len(part) for part in opened.vectors(keys[:3])] == [0, 0]


def test_a_search_through_the_door(store: Store, opened: index.Index) -> None:
    (result,) = index.search(store, digest(7), k=5, where={"label": "chair"}, pose="none")
    keys, matrix = store.embeddings()
    row = matrix[np.searchsorted(keys, key_of(store, 7))]
    due = {k: float(m @ row) for k, m in zip(keys.tolist(), matrix, strict=True) if k in set(store.keys("label=chair"))}
    del due[key_of(store, 7)]
    assert [hit.key for hit in result.hits] == sorted(due, key=lambda key: -due[key])[:5]
    assert index.recall(store, k=5).recall > 0.99


def test_another_process_opens_it_and_others_replace_it(store: Store, opened: index.Index) -> None:
    again = open_store(store.url)
    assert index.open_index(again).status().backend == "pgvector"
    index.build(again, backend="pgvector")
    check(store, opened, 10)
    index.build(again, backend="flat")
    with again.catalog.read() as connection:
        left = connection.execute(text("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'vectors%'")).scalar()
    assert left == 0 and index.open_index(store).refresh().backend == "flat"


def test_many_that_find_it_stale_refresh_it_once(store: Store, tiny_model: Any, monkeypatch: Any) -> None:
    index.build(store, backend="pgvector")
    with monkeypatch.context() as patch:
        patch.setattr("inrstore.store.vectors._tables", lambda *_: [])
        store.commit([new_shape(tiny_model, n) for n in range(60, 75)])
    done: list[str] = []
    stores = [open_store(store.url) for _ in range(6)]
    held = [manage._held(one, "default") for one in stores]
    threads = [threading.Thread(target=lambda one=one: done.append(str(one.refresh().action))) for one in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["unchanged"] * 5 + ["updated"]
    check(store, index.open_index(store), 80)


def test_a_table_that_somebody_dropped(store: Store, tiny_model: Any, opened: index.Index) -> None:
    with store.catalog.engine.begin() as connection:
        name = connection.execute(text("SELECT table_name FROM vector_tables")).scalar()
        connection.execute(text(f"DROP TABLE {name}"))
    store.commit([new_shape(tiny_model, 99)])  # which must go on
    assert index.status(store).state == "missing"
    with pytest.raises(InrstoreError, match="taken away"):
        opened.search(np.eye(8, dtype=np.float32), 3)
    assert index.search(store, digest(99), k=1, exclude_self=False, pose="none")[0].hits[0].id == digest(99)


def test_dropping_an_index_drops_its_table(store: Store, opened: index.Index) -> None:
    assert index.drop(store)
    assert index.status(store).state == "missing" and store.index_rows() == []
    with store.catalog.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM vector_tables")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'vectors%'")).scalar() == 0
    assert not index.drop(store)


def test_another_encoder_and_another_store(store: Store, opened: index.Index) -> None:
    other = make_model(seed=0, embedding_dim=6)
    store.add_encoder(other.encoder)
    keys = store.keys()
    matrix = np.random.default_rng(0).normal(size=(len(keys), 6)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    store.set_embeddings(keys, matrix, encoder=other.encoder.id)
    assert index.status(store).state == "current"
    store.switch_encoder(other.encoder.id)
    assert index.status(store).state == "stale"
    done = index.add(store)
    assert (done.action, done.dim, done.encoder) == ("built", 6, other.encoder.id)
    with store.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE vector_tables SET store_id = 'other'"))
    assert index.status(store).state == "foreign"
    store.commit([new_shape(other, 200, embedding=matrix[0])])
    with pytest.raises(ModelMismatch, match="inrstore index build"):
        index.open_index(store)


def test_refusals(store: Store, new_database: Callable[[], str], tmp_path: Path, tiny_model: Any) -> None:
    with pytest.raises(BadInput, match="'tree' is none of hnsw, ivf"):
        index.build(store, backend="pgvector", parameters={"method": "tree"})
    with pytest.raises(BadInput, match="'lists' is unknown to pgvector's hnsw, which takes: method, links"):
        index.build(store, backend="pgvector", parameters={"lists": 3})
    with pytest.raises(BadInput, match="links is 0"):
        index.build(store, backend="pgvector", parameters={"links": 0})
    with pytest.raises(BadInput, match="holds no embeddings"):
        index.build(init_store(tmp_path / "y", tiny_model, catalog_url=new_database()), backend="pgvector")
    with pytest.raises(BadInput, match="needs the catalogue in PostgreSQL"):
        index.build(init_store(tmp_path / "z", tiny_model), backend="pgvector")


def test_a_server_without_the_extension_is_explained(store: Store) -> None:
    with store.catalog.engine.begin() as connection:
        user = text("CREATE ROLE plain LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO plain")
        connection.execute(user)
        connection.execute(text("GRANT CREATE ON SCHEMA public TO plain"))
    url = store.catalog.engine.url.set(username="plain").render_as_string(hide_password=False)
    with pytest.raises(BadInput, match="has no extension vector.*CREATE EXTENSION vector"):
        index.build(open_store(store.url, catalog_url=url), backend="pgvector")
