"""Fixtures that several parts share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inrstore.store import Store, init_store
from tests.shapes import make_model


@pytest.fixture(scope="session")
def tiny_model() -> Any:
    """A model of a few weights, with an encoder."""
    return make_model()


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any) -> Store:
    """A new, empty store of the tiny model."""
    return init_store(tmp_path / "shapes.store", tiny_model)
