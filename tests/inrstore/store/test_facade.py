"""The store's promises, one by one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inrstore
from inrstore import errors
from inrstore.store import Store, init_store, open_store
from tests.shapes import REPO, digest, make_model, new_inr, new_shape


@pytest.fixture
def ten(store: Store, tiny_model: Any) -> Store:
    store.commit([new_shape(tiny_model, number) for number in range(10)])
    return store


def key(store: Store, number: int) -> int:
    return store.shape(digest(number)).key


# --- making and opening


def test_the_package_is_quick_and_lazy() -> None:
    code = "import sys, inrstore.store; print([m for m in ('torch', 'alembic', 'trimesh') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert inrstore.open_store is open_store and inrstore.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="attribute nothing"):
        _ = inrstore.nothing


def test_layout(ten: Store, tiny_model: Any) -> None:
    root = Path(ten.url)
    names = {path.relative_to(root).parts[0] for path in root.iterdir()} - {
        "catalog.sqlite-wal",
        "catalog.sqlite-shm",
    }
    assert names == {"store.json", "catalog.sqlite", "inrs", "embeddings", "models"}
    settings = json.loads((root / "store.json").read_text())
    assert settings["format"] == 1 and settings["model"] == tiny_model.id and settings["catalog"] is None
    assert len(list(root.glob(f"inrs/{tiny_model.id}/part-*.parquet"))) == 1
    assert ten.model.id == ten.model_id == tiny_model.id and ten.id == settings["id"]


def test_init_refuses_occupied_places(store: Store, tiny_model: Any, tmp_path: Path) -> None:
    with pytest.raises(errors.StoreExists, match="already a store"):
        init_store(store.url, tiny_model)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    for name in ("full", "full/file"):
        with pytest.raises(errors.StoreExists, match="new or empty directory"):
            init_store(tmp_path / name, tiny_model)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


def test_init_takes_an_empty_directory_and_odd_names(tiny_model: Any, tmp_path: Path) -> None:
    for name in ("plain", "with space", "ümlaut%20?#"):
        (tmp_path / name).mkdir()
        init_store(tmp_path / name, tiny_model).commit([new_shape(tiny_model, 1)])
        assert open_store(tmp_path / name).count() == 1


def test_a_failed_init_leaves_nothing_in_the_way(tiny_model: Any, tmp_path: Path) -> None:
    with pytest.raises(errors.InrstoreError, match="cannot open"):
        init_store(tmp_path / "x", tiny_model, catalog_url=f"sqlite:///{tmp_path}/none/catalog.sqlite")
    assert list((tmp_path / "x").iterdir()) == []
    init_store(tmp_path / "x", tiny_model)


def test_the_catalogue_may_be_elsewhere(tiny_model: Any, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.sqlite"
    store = init_store(tmp_path / "x", tiny_model, catalog_url=url)
    store.commit([new_shape(tiny_model, 1)])
    assert open_store(tmp_path / "x").count() == 1 and not (tmp_path / "x/catalog.sqlite").exists()
    with pytest.raises(errors.StoreExists, match="already is the catalogue"):
        init_store(tmp_path / "y", tiny_model, catalog_url=url)
    init_store(tmp_path / "z", tiny_model)
    with pytest.raises(errors.StoreFormatError, match="belongs to another store"):
        open_store(tmp_path / "z", catalog_url=url)


def test_open_refuses_what_is_no_store(tmp_path: Path, store: Store) -> None:
    for path in (tmp_path / "none", tmp_path, Path(store.url) / "store.json"):
        with pytest.raises(errors.StoreNotFound, match="inrstore init"):
            open_store(path)
    with pytest.raises(errors.BadInput, match="nor a URL"):
        open_store("nosuch://bucket/x")


def test_open_refuses_newer_and_damaged_stores(store: Store) -> None:
    file = Path(store.url) / "store.json"
    good = json.loads(file.read_text())
    file.write_text(json.dumps({**good, "format": 2}))
    with pytest.raises(errors.StoreFormatError, match="format 2, .* up to 1; upgrade with: pip install -U inrstore"):
        open_store(store.url)
    file.write_text("{")
    with pytest.raises(errors.StoreFormatError, match="damaged"):
        open_store(store.url)
    file.write_text(json.dumps(good))
    (Path(store.url) / "catalog.sqlite").unlink()
    with pytest.raises(errors.StoreFormatError, match="lost its catalog.sqlite"):
        open_store(store.url)


def test_passwords_stay_out_of_the_file() -> None:
    from inrstore.store.opening import _without_password

    assert _without_password("postgresql://me:secret@host/name") == "postgresql://me@host/name"


# --- storing


def test_what_goes_in_comes_out(store: Store, tiny_model: Any) -> None:
    rotation = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0)
    given = new_shape(tiny_model, 7, rotation=rotation, tags={"units": "mm", "split": "train"})
    assert store.commit([given]).stored == [given.sha256]
    shape = store.shape(given.sha256)
    assert (shape.id, shape.name, shape.field, shape.kind) == (given.sha256, "shape 7", "sdf", "mesh")
    assert (shape.center, shape.scale, shape.rotation) == (given.center, given.scale, rotation)
    assert (shape.label, shape.tags, shape.quality) == ("chair", given.tags, given.quality)
    assert shape.sources == ("/data/chair/7.obj",)
    (row,) = store.inrs(shape.key)
    assert (row.model, row.profile, row.field, row.steps) == (tiny_model.id, "default", "sdf", 100)
    theta = store.weights([shape.key])[0]
    base = tiny_model.base("sdf")
    assert np.array_equal(theta, base + (given.inrs[0].weights - base).astype(np.float16).astype(np.float32))
    assert np.array_equal(store.embeddings()[1][0], given.embedding)


def test_duplicates_add_their_source(ten: Store, tiny_model: Any) -> None:
    twin = new_shape(tiny_model, 3, source="/elsewhere/3.stl", source_sha256=digest("stl"))
    new = new_shape(tiny_model, 20)
    done = ten.commit([twin, new, new])
    assert (done.stored, done.duplicates) == ([new.sha256], [twin.sha256, new.sha256])
    assert ten.count() == 11 and ten.shape(digest(3)).sources == ("/data/chair/3.obj", "/elsewhere/3.stl")
    assert ten.shape("/elsewhere/3.stl").id == digest(3)
    assert ten.known_sources()["/elsewhere/3.stl"] == digest("stl")
    assert ten.keys_of_bytes([digest("stl"), digest("nobody")]) == {digest("stl"): key(ten, 3)}


def test_only_duplicates_leave_no_shard_and_the_generation(ten: Store, tiny_model: Any) -> None:
    before = ten.generation(), sorted(Path(ten.url).rglob("*.parquet"))
    assert ten.commit([new_shape(tiny_model, 1)]).stored == []
    assert ten.commit([]).stored == []
    assert (ten.generation(), sorted(Path(ten.url).rglob("*.parquet"))) == before


def test_a_path_belongs_to_its_newest_content(ten: Store, tiny_model: Any) -> None:
    path = "/data/chair/3.obj"
    ten.commit([new_shape(tiny_model, 30, source=path, source_sha256=digest("new"))])
    assert ten.shape(path).id == digest(30) and ten.known_sources()[path] == digest("new")
    ten.commit([new_shape(tiny_model, 3)])  # the file is put back
    assert ten.shape(path).id == digest(3)


def test_add_source(ten: Store) -> None:
    ten.add_source(key(ten, 2), "s3://bucket/2.obj", digest("two"), 5)
    assert ten.shape("s3://bucket/2.obj").id == digest(2)
    with pytest.raises(errors.ShapeNotFound, match="999"):
        ten.add_source(999, "x", digest("x"), 1)


def test_several_models_and_profiles(store: Store, tiny_model: Any) -> None:
    other = make_model(seed=1, embedding_dim=None, name="surface")
    shape = new_shape(tiny_model, 1, inrs=(new_inr(tiny_model, 1), new_inr(other, 1, "fidelity")))
    with pytest.raises(errors.ModelNotFound, match="add_model"):
        store.commit([shape])
    store.add_model(other)
    store.add_model(other)
    store.commit([shape, new_shape(tiny_model, 2)])
    assert [(row.model, row.profile) for row in store.inrs(1)] == [
        (tiny_model.id, "default"),
        (other.id, "fidelity"),
    ]
    for choice in ({"model": other.id}, {"profile": "fidelity"}):
        assert np.allclose(store.weights([1], **choice)[0], new_inr(other, 1, "fidelity").weights, atol=1e-4)
    assert np.allclose(store.weights([2, 1])[1], new_inr(tiny_model, 1).weights, atol=1e-4)
    with pytest.raises(errors.ShapeNotFound, match="1 of 2 shapes have no network of profile fidelity"):
        store.weights([1, 2], profile="fidelity")
    assert open_store(store.url).load_model(other.id).name == "surface" and store.verify().ok
    with pytest.raises(errors.ModelNotFound):
        store.load_model("f" * 64)


def test_add_inrs(ten: Store, tiny_model: Any) -> None:
    other = make_model(seed=1, embedding_dim=None, name="surface")
    keys, before = ten.keys().tolist(), ten.generation()
    with pytest.raises(errors.ModelNotFound, match="add_model"):
        ten.add_inrs({keys[0]: [new_inr(other, 1, "fidelity")]})
    ten.add_model(other)
    given = {keys[n]: [new_inr(other, n, "fidelity"), new_inr(tiny_model, n, "long")] for n in (2, 5)}
    assert ten.add_inrs({**given, 999: [new_inr(other, 1, "fidelity")]}) == 2
    assert ten.add_inrs({}) == ten.add_inrs({keys[0]: []}) == ten.add_inrs({999: [new_inr(other, 1, "x")]}) == 0
    rows = [(row.model, row.profile) for row in ten.inrs(keys[2])]
    assert rows == [(tiny_model.id, "default"), (other.id, "fidelity"), (tiny_model.id, "long")]
    assert ten.keys_with_profile("fidelity").tolist() == [keys[2], keys[5]] == ten.keys_with_profile("long").tolist()
    assert ten.keys_with_profile("fidelity", other.id).tolist() == [keys[2], keys[5]]
    assert ten.keys_with_profile("fidelity", tiny_model.id).tolist() == []
    assert ten.keys_with_profile("default").tolist() == keys and ten.keys_with_profile("none").tolist() == []
    found = ten.weights([keys[5], keys[2]], profile="fidelity")
    assert np.allclose(found[1], given[keys[2]][0].weights, atol=1e-4)
    assert np.allclose(ten.weights([keys[2]])[0], new_inr(tiny_model, 2).weights, atol=1e-4)  # still the encoded one
    assert ten.generation() == before and ten.verify().ok and ten.verify().orphans == []


def test_add_inrs_replaces(ten: Store, tiny_model: Any) -> None:
    key = ten.keys().tolist()[3]
    for number in (30, 31):
        ten.add_inrs({key: [new_inr(tiny_model, number, "long")]})
    assert [row.profile for row in ten.inrs(key)] == ["default", "long"]
    for _ in range(2):
        assert np.allclose(ten.weights([key], profile="long")[0], new_inr(tiny_model, 31, "long").weights, atol=1e-4)
        assert ten.verify().ok
        ten.compact()
    assert ten.compact()["shards_folded"] == 0  # the replaced row is gone
    ten.remove(digest(3))
    assert ten.keys_with_profile("long").tolist() == []


@pytest.mark.parametrize(
    "profile, changes, error, message",
    [
        ("default", {}, errors.BadInput, "embedding was made from .* 'default'.* remove the shape"),
        ("long", {"field": "udf"}, errors.BadInput, "field is sdf"),
        ("long", {"error": float("nan")}, errors.BadInput, "diverged"),
        ("long", {"weights": np.zeros(5, np.float32)}, errors.ModelMismatch, r"\(5,\)"),
        ("long", {"weights": np.full(41, 1e6, np.float32)}, errors.BadInput, "long"),
    ],
)
def test_bad_further_networks_are_refused_whole(
    ten: Store, tiny_model: Any, profile: str, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    one, two = ten.keys().tolist()[:2]
    bad = replace(new_inr(tiny_model, 1, profile), **changes)
    with pytest.raises(error, match=message):
        ten.add_inrs({one: [new_inr(tiny_model, 0, "long")], two: [bad]})
    with pytest.raises(errors.BadInput, match="two networks"):
        ten.add_inrs({one: [new_inr(tiny_model, 0, "long")] * 2})
    assert ten.keys_with_profile("long").tolist() == [] and ten.verify().ok and ten.verify().orphans == []


def test_fields_have_their_own_bases(store: Store, tiny_model: Any) -> None:
    udf = new_shape(tiny_model, 1, field="udf", inrs=(new_inr(tiny_model, 1, field="udf"),))
    store.commit([udf, new_shape(tiny_model, 2)])
    both = store.weights([1, 2])
    assert np.allclose(both[0], udf.inrs[0].weights, atol=1e-4)
    assert np.allclose(both[1], new_inr(tiny_model, 2).weights, atol=1e-4)


def test_a_model_without_encoder(tmp_path: Path) -> None:
    model = make_model(embedding_dim=None)
    store = init_store(tmp_path / "x", model)
    store.commit([new_shape(model, 1)])
    assert store.weights([1]).shape == (1, 41) and store.verify().ok
    with pytest.raises(errors.NoEncoder, match="no encoder"):
        store.embeddings()


BAD: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "hash": ({"sha256": "xyz"}, errors.BadInput),
    "scale": ({"scale": 0.0}, errors.BadInput),
    "center": ({"center": (0.0, float("nan"), 0.0)}, errors.BadInput),
    "rotation": ({"rotation": (1.0,)}, errors.BadInput),
    "quality": ({"quality": {"a": float("inf")}}, errors.BadInput),
    "no network": ({"inrs": ()}, errors.ModelMismatch),
    "embedding's size": ({"embedding": np.zeros(3, np.float32)}, errors.ModelMismatch),
    "embedding's values": ({"embedding": np.full(8, np.nan, np.float32)}, errors.BadInput),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_shapes_are_refused_whole(store: Store, tiny_model: Any, what: str) -> None:
    changes, error = BAD[what]
    with pytest.raises(error, match="/data/chair/1.obj"):
        store.commit([new_shape(tiny_model, 0), new_shape(tiny_model, 1, **changes)])
    assert store.count() == 0 and store.verify().orphans == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_bad_weights_are_refused(store: Store, tiny_model: Any, value: float) -> None:
    inr = new_inr(tiny_model, 1)
    inr.weights[3] = value
    with pytest.raises(errors.BadInput, match="/data/chair/1.obj"):
        store.commit([new_shape(tiny_model, 1, inrs=(inr,))])
    with pytest.raises(errors.ModelMismatch, match=r"weights \(5,\)"):
        store.commit([new_shape(tiny_model, 1, inrs=(replace(inr, weights=inr.weights[:5]),))])
    with pytest.raises(errors.BadInput, match="two networks"):
        store.commit([new_shape(tiny_model, 1, inrs=(new_inr(tiny_model, 1),) * 2)])
    assert store.count() == 0 and store.verify().orphans == []


def test_file_names_that_are_not_text(store: Store, tiny_model: Any) -> None:
    odd = b"/data/\xff\x01.obj".decode("utf-8", "surrogateescape")
    store.commit([new_shape(tiny_model, 1, source=odd, name="naïve 椅子")])
    assert store.shape(odd).name == "naïve 椅子"
    store.record_failure(odd, "broken", "load")
    assert len(store.failures()) == 1
    store.clear_failure(odd)
    assert store.failures() == []


# --- finding


def test_references(ten: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model: Any) -> None:
    five = ten.shape(digest(5))
    assert ten.shape(digest(5)[:8]) == ten.shape(digest(5).upper()) == ten.shape("/data/chair/5.obj") == five
    ten.commit([new_shape(tiny_model, 50, source=str(tmp_path / "a b.obj"))])
    monkeypatch.chdir(tmp_path)
    assert ten.shape("a b.obj").id == ten.shape("./a b.obj").id == digest(50)
    for ref in ("", "abc", "f" * 64, "/data/none.obj", "*"):
        with pytest.raises(errors.ShapeNotFound, match="inrstore list"):
            ten.shape(ref)


def test_ambiguous_prefixes(store: Store, tiny_model: Any) -> None:
    ids = ["abcd" + digest(number)[4:] for number in range(2)]
    store.commit([new_shape(tiny_model, number, sha256=ids[number]) for number in range(2)])
    with pytest.raises(errors.AmbiguousShape, match="give more digits"):
        store.shape("abcd")
    assert store.shape(ids[0][:12]).id == ids[0]


def test_a_path_that_looks_like_an_id(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1, source="cafe")])
    assert store.shape("cafe").id == digest(1)


WHERE: dict[str, tuple[dict[str, str], set[int]]] = {
    "all": ({}, set(range(10))),
    "label": ({"label": "chair"}, {1, 3, 5, 7, 9}),
    "glob": ({"label": "t*e"}, {0, 2, 4, 6, 8}),
    "case counts": ({"label": "Chair"}, set()),
    "tag": ({"split": "test"}, {0, 3, 6, 9}),
    "both": ({"split": "te*", "label": "chair"}, {3, 9}),
    "name": ({"name": "shape 4"}, {4}),
    "source": ({"source": "*/table/*"}, {0, 2, 4, 6, 8}),
    "field": ({"field": "sdf", "kind": "mesh"}, set(range(10))),
    "unknown tag": ({"colour": "red"}, set()),
    "wildcards of SQL are plain": ({"label": "%", "name": "_hape*"}, set()),
    "underscore beside a star": ({"name": "shape_*"}, set()),
}


@pytest.mark.parametrize("what", WHERE)
def test_conditions(ten: Store, what: str) -> None:
    where, numbers = WHERE[what]
    found = ten.shapes(where)
    assert {shape.id for shape in found} == {digest(number) for number in numbers}
    assert [shape.key for shape in found] == sorted(shape.key for shape in found) == ten.keys(where).tolist()


def test_shapes_by_ids_and_limit(ten: Store) -> None:
    assert [s.name for s in ten.shapes(ids=[digest(4), digest(2), "nothing"])] == ["shape 2", "shape 4"]
    assert len(ten.shapes(limit=3)) == 3 and len(ten.shapes({"label": "chair"}, ids=[digest(1)], limit=1)) == 1
    keys = ten.keys()
    assert set(ten.shapes_by_key([keys[0], 999])) == {keys[0]} and len(keys) == ten.count() == 10


# --- removing and re-encoding


def test_removed_shapes_are_gone_and_can_return(ten: Store, tiny_model: Any) -> None:
    old, before = key(ten, 4), ten.generation()
    assert ten.remove(digest(4)[:10]).name == "shape 4"
    assert ten.generation() == before + 1 and ten.count() == 9
    keys = ten.keys()
    assert old not in ten.embeddings()[0] and old not in keys and old not in ten.shapes_by_key([old])
    assert "/data/table/4.obj" not in ten.known_sources()
    for call in (lambda: ten.shape(digest(4)), lambda: ten.weights([old]), lambda: ten.remove(digest(4))):
        with pytest.raises(errors.ShapeNotFound):
            call()
    ten.commit([new_shape(tiny_model, 4)])
    assert key(ten, 4) != old and ten.count() == 10 and ten.shape("/data/table/4.obj").id == digest(4)
    ten.remove(digest(4))
    ten.compact()
    ten.commit([new_shape(tiny_model, 4)])
    assert key(ten, 4) > old + 1, "keys are never used twice"
    assert ten.verify().ok


def test_embeddings_of_some_keys(ten: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [key(ten, 7), key(ten, 2), 999]
    for many in (20_000, 0):
        monkeypatch.setattr("inrstore.store.embeddings.MANY", many)
        keys, matrix = ten.embeddings(wanted)
        assert keys.tolist() == sorted(wanted[:2]) and matrix.shape == (2, 8)
    assert ten.embeddings([])[1].shape == (0, 8)
    assert ten.weights([]).shape == (0, 41)
    assert np.array_equal(ten.embedding_keys(), ten.keys())


def test_replacing_embeddings(ten: Store) -> None:
    keys = ten.keys()
    fresh = np.random.default_rng(9).normal(size=(10, 8)).astype(np.float32)
    before = ten.generation()
    assert ten.rewritten() == 0
    ten.remove(digest(0))
    assert ten.replace_embeddings(keys, fresh) == 9
    assert np.array_equal(ten.embeddings()[1], fresh[1:])
    assert ten.generation() == ten.rewritten() == before + 2
    ten.compact()
    assert np.array_equal(ten.embeddings()[1], fresh[1:]) and ten.verify() == ten.verify() and ten.verify().ok
    with pytest.raises(errors.ModelMismatch, match="has 8"):
        ten.replace_embeddings(keys, fresh[:, :5])
    with pytest.raises(errors.BadInput, match="do not fit"):
        ten.replace_embeddings(keys[:3], fresh)
    assert ten.replace_embeddings([], fresh[:0]) == 0


def test_shapes_without_embedding_get_one_later(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1, embedding=None), new_shape(tiny_model, 2)])
    assert store.embedding_keys().tolist() == [2]
    store.replace_embeddings([1], np.ones((1, 8), np.float32))
    assert store.embeddings()[0].tolist() == [1, 2] and store.rewritten() == 0


# --- the ledger


def test_failures(store: Store, tiny_model: Any) -> None:
    store.record_failure("/b", "first", "load")
    store.record_failure("/b", "second", "fit")
    store.record_failure("/data/chair/1.obj", "hung")
    assert [(f.path, f.reason, f.stage) for f in store.failures()] == [
        ("/b", "second", "fit"),
        ("/data/chair/1.obj", "hung", ""),
    ]
    store.commit([new_shape(tiny_model, 1)])
    assert [f.path for f in store.failures()] == ["/b"]
    store.clear_failure("/b")
    assert store.failures() == []


def test_runs_and_indexes(store: Store) -> None:
    store.record_run("ingest", {"jobs": 2}, {"stored": 3})
    assert [(run.kind, run.settings, run.result) for run in store.runs()] == [("ingest", {"jobs": 2}, {"stored": 3})]
    store.register_index("default", "flat", {"rows": 1})
    store.register_index("default", "hnsw", {"rows": 2}, generation=7)
    (row,) = store.index_rows()
    assert (row.name, row.backend, row.generation, row.info) == ("default", "hnsw", 7, {"rows": 2})
    assert store.index_entry("default") == row and store.index_entry("other") is None
    store.forget_index("default")
    assert store.index_rows() == []
    assert store.index_dir("default") == Path(store.url) / "indexes/default"
    for name in ("../x", ".hidden", "", "a/b"):
        with pytest.raises(errors.BadInput, match="index name"):
            store.index_dir(name)


def test_labels_and_tags_by_key(ten: Store) -> None:
    shapes = ten.shapes()
    assert ten.values("label") == {shape.key: shape.label for shape in shapes}
    tables = [shape for shape in shapes if shape.label == "table"]
    assert ten.values("split", {"label": "table"}) == {shape.key: shape.tags["split"] for shape in tables}
    ten.remove(shapes[0].id)
    assert set(ten.values("label")) == {shape.key for shape in shapes[1:]}
    assert ten.values("colour") == {}
