"""A store of the version before bases and encoders had identities of their own: opened, and as good as it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from scipy.spatial import cKDTree

import index
from inrstore.errors import CorruptShard
from inrstore.records import Inr
from inrstore.store import Store, open_store
from inrstore.store import connection as way
from inrstore.surface.export import shape_field, to_source
from inrstore.surface.extraction import level_set, pull, shell_level
from tests.shapes import REPO

DATA = REPO / "tests" / "data" / "revision_0002"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "store", tmp_path / "old.store"))


def assert_as_it_was(store: Store) -> None:
    assert {shape.name: shape.id for shape in store.shapes()} == EXPECTED["ids"]
    for shape in store.shapes():
        facts, networks = EXPECTED["info"][shape.id], store.inrs(shape.key)
        assert (shape.label, dict(shape.tags)) == (facts["label"], facts["tags"])
        assert [network.profile for network in networks] == facts["profiles"]
        assert [network.encoded for network in networks] == [True, False][: len(networks)]
        assert store.sample_counts([shape.key]).get(shape.key, 0) == facts["samples"]
    assert store.verify().problems == []
    assert store.generation() > EXPECTED["generation"] and store.profile == "default"


def assert_same_hits(store: Store) -> None:
    for asked, hits in EXPECTED["hits"].items():
        (found,) = index.search(store, asked, k=6, exclude_self=False, pose="none")
        best = [(hit.id, hit.score, hit.label) for hit in found.hits][: len(hits)]
        assert [(hit[0], hit[2]) for hit in best] == [(one[0], one[2]) for one in hits]
        assert np.allclose([hit[1] for hit in best], [one[1] for one in hits], atol=1e-6)


def test_it_opens_and_is_as_it_was(old: Path) -> None:
    store = open_store(old)
    assert_as_it_was(store)
    assert_same_hits(store)
    assert [network.base for network in store.inrs(store.shape(EXPECTED["ids"]["ball"]).key)][0] == store.base_id
    assert store.model.encoder is not None and store.model.encoder.id == store.encoder_id
    assert store.model.decoder is not None and store.model.decoder.encoder_id == store.encoder_id


def test_its_networks_and_decoder_say_the_same(old: Path) -> None:
    """Surfaces as that version found them: the level set alone, which is not what an export is made of any more."""
    store = open_store(old)
    with np.load(DATA / "meshes.npz") as meshes:
        for name in ("ball", "egg", "plate"):
            for via in ("inr", "decoder"):
                if f"{name}.{via}.vertices" not in meshes:
                    continue
                shape = store.shape(EXPECTED["ids"][name])
                field, kind = shape_field(store, shape, via=via)
                vertices, _ = level_set(field, kind, 24, shell_level(24) if kind == "udf" else 0.0)
                if kind == "udf":
                    vertices = pull(field, vertices.astype(np.float32), 3).astype(np.float64)
                before, now = meshes[f"{name}.{via}.vertices"], to_source(shape, vertices)
                off = cKDTree(before).query(now)[0] / shape.scale
                assert np.quantile(off, 0.95) < 2e-3  # a flat decoder's few zeros may lie elsewhere in their cells
                kept = cKDTree(now).query(before)[0] < 2e-3 * shape.scale
                assert kept.mean() > 0.8  # but for the specks


def test_what_it_encodes_now_is_what_it_had(old: Path) -> None:
    """The encoder reads whole weights where it read their change: the same embeddings, but for the rounding."""
    store = open_store(old)
    keys, stored = store.embeddings()
    for base, field, mine in store.encodable():
        assert base == store.base_id
        again = store.model.encode(field, store.weights(mine))
        assert np.allclose(again, stored[np.isin(keys, mine)], atol=2e-2)  # it was made before the weights were rounded


def test_one_of_revision_0001_is_upgraded_twice(old: Path) -> None:
    with sqlite3.connect(old / "catalog.sqlite") as catalogue:
        for statement in ("DROP TABLE samples", "DELETE FROM shards WHERE kind = 'samples'"):
            catalogue.execute(statement)
        catalogue.execute("UPDATE alembic_version SET version_num = '0001'")
    store = open_store(old)
    assert way.revision(store.catalog) == way.HEAD and store.sample_counts() == {}
    assert store.verify().problems == [] and store.count() == len(EXPECTED["ids"])


def test_models_of_one_base_become_one_and_the_encoded_network_stays(old: Path) -> None:
    """A second model, of another encoder alone, with a later network of the same shape and profile."""
    with sqlite3.connect(old / "catalog.sqlite") as catalogue:
        ((own, first),) = catalogue.execute(
            "SELECT m.id, i.id FROM models m JOIN state s ON s.model_id = m.id "
            "JOIN inrs i ON i.model_key = m.key WHERE i.shape_key = 1"
        ).fetchall()[:1]
        twin = twin_of(old / "models" / own)
        columns = "name, weights, embedding_dim, info, created"
        copied = f"INSERT INTO models (id, {columns}) SELECT ?, {columns} FROM models WHERE id = ?"
        catalogue.execute(copied, (twin, own))
        catalogue.execute(
            "INSERT INTO inrs (shape_key, model_key, profile, field, error, steps, shard_id, row) "
            "SELECT shape_key, (SELECT key FROM models WHERE id = ?), profile, field, 9.0, steps, shard_id, row "
            "FROM inrs WHERE id = ?",
            (twin, first),
        )
    store = open_store(old)
    own_ones = [network for network in store.inrs(1) if network.base == store.base_id]
    assert [(network.profile, network.encoded) for network in own_ones] == [("default", True)]
    assert own_ones[0].error < 9 and store.verify().problems == []
    assert len(store.stats()["bases"]) == 2 and len(store.stats()["encoders"]) == 2  # two encoders of one base


def twin_of(model: Path) -> str:
    """Id of a copy of a model of format 1 whose encoder has another setting, and everything else is the same."""
    from inrstore.model import legacy
    from inrstore.model.part import read_tensors

    values = json.loads((model / "model.json").read_text())
    values["encoder"]["dropout"] = 0.5
    text = json.dumps(values, indent=2, sort_keys=True)
    twin = legacy.identity(text, read_tensors(model / "weights.safetensors"))
    shutil.copytree(model, model.parent / twin)
    (model.parent / twin / "model.json").write_text(text + "\n")
    return twin


def test_a_second_opening_changes_nothing_more(old: Path) -> None:
    before = open_store(old)
    ids = before.base_id, before.encoder_id, before.generation()
    before.close()
    after = open_store(old)
    assert (after.base_id, after.encoder_id, after.generation()) == ids
    assert all(name.startswith("models/") for name in after.verify().orphans)
    after.compact(force=True)
    assert after.verify().orphans == [] and not any((old / "models").rglob("*.*"))
    assert_as_it_was(open_store(old))


def test_several_open_it_at_once(old: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(old), range(4)))
    assert len({(store.base_id, store.encoder_id) for store in stores}) == 1
    assert_as_it_was(stores[0])


def test_a_damaged_model_is_named_and_nothing_is_changed(old: Path) -> None:
    weights = max((old / "models").rglob("weights.safetensors"), key=lambda path: path.stat().st_size)
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-40] + bytes(40))
    with pytest.raises(CorruptShard, match="models/.*restore it from a backup"):
        open_store(old)
    weights.write_bytes(whole)
    assert_as_it_was(open_store(old))


def test_an_interrupted_upgrade_is_made_again(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inrstore.store import adoption

    with monkeypatch.context() as interrupted:
        interrupted.setattr(adoption, "_enter", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            open_store(old)
    assert_as_it_was(open_store(old))


def test_a_catalogue_in_postgresql_is_upgraded(
    old: Path, empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database()
    copy_of_revision_0002(old, url, monkeypatch)
    store = open_store(old, catalog_url=url)
    assert_as_it_was(store)
    assert_same_hits(store)
    before = max(row.id for row in networks_of(store))
    store.add_inrs({1: [replace(inr_of(store), profile="again")]})
    assert max(row.id for row in networks_of(store)) > before  # ids go on where they were
    store.remove(EXPECTED["ids"]["plate"])
    store.compact(force=True)
    assert store.verify().ok and store.verify().orphans == []
    store.close()


def networks_of(store: Store) -> Any:
    with store.catalog.read() as connection:
        return connection.execute(sa.text("SELECT id FROM inrs")).all()


def inr_of(store: Store) -> Inr:
    (row, *_) = store.inrs(1)
    return Inr(row.base, row.profile, row.field, store.weights([1])[0], row.error, row.steps)


def copy_of_revision_0002(old: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixture's catalogue, row by row, in a PostgreSQL database; the SQLite file is taken away."""
    from alembic import command

    upgrade = command.upgrade
    target = way.connect(url)
    with monkeypatch.context() as past:
        past.setattr(command, "upgrade", lambda config, _: upgrade(config, "0002"))
        way.create(target)
    source = way.connect(way.sqlite_url(old / "catalog.sqlite"))
    tables = sa.MetaData()
    with target.engine.begin() as into, source.engine.connect() as out:
        tables.reflect(into)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            there = sa.Table(table.name, sa.MetaData(), *(sa.Column(c.name, c.type) for c in table.columns))
            rows = [dict(row._mapping) for row in out.execute(sa.select(there))]
            if rows:
                into.execute(sa.insert(table), rows)
    source.close()
    target.close()
    (old / "catalog.sqlite").unlink()
