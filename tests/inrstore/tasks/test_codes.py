"""Codes of real networks: what they are of, what is kept beside the store's embeddings, and what is decoded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest import encode, reencode
from inrstore.errors import BadInput, NoEncoder, StorageFull
from inrstore.metrics.surfaces import surface_metrics
from inrstore.model import Head, load_model
from inrstore.store import Store, init_store
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.points import surface_points
from inrstore.tasks import Codes
from tests.shapes import make_model, new_shape, packaged_networks, with_networks

COUNT = 4


@pytest.fixture(scope="module")
def networks() -> np.ndarray:
    return packaged_networks(load_model())[::12][:COUNT]


@pytest.fixture
def real(tmp_path: Path, networks: np.ndarray) -> Store:
    """A store of the packaged model with four real networks."""
    model = load_model()
    found = init_store(tmp_path / "real.store", model)
    shapes = [new_shape(model, number) for number in range(COUNT)]
    found.commit(with_networks(model, shapes, networks))
    return found


def cloud(surface: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return surface_points(*surface, 4_000, np.random.default_rng(0))


def test_what_is_decoded_is_the_shape(real: Store, networks: np.ndarray) -> None:
    codes = Codes.of(real)
    for key, row in zip(real.keys().tolist(), networks, strict=True):
        own = cloud(extract_mesh(inr_field(codes.model.siren, row), "sdf", 64))
        decoded = cloud(codes.surface(codes.code(key), "sdf", 64))
        assert surface_metrics(own, decoded, (0.05,))["f@0.05"] > 0.8
        solid = cloud(codes.surface(codes.of_points(own.astype(np.float32)), "sdf", 64))  # a cloud has no inside
        assert surface_metrics(own, solid, (0.05,))["f@0.05"] > 0.4


def test_codes_are_kept_beside_the_embeddings(real: Store) -> None:
    codes, before = Codes.of(real), real.embeddings()
    with pytest.raises(BadInput, match="4 shapes have no code yet"):
        codes.stored()
    assert real.codes_id is None
    done = encode(real, missing=True, beside=codes.model, jobs=1)
    assert (done.encoded, real.codes_id, real.encoder_id) == (COUNT, codes.id, load_model().encoder.id)
    keys, rows = codes.stored()
    assert rows.shape == (COUNT, codes.dim) and keys.tolist() == real.keys().tolist()
    for key, row in zip(keys.tolist(), rows, strict=True):
        np.testing.assert_allclose(codes.code(key), row, atol=2e-3)
    assert np.array_equal(real.embeddings()[1], before[1])
    real.compact(force=True)
    assert np.array_equal(Codes.of(real).stored(["label=chair"])[1], rows[1::2])
    assert encode(real, missing=True, beside=codes.model, jobs=1).encoded == 0


def test_without_a_decoder_there_are_no_codes(real: Store) -> None:
    with pytest.raises(NoEncoder, match="makes no codes"):
        Codes.of(real, make_model())
    with pytest.raises(NoEncoder, match="for search, not codes"):
        Codes.of(real, load_model())


def test_other_codes_take_their_place_when_all_are_there_and_the_former_go(real: Store) -> None:
    first = Codes.of(real)
    encode(real, beside=first.model, jobs=1)
    encoder = replace(first.model.encoding.part, settings={**_settings(first), "again": 1})
    assert first.model.decoder is not None
    other = replace(first.model, encoder=encoder, decoder=Head.of("other", first.model.decoder.decoder, encoder.id))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(type(real), "set_embeddings", _full)
        encode(real, beside=other, jobs=1)
    assert Codes.of(real).id == first.id  # nothing was switched
    encode(real, beside=other, jobs=1)
    assert Codes.of(real).id == encoder.id != first.id
    assert real.compact()["former_embeddings_dropped"] == COUNT
    assert len(real.embedding_keys(encoder.id)) == COUNT == len(real.embedding_keys())


def test_codes_that_searched_once_are_not_dropped(real: Store) -> None:
    codes = Codes.of(real)
    reencode(real, codes.model, jobs=1)
    reencode(real, "default", jobs=1)
    encode(real, missing=True, beside=codes.model, jobs=1)
    assert real.compact()["former_embeddings_dropped"] == 0
    assert len(codes.stored()[0]) == COUNT


def _settings(codes: Codes) -> dict[str, Any]:
    return dict(codes.model.encoding.part.settings)


def _full(*_: object, **__: object) -> int:
    raise StorageFull("no room")


def test_a_cloud_without_points_is_refused(real: Store) -> None:
    with pytest.raises(BadInput, match="none came"):
        Codes.of(real).of_points(np.empty((0, 3), np.float32))
