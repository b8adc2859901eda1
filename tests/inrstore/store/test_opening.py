"""Making and opening stores."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import inrstore
from inrstore import errors
from inrstore.store import Store, init_store, open_store
from tests.shapes import REPO, new_shape


def test_the_package_is_quick_and_lazy() -> None:
    code = "import sys, inrstore.store; print([m for m in ('torch', 'alembic', 'trimesh') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert inrstore.open_store is open_store and inrstore.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="attribute nothing"):
        _ = inrstore.nothing


def test_layout(local_ten: Store, tiny_model: Any) -> None:
    root = Path(local_ten.url)
    names = {path.relative_to(root).parts[0] for path in root.iterdir()} - {
        "catalog.sqlite-wal",
        "catalog.sqlite-shm",
    }
    assert names == {"store.json", "catalog.sqlite", "inrs", "embeddings", "bases", "encoders"}
    settings = json.loads((root / "store.json").read_text())
    assert settings["format"] == 2 and settings["base"] == tiny_model.base.id and settings["catalog"] is None
    assert len(list(root.glob(f"inrs/{tiny_model.base.id}/part-*.parquet"))) == 1
    assert local_ten.model.base.id == local_ten.base_id == tiny_model.base.id and local_ten.id == settings["id"]


def test_init_refuses_occupied_places(local_store: Store, tiny_model: Any, tmp_path: Path) -> None:
    with pytest.raises(errors.StoreExists, match="already a store"):
        init_store(local_store.url, tiny_model)
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


def test_open_refuses_what_is_no_store(tmp_path: Path, local_store: Store) -> None:
    for path in (tmp_path / "none", tmp_path, Path(local_store.url) / "store.json"):
        with pytest.raises(errors.StoreNotFound, match="inrstore init"):
            open_store(path)
    with pytest.raises(errors.BadInput, match="nor a URL"):
        open_store("nosuch://bucket/x")


def test_open_refuses_newer_and_damaged_stores(local_store: Store) -> None:
    file = Path(local_store.url) / "store.json"
    good = json.loads(file.read_text())
    file.write_text(json.dumps({**good, "format": 3}))
    with pytest.raises(errors.StoreFormatError, match="format 3, .* up to 2; upgrade with: pip install -U inrstore"):
        open_store(local_store.url)
    file.write_text("{")
    with pytest.raises(errors.StoreFormatError, match="damaged"):
        open_store(local_store.url)
    file.write_text(json.dumps(good))
    (Path(local_store.url) / "catalog.sqlite").unlink()
    with pytest.raises(errors.StoreFormatError, match="lost its catalog.sqlite"):
        open_store(local_store.url)


def test_passwords_stay_out_of_the_file() -> None:
    from inrstore.store.opening import _without_password

    assert _without_password("postgresql://me:secret@host/name") == "postgresql://me@host/name"
