"""What a search can be asked with: shapes, files, folders, vectors, alone and together."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import pickle
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
import inrstore.queries
from index.queries import Query
from inrstore.errors import BadInput, MissingDependency, ShapeNotFound
from inrstore.records import Failure
from inrstore.store import Store, init_store
from tests.index.files import TextEncoder, write
from tests.shapes import digest, new_shape


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[TextEncoder]]:
    monkeypatch.setattr(inrstore.queries, "_registered", [])
    monkeypatch.setattr(TextEncoder, "made", [])
    inrstore.queries.register(TextEncoder)
    yield TextEncoder


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any) -> Store:
    made = init_store(tmp_path / "shapes.store", tiny_model)
    made.commit([new_shape(tiny_model, number) for number in range(20)])
    return made


def row(store: Store, number: int) -> np.ndarray:
    return store.embeddings([store.shape(digest(number)).key])[1][0]


def ingested(store: Store, model: Any, path: Path, number: int) -> Path:
    """A file whose very bytes are stored, as shape `number`; its text is no embedding."""
    path.write_text(f"mesh {number}")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    store.commit([new_shape(model, number, source=str(path), source_sha256=sha256)])
    return path


def best(result: index.Result) -> str:
    return result.hits[0].id


def test_a_file_that_is_not_stored_is_encoded(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "new.stl", row(store, 4) * 3)
    (result,) = index.search(store, path, field="udf", up="z", device="cpu", jobs=1)
    assert (result.query, result.file, result.id) == (str(path), str(path), None)
    assert best(result) == digest(4) and result.hits[0].score == pytest.approx(1, abs=1e-5)
    (asked,) = TextEncoder.made[0].asked
    assert asked == (
        [str(path)],
        {"field": "udf", "up": "z", "align": "none", "device": "cpu", "jobs": 1, "turns": None, "on_progress": None},
    )


def test_everything_together_keeps_its_order(store: Store, tmp_path: Path, tiny_model: Any) -> None:
    folder = tmp_path / "in"
    for number in (2, 1):
        write(folder / f"{number}.obj", row(store, number))
    np.save(tmp_path / "vectors.npy", np.stack([row(store, 5), row(store, 6)]))
    np.save(tmp_path / "vector.npy", row(store, 7))
    shape = store.shape(digest(8))
    queries: list[Any] = [
        folder,
        shape,
        shape.key,
        shape.id[:10],
        "/data/chair/9.obj",
        tmp_path / "vectors.npy",
        str(tmp_path / "vector.npy"),
        row(store, 10),
        np.stack([row(store, 11), row(store, 12)]),
        ingested(store, tiny_model, tmp_path / "known.obj", 13),
    ]
    results = index.search(store, queries, k=1, exclude_self=False)
    assert [best(result) for result in results] == [digest(n) for n in (1, 2, 8, 8, 8, 9, 5, 6, 7, 10, 11, 12, 13)]
    assert [result.query for result in results] == [
        *(str(folder / name) for name in ("1.obj", "2.obj")),
        *(shape.id, str(shape.key), shape.id[:10], "/data/chair/9.obj"),
        *(f"{tmp_path / 'vectors.npy'}[0]", f"{tmp_path / 'vectors.npy'}[1]", str(tmp_path / "vector.npy")),
        *("vector 7", "vector 8", "vector 9", str(tmp_path / "known.obj")),
    ]
    assert [result.id for result in results[2:6]] == [digest(8), digest(8), digest(8), digest(9)]
    (asked,) = TextEncoder.made[0].asked  # once, with all files that are not stored
    assert asked[0] == [str(folder / "1.obj"), str(folder / "2.obj")]


@pytest.mark.parametrize("how", ["its path", "a copy"])
def test_a_file_that_is_stored_unchanged_is_the_stored_shape(
    store: Store, tmp_path: Path, tiny_model: Any, how: str
) -> None:
    path = ingested(store, tiny_model, tmp_path / "thing.obj", 3)
    if how == "a copy":
        path = path.rename(tmp_path / "moved.obj")
    (result,) = index.search(store, path, k=30)
    assert (result.id, result.file) == (digest(3), None)
    assert digest(3) not in {hit.id for hit in result.hits} and len(result.hits) == 19
    assert all(not made.asked for made in TextEncoder.made)


def test_a_file_that_has_changed_or_was_removed_is_encoded(store: Store, tmp_path: Path, tiny_model: Any) -> None:
    path = ingested(store, tiny_model, tmp_path / "thing.obj", 3)
    write(path, row(store, 6))
    (result,) = index.search(store, path, k=1)
    assert (best(result), result.file) == (digest(6), str(path))
    again = ingested(store, tiny_model, tmp_path / "gone.obj", 7)
    store.remove(digest(7))
    with pytest.raises(BadInput, match="gone.obj: not a shape"):
        index.search(store, again)


def test_no_query_reads_every_source(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lookup, asked = store.known_source_hashes, []
    monkeypatch.setattr(store, "known_sources", None)
    monkeypatch.setattr(store, "known_source_hashes", lambda hashes: asked.append(hashes) or lookup(hashes))
    path = write(tmp_path / "new.stl", row(store, 4))
    index.search(store, [path, digest(1)])
    assert asked == [[hashlib.sha256(path.read_bytes()).hexdigest()]]


def test_one_file_that_fails_raises_with_its_name_and_reason(store: Store, tmp_path: Path) -> None:
    bad = tmp_path / "bad.obj"
    bad.write_text("nothing")
    with pytest.raises(BadInput, match=f"^{bad}: not a shape: ValueError$"):
        index.search(store, bad)
    with pytest.raises(BadInput, match="bad.obj: not a shape"):
        index.search(store, [digest(1), bad])
    with pytest.raises(ShapeNotFound, match="there is no file 'typo.stl', and no shape"):
        index.search(store, [digest(1), "typo.stl"])
    with pytest.raises(ShapeNotFound, match="key 999"):
        index.search(store, 999)


def test_failures_are_kept_where_others_go_on(store: Store, tmp_path: Path) -> None:
    (tmp_path / "bad.obj").write_text("nothing")
    np.save(tmp_path / "long.npy", np.ones(9, np.float32))
    queries = [digest(1), tmp_path / "bad.obj", "typo.stl", tmp_path / "long.npy", np.zeros(8), digest(2)]
    results = index.search(store, queries, k=1, exclude_self=False, skip_failed=True)
    assert [best(result) for result in results] == [digest(1), digest(2)]
    failed = {failure.path: failure.reason for failure in results.failures}
    assert sorted(failed) == sorted(["typo.stl", "vector 4", str(tmp_path / "bad.obj"), str(tmp_path / "long.npy")])
    assert failed[str(tmp_path / "bad.obj")] == "not a shape: ValueError"
    assert "there is no file" in failed["typo.stl"] and "zero" in failed["vector 4"]
    assert failed[str(tmp_path / "long.npy")].startswith("a query vector of shape (9,)")
    assert "failed: typo.stl: there is no file" in repr(results) and "typo.stl" in results._repr_html_()
    only = index.search(store, ["typo.stl"], skip_failed=True)
    assert only == [] and len(only.failures) == 1


def test_a_folder_gives_what_can_be_read(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(BadInput, match="in: the folder holds no file"):
        index.search(store, folder)
    (folder / "bad.obj").write_text("nothing")
    (folder / "x.secret").write_text("")
    with pytest.raises(BadInput, match=r"none of 2 files can be searched with; .*x.secret: no permission"):
        index.search(store, folder)
    write(folder / "good.obj", row(store, 3))
    results = index.search(store, folder, k=1)
    assert [best(result) for result in results] == [digest(3)]
    assert [Path(failure.path).name for failure in results.failures] == ["x.secret", "bad.obj"]


def test_names_stand_for_what_was_given(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "new.stl", row(store, 4))
    np.save(tmp_path / "two.npy", np.stack([row(store, 5), row(store, 6)]))
    results = index.search(store, [path, tmp_path / "two.npy"], names=["mine", "theirs"])
    assert [result.query for result in results] == ["mine", "theirs[0]", "theirs[1]"]
    with pytest.raises(BadInput, match="names: 1 for 2"):
        index.search(store, [path, digest(1)], names=["mine"])


def test_an_array_that_is_no_list_of_vectors_is_a_file(store: Store, tmp_path: Path) -> None:
    np.save(tmp_path / "cloud.npy", np.ones((50, 3)))
    with pytest.raises(BadInput, match="cloud.npy: not a shape"):
        index.search(store, tmp_path / "cloud.npy")


@pytest.mark.parametrize("query", [1.5, [1.0, 2.0], [True], [None]])
def test_what_is_no_query(store: Store, query: Any) -> None:
    with pytest.raises((BadInput, TypeError)):
        index.search(store, query)


def test_the_encoder_is_one_for_each_store_and_goes_with_it(store: Store, tmp_path: Path, tiny_model: Any) -> None:
    path = write(tmp_path / "new.stl", row(store, 4))
    for _ in range(3):
        index.search(store, path)
    other = init_store(tmp_path / "other.store", tiny_model)
    other.commit([new_shape(tiny_model, 1)])
    index.search(other, path)
    assert [len(made.asked) for made in TextEncoder.made] == [3, 1]
    gone = weakref.ref(TextEncoder.made.pop())
    del other
    gc.collect()
    assert gone() is None


def test_without_an_encoder_of_files(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inrstore.queries, "_registered", [])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [])
    inrstore.queries._installed.cache_clear()
    path = write(tmp_path / "new.stl", row(store, 4))
    for skip in (False, True):
        with pytest.raises(MissingDependency, match="install inrstore with pip"):
            index.search(store, [path, tmp_path], skip_failed=skip)
    assert best(index.search(store, digest(3), k=1, exclude_self=False)[0]) == digest(3)
    inrstore.queries._installed.cache_clear()


def test_another_package_s_encoder_goes_before_inrstore_s(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    class Point:
        def __init__(self, name: str, value: Any) -> None:
            self.name, self.load = name, lambda: value

    monkeypatch.setattr(inrstore.queries, "_registered", [])
    points = [Point("files", None), Point("zzz", TextEncoder)]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    inrstore.queries._installed.cache_clear()
    assert isinstance(inrstore.queries.file_encoder(store), TextEncoder)
    inrstore.queries._installed.cache_clear()


def test_records_compare_and_hash() -> None:
    vectors = np.ones(3, np.float32), np.ones(3, np.float32)
    queries = [Query("a", vectors=vector) for vector in vectors] + [Query("a", 5), Query("a", None, None, "f")]
    assert len(set(queries)) == 4 and queries[0] == queries[0] and queries[0] != queries[1]
    hit = index.Hit(1, "ab", 5, None, 0.25, "")
    results = [index.Result("q", [hit], "ab"), index.Result("q", [hit], "ab"), index.Result("q", [], "ab")]
    assert results[0] == results[1] != results[2] and len(set(results)) == 2
    assert dataclasses.replace(results[2], hits=[hit]) == results[0]
    answer = index.SearchResults(results, [Failure("x", "y")])
    copy = pickle.loads(pickle.dumps(answer))
    assert copy == answer and copy.failures == answer.failures
