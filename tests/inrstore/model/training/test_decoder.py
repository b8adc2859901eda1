"""An implicit decoder for a store's embeddings, learned from networks whose surfaces are known spheres."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ingest import reencode
from inrstore.errors import BadInput, NoEncoder
from inrstore.model import Base, EncoderPart, Model
from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.lattice import LatticeEncoder, LatticeSettings
from inrstore.model.training.decoder import RECIPE, train_decoder
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, random_base
from inrstore.network.recipe import Recipe
from inrstore.records import Inr
from inrstore.store import Store, init_store
from tests.shapes import digest, make_model, new_shape

BALLS = Recipe("balls", hidden=16, layers=2, omega=10, steps=120, batch_points=512)
RADII = np.linspace(0.35, 0.9, 24)
SMALL = replace(RECIPE, epochs=3, batch=8, points=64, decoder=DecoderSettings(width=16, frequencies=1))


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Networks of spheres, with embeddings on a curve along which their radii grow."""
    start = random_base(BALLS)
    base = Base.of("balls", BALLS, {field: start.numpy() for field in ("sdf", "udf", "occ")})
    torch.manual_seed(0)
    encoder = LatticeEncoder(base.siren, LatticeSettings(probes=8, width=8, dim=16, outline=1))
    model = Model("balls", base, EncoderPart.of("balls", encoder.eval(), base))
    points = np.random.default_rng(0).uniform(-1, 1, (4_000, 3)).astype(np.float32)
    distances = [np.clip(np.linalg.norm(points, axis=1) - r, -0.1, 0.1).astype(np.float32) for r in RADII]
    fitted = fit([FieldSamples("sdf", points, d) for d in distances], start, BALLS).weights
    shapes = []
    for number, weights in enumerate(fitted):
        inr = Inr(base.id, "balls", "sdf", weights, error=0.01, steps=120)
        angles = 2 * RADII[number] * np.arange(1, 9)
        embedding = (np.concatenate([np.cos(angles), np.sin(angles)]) / np.sqrt(8)).astype(np.float32)
        shapes.append(replace(new_shape(model, number), inrs=(inr,), embedding=embedding))
    store = init_store(tmp_path_factory.mktemp("balls") / "shapes.store", model)
    store.commit(shapes)
    return store


def test_spheres_come_back_from_embeddings(balls: Store, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=80, patience=80, batch=8, points=256, decoder=DecoderSettings(48, 1))
    learned = train_decoder(balls, tmp_path / "out", tmp_path / "work", recipe, name="own")
    saved = Model.load(tmp_path / "out")
    assert saved.encoder is not None and saved.encoder.id == balls.encoder_id and saved.decoder is not None
    assert learned.figures["chamfer"] == min(row["chamfer"] for row in learned.history) < 0.1
    assert f"`{balls.encoder_id[:12]}`" in saved.card and "22 to learn from, 2 to validate" in saved.card
    along = np.linspace(0, 1, 201, dtype=np.float32)[:, None] * np.array([[0.0, 1.0, 0.0]], np.float32)
    matrix = balls.embeddings([digest(number) for number in range(24)])[1]
    radii = np.array([(saved.decode(z, along) > 0).sum() / 200 for z in matrix])
    assert np.abs(radii - RADII).mean() < 0.08 and np.corrcoef(radii, RADII)[0, 1] > 0.9, radii


def test_the_store_takes_it_without_encoding_again(balls: Store, tmp_path: Path) -> None:
    before = balls.encoder_id
    train_decoder(balls, tmp_path / "out", tmp_path / "work", SMALL)
    result = reencode(balls, tmp_path / "out", jobs=1)
    assert (result.encoded, result.switched) == (0, False) and balls.encoder_id == before
    first = balls.model.decoder
    assert first is not None and first.name == "decoder"
    second = train_decoder(balls, tmp_path / "other", tmp_path / "other.work", replace(SMALL, seed=1)).model
    reencode(balls, second, jobs=1)
    assert balls.model.decoder == second.decoder != first
    reencode(balls, tmp_path / "out", jobs=1)
    assert balls.model.decoder == first, "one that was there before is not given again"


def test_a_stopped_training_goes_on_and_another_is_refused(balls: Store, tmp_path: Path) -> None:
    whole = train_decoder(balls, tmp_path / "whole", tmp_path / "whole.work", SMALL).model
    stop: Any = RuntimeError("stopped")

    def heard(history: Any) -> None:
        if len(history) == 2:
            raise stop

    with pytest.raises(RuntimeError, match="stopped"):
        train_decoder(balls, tmp_path / "out", tmp_path / "work", SMALL, on_epoch=heard)
    assert train_decoder(balls, tmp_path / "out", tmp_path / "work", SMALL).model.decoder == whole.decoder
    for other in (replace(SMALL, points=32), replace(SMALL, decoder=DecoderSettings(24, 1))):
        with pytest.raises(BadInput, match="belongs to a training"):
            train_decoder(balls, tmp_path / "out", tmp_path / "work", other)


def test_shapes_without_embedding_are_named(store: Store, tiny_model: Model, tmp_path: Path) -> None:
    shapes = [new_shape(tiny_model, number) for number in range(12)]
    store.commit([*shapes[:9], *(replace(shape, embedding=None, encoder=None) for shape in shapes[9:])])
    with pytest.raises(BadInput, match="3 shapes have no embedding yet; run `inrstore encode`"):
        train_decoder(store, tmp_path / "out", tmp_path / "work", SMALL)
    bare = init_store(tmp_path / "bare.store", make_model(embedding_dim=None))
    with pytest.raises(NoEncoder):
        train_decoder(bare, tmp_path / "out", tmp_path / "bare", SMALL)
