"""Bases: what their identity covers, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from inrstore.errors import CorruptShard, ModelNotFound
from inrstore.model import Base
from inrstore.model.base import NORMALISATION, random_start
from inrstore.network.recipe import Recipe

RECIPE = Recipe("tiny", hidden=4, layers=2)


@pytest.fixture
def base() -> Base:
    return random_start(RECIPE)


def test_it_is_what_a_network_is(base: Base) -> None:
    moved = dict(base.tensors) | {"sdf": base.start("sdf") + np.float32(1e-3)}
    others = [
        Base.of("tiny", replace(RECIPE, steps=61), base.tensors),
        Base.of("tiny", replace(RECIPE, hidden=5), random_start(replace(RECIPE, hidden=5)).tensors),
        Base.of("tiny", RECIPE, moved),
        Base.of("tiny", RECIPE, {"udf": base.start("udf")}),
        Base.from_settings("tiny", asdict(RECIPE), "another normalisation", base.tensors),
    ]
    assert len({base.id, *(other.id for other in others)}) == len(others) + 1


def test_where_a_start_came_from_and_what_it_is_called_do_not_matter(base: Base) -> None:
    for recipe in (replace(RECIPE, name="other"), replace(RECIPE, base="random"), replace(RECIPE, base_seed=7)):
        assert Base.of("other", recipe, base.tensors) == base
    assert hash(replace(base, name="other")) == hash(base) and base != "base"


def test_an_older_versions_settings_keep_their_identity(base: Base, tmp_path: Path) -> None:
    settings = asdict(RECIPE)
    del settings["half"]  # as if the setting had come later
    old = Base.from_settings("tiny", settings, NORMALISATION, base.tensors)
    assert old.recipe == base.recipe and old.id != base.id
    old.save(tmp_path)
    assert Base.load(tmp_path) == old


def test_a_saved_base_comes_back_as_it_was(base: Base, tmp_path: Path) -> None:
    base.save(tmp_path)
    back = Base.load(tmp_path)
    assert back == base and back.name == "tiny" and back.recipe == RECIPE and back.fields == ("sdf", "udf", "occ")
    assert np.array_equal(back.start("occ"), base.start("occ")) and back.start("occ").dtype == np.float32


@pytest.mark.parametrize("spoilt", [np.zeros(3, np.float32), np.full(41, np.nan, np.float32), np.zeros(41)])
def test_starts_of_other_size_or_without_numbers_are_damage(base: Base, tmp_path: Path, spoilt: np.ndarray) -> None:
    with pytest.raises(ValueError, match="the base of sdf is not 41 finite 32-bit numbers"):
        replace(base, tensors={**base.tensors, "sdf": spoilt})
    base.save(tmp_path)
    from safetensors.numpy import save_file

    save_file({**base.tensors, "sdf": spoilt}, tmp_path / "weights.safetensors")
    with pytest.raises(CorruptShard, match="the base of sdf is not"):
        Base.load(tmp_path)


def test_a_directory_without_one_is_refused(tmp_path: Path, base: Base) -> None:
    with pytest.raises(ModelNotFound, match=r"part\.json"):
        Base.load(tmp_path)
    base.save(tmp_path)
    (tmp_path / "part.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(CorruptShard, match="is damaged"):
        Base.load(tmp_path)


def test_a_field_without_a_start_is_refused_with_those_there_are(base: Base) -> None:
    only = Base.of("tiny", RECIPE, {"udf": base.start("udf")})
    assert only.fields == ("udf",)
    with pytest.raises(ModelNotFound, match="'sdf', only for udf"):
        only.start("sdf")
