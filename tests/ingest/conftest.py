"""A real model of a few weights, fitted in a few milliseconds, and a store of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch; worker processes inherit it

import inrstore.model  # noqa: E402
from ingest import options  # noqa: E402
from inrstore.model import EncoderPart, Model, from_recipe  # noqa: E402
from inrstore.model.encoders.lattice import LatticeEncoder, LatticeSettings  # noqa: E402
from inrstore.network.recipe import Recipe, SamplingRecipe  # noqa: E402
from inrstore.store import Store, init_store  # noqa: E402

RECIPE = Recipe(
    "small",
    hidden=8,
    layers=2,
    steps=3,
    batch_points=128,
    half=False,
    sampling=SamplingRecipe(((0.01, 300), (0.1, 100)), 100),
)


@pytest.fixture(scope="session")
def small_model() -> Model:
    import torch

    torch.manual_seed(0)
    base = from_recipe(RECIPE).base
    encoder = LatticeEncoder(base.siren, LatticeSettings(probes=8, width=16, dim=8, outline=3, dropout=0.0))
    return Model("small", base, EncoderPart.of("small", encoder.eval(), base))


@pytest.fixture(autouse=True)
def real_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may put a stand-in there."""
    monkeypatch.setattr(inrstore.model, "Model", Model)


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait for so many."""
    monkeypatch.setattr(options, "LEAST", 1_000)


@pytest.fixture
def store(tmp_path: Path, small_model: Any) -> Store:
    return init_store(tmp_path / "shapes.store", small_model)
