"""Encoders as parts of models: known by their kind, also those that lie elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inrstore.errors import CorruptShard, MissingDependency
from inrstore.model import EncoderPart, Model, encoders
from tests.inrstore.model.models import Projection, full_model, projection_model, weights_of
from tests.shapes import REPO


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A model whose encoder is of a kind that only this test knows."""
    monkeypatch.setattr(encoders, "_registered", {})
    yield projection_model(full_model().base)


def test_a_kind_that_is_registered_is_restored_from_its_files(outside: Model, tmp_path: Path) -> None:
    outside.save(tmp_path)
    weights = weights_of(outside)
    with pytest.raises(MissingDependency, match="'projection' is known here, only .*lattice.*register"):
        Model.load(tmp_path).encode("sdf", weights)
    encoders.register(Projection)
    assert "projection" in encoders.kinds()
    back = Model.load(tmp_path)
    change = (weights - outside.base.start("sdf")) @ back.encoder.tensors["matrix"]  # type: ignore[union-attr]
    wanted = change / np.linalg.norm(change, axis=1, keepdims=True)
    np.testing.assert_allclose(back.encode("sdf", weights), wanted, atol=1e-6)


def test_a_package_of_ones_own_is_found_by_its_entry_point(outside: Model, tmp_path: Path) -> None:
    outside.save(tmp_path / "model")
    facts = tmp_path / "site" / "outside-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(
        "[inrstore.encoders]\nprojection = tests.inrstore.model.models:Projection\n"
    )
    code = (
        "import numpy, sys; from inrstore.model import load_model; m = load_model(sys.argv[1]); "
        "print(m.encode('sdf', m.base.start('sdf')[None] + 1).shape)"
    )
    paths = f"{REPO}:{tmp_path / 'site'}"
    command = [sys.executable, "-c", code, str(tmp_path / "model")]
    ran = subprocess.run(command, env={"PYTHONPATH": paths, "PATH": ""}, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "(1, 5)", ran.stderr


def test_the_kind_is_saved_with_the_tensors() -> None:
    part = full_model().encoder
    assert part is not None and part.kind == "lattice" and part.settings["settings"]["probes"] == 8
    assert replace(part, settings={**part.settings, "kind": "projection"}).id != part.id


def test_tensors_that_do_not_fit_their_settings_are_damage() -> None:
    model = full_model()
    assert model.encoder is not None
    fewer = {key: value for key, value in model.encoder.tensors.items() if key != "mean"}
    with pytest.raises(CorruptShard, match="(?s)'tiny' is damaged: .*mean"):
        EncoderPart("tiny", model.encoder.settings, fewer).build(model.base)
