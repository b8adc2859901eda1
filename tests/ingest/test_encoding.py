"""Embeddings of stored networks: made anew to the byte, and by another encoder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest
from ingest import encoding
from ingest.engines import LocalEngine
from inrstore.errors import ModelMismatch, NoEncoder
from inrstore.model import Model
from inrstore.store import Store, init_store, open_store
from tests.ingest.runs import boxes, run
from tests.inrstore.model.models import projection_model
from tests.shapes import REPO, digest, make_model, new_shape


@pytest.fixture
def filled(store: Store, small_model: Model) -> Store:
    """Twenty networks, with embeddings that no encoder made."""
    store.commit([new_shape(small_model, number) for number in range(20)])
    return store


@pytest.fixture
def outside(small_model: Model) -> Model:
    """Another encoder of the same base, of a kind from outside."""
    from inrstore.model import encoders
    from tests.inrstore.model.models import Projection

    encoders.register(Projection)
    return projection_model(small_model.base)


def rows_of(store: Store, model: Model) -> np.ndarray:
    """What the model's encoder says of the stored weights, shape by shape."""
    return np.concatenate([model.encode("sdf", store.weights([key])) for key in store.keys().tolist()])


def test_what_ingest_encoded_comes_again_to_the_byte(store: Store, tmp_path: Path) -> None:
    run(store, boxes(tmp_path / "in", 5))
    before = store.embeddings()[1]
    result = ingest.encode(store, jobs=2)
    assert (result.encoded, result.switched, result.encoder) == (5, False, store.encoder_id)
    assert store.embeddings()[1].tobytes() == before.tobytes()


def test_where_there_is_a_gpu_this_process_encodes(
    filled: Store, outside: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalEngine, "processor", lambda _, asked: {"cuda": "cuda"}[asked])
    monkeypatch.setattr(LocalEngine, "run", lambda *_: pytest.fail("workers were asked"))
    assert ingest.reencode(filled, outside, device="cuda").encoded == 20  # of a kind that knows no GPU
    assert np.array_equal(filled.embeddings()[1], rows_of(filled, outside))


def test_only_missing_ones(filled: Store, small_model: Model) -> None:
    assert ingest.encode(filled, missing=True).encoded == 0
    bare = new_shape(small_model, 30, embedding=None, encoder=None)
    filled.commit([bare])
    generation = filled.generation()
    assert ingest.encode(filled, missing=True, jobs=1).encoded == 1 and filled.generation() > generation
    key = filled.shape(bare.sha256).key
    assert filled.embeddings([key])[1].tobytes() == small_model.encode("sdf", filled.weights([key])).tobytes()


def test_another_encoder_takes_over_in_one_step(filled: Store, outside: Model) -> None:
    former, networks = filled.encoder_id, filled.weights(filled.keys())
    seen: list[int] = []
    result = ingest.reencode(filled, outside, jobs=2, on_progress=lambda progress: seen.append(progress.done))
    assert outside.encoder is not None and result.encoded == 20 and result.switched and seen[-1] == 20
    for store in (filled, open_store(filled.url)):
        assert store.encoder_id == outside.encoder.id == result.encoder and store.base_id == outside.base.id
        assert np.array_equal(store.embeddings()[1], rows_of(store, outside))
    assert np.array_equal(filled.weights(filled.keys()), networks) and filled.verify().ok
    assert len(filled.embedding_keys(former)) == 20  # until the store is compacted
    assert filled.compact()["former_embeddings_dropped"] == 20 and len(filled.embedding_keys(former)) == 0
    assert filled.verify().problems == [] and len(filled.embeddings()[0]) == 20


def test_back_again_takes_no_encoding(filled: Store, outside: Model, small_model: Model) -> None:
    before = filled.embeddings()[1]
    ingest.reencode(filled, outside, jobs=1)
    result = ingest.reencode(filled, small_model, jobs=1)
    assert (result.encoded, result.switched) == (0, True) and np.array_equal(filled.embeddings()[1], before)
    again = ingest.reencode(filled, small_model, jobs=1)
    assert (again.encoded, again.switched) == (0, False)


