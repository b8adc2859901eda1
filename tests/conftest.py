"""Fixtures that several parts share."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inrstore.store import Store, init_store
from tests.shapes import make_model


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("alone") and "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("measures time, so it runs by itself: pytest -m alone")


@pytest.fixture(scope="session")
def tiny_model() -> Any:
    """A model of a few weights, with an encoder."""
    return make_model()


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any) -> Store:
    """A new, empty store of the tiny model."""
    return init_store(tmp_path / "shapes.store", tiny_model)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    target = tmp_path / "disk"
    target.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", target], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        pytest.skip(f"may not mount a tmpfs here: {mounted.stderr.decode().strip()}")
    yield target
    subprocess.run(["umount", "--lazy", target], check=True)