def test_shapes_that_come_meanwhile_are_encoded_too(
    filled: Store, outside: Model, small_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch, late = Store.switch_encoder, iter(range(100, 102))

    def after_a_commit(self: Store, encoder: str) -> int:
        if (number := next(late, None)) is not None:
            open_store(self.url).commit([new_shape(small_model, number)])
        return switch(self, encoder)

    monkeypatch.setattr(Store, "switch_encoder", after_a_commit)
    assert ingest.reencode(filled, outside, jobs=1).encoded == 22
    assert np.array_equal(filled.embeddings()[1], rows_of(filled, outside)) and filled.count() == 22


def test_a_run_that_began_before_the_change_is_refused_whole(filled: Store, outside: Model, small_model: Model) -> None:
    ingest.reencode(filled, outside, jobs=1)
    with pytest.raises(ModelMismatch, match="changed by reencode just now, run the same command again"):
        filled.commit([new_shape(small_model, 200)])
    assert filled.count() == 20 and filled.verify().orphans == []


def test_a_shape_that_is_removed_meanwhile_is_left_out(filled: Store, outside: Model) -> None:
    from inrstore.model import Encoding

    assert outside.encoder is not None
    key = filled.shape(digest(3)).key
    encoding._settings = (filled, {filled.base_id: Encoding(outside.base, outside.encoder)})
    filled.remove(key)
    keys, rows = encoding.run(encoding.Block(filled.base_id, "sdf", (key - 1, key, key + 1)), "cpu")
    assert keys == (key - 1, key + 1) and np.array_equal(rows, outside.encode("sdf", filled.weights(keys)))


def test_an_encoder_of_another_base_is_refused_with_what_could_be_fitted_again(filled: Store, tmp_path: Path) -> None:
    other = projection_model(make_model(seed=5).base)
    real = tmp_path / "real.obj"
    real.write_text("v 0 0 0")
    filled.add_source(filled.shape(digest(1)).key, str(real), digest("file"), 7)
    with pytest.raises(ModelMismatch, match="20 shapes .*1 of their source files .*0 have kept samples.*init NEW"):
        ingest.reencode(filled, other)
    with pytest.raises(NoEncoder, match="no encoder"):
        ingest.reencode(filled, make_model(embedding_dim=None))


def test_a_store_without_an_encoder_gets_one(small_model: Model, outside: Model, tmp_path: Path) -> None:
    bare = init_store(tmp_path / "bare.store", Model("bare", small_model.base))
    bare.commit([new_shape(small_model, n, embedding=None, encoder=None) for n in range(3)])
    with pytest.raises(NoEncoder, match="reencode --model"):
        ingest.encode(bare)
    assert ingest.reencode(bare, outside, jobs=1).encoded == 3
    assert np.array_equal(bare.embeddings()[1], rows_of(bare, outside))


SCRIPT = """
import sys, ingest
from ingest import encoding
from inrstore.model import encoders, load_model
from inrstore.store import open_store
from tests.inrstore.model.models import Projection

encoders.register(Projection)
encoding.BLOCK, encoding.ROWS = 1, 4
ingest.reencode(open_store(sys.argv[1]), load_model(sys.argv[2]), jobs=1,
                on_progress=lambda progress: print(progress.done, flush=True))
"""


def test_killed_and_given_again_it_goes_on(filled: Store, outside: Model, tmp_path: Path) -> None:
    outside.save(tmp_path / "model")
    assert outside.encoder is not None
    former = filled.encoder_id
    command = [sys.executable, "-c", SCRIPT, filled.url, str(tmp_path / "model")]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    child: Any = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    while int(child.stdout.readline()) < 9:
        pass
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    time.sleep(0.1)
    kept = len(filled.embedding_keys(outside.encoder.id))
    assert 4 <= kept < 20 and filled.encoder_id == former and filled.verify().problems == []
    result = ingest.reencode(filled, outside, jobs=1)
    assert result.encoded == 20 - kept and filled.encoder_id == outside.encoder.id
    assert np.array_equal(filled.embeddings()[1], rows_of(filled, outside))
