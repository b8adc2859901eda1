"""Profiles: their JSON, what they refuse, and the published recipe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inrstore.errors import BadInput
from inrstore.network.fitting import siren_of
from inrstore.network.recipe import DEFAULT, PAPER, PROFILES, Recipe, SamplingRecipe, load_profile

SAMPLING = SamplingRecipe(((0.5, 10), (0.25, 20)), 5)
OWN = Recipe("own", 7, 2, 11.0, "random", 3, SAMPLING, 9, 2, 0.1, 17, 0.5, 0.25, "absolute", 0.2, False, False)


def write(path: Path, values: Any) -> Path:
    path.write_text(values if isinstance(values, str) else json.dumps(values), "utf-8")
    return path


def test_a_recipe_survives_json_whole(tmp_path: Path) -> None:
    defaults = DEFAULT
    for name in Recipe.__dataclass_fields__:
        assert getattr(OWN, name) != getattr(defaults, name), f"{name} is not told from its default here"
    assert load_profile(write(tmp_path / "own.json", OWN.to_json())) == OWN


@pytest.mark.parametrize("recipe", PROFILES.values(), ids=PROFILES)
def test_the_built_in_profiles_survive_json_and_have_their_names(recipe: Recipe, tmp_path: Path) -> None:
    assert load_profile(recipe.name) is recipe
    assert load_profile(write(tmp_path / "x.json", recipe.to_json())) == recipe


def test_what_a_file_leaves_out_is_the_default(tmp_path: Path) -> None:
    assert load_profile(write(tmp_path / "x.json", {"name": "x", "steps": 3})) == replace(DEFAULT, name="x", steps=3)


def test_a_base_beside_the_profile_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    path = write(tmp_path / "p.json", {"name": "x", "base": "mine"})
    assert load_profile(path).base == "mine"  # a name, as far as one can tell
    (tmp_path / "mine/model.json").touch()
    assert load_profile(path).base == str(tmp_path.resolve() / "mine")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "x", "stepps": 3}, "stepps"),
        ({"name": "x", "sampling": {"surface": [[0.1, 5]], "uniformly": 3}}, "uniformly"),
        ({"name": "x", "sampling": {"uniform": 3}}, "surface"),
        ({"name": "x", "sampling": [[0.1, 5]]}, "sampling"),
        ({"steps": 3}, "name"),
        ({"name": "x", "steps": 0}, "steps"),
        ({"name": "x", "hidden": "64"}, ""),
        ({"name": "x", "base": ""}, "base must be"),
        ({"name": "x", "base": 3}, "base must be"),
        ({"name": "x", "loss": "squared"}, "squared"),
        ({"name": "x", "warmup": 1.5}, "1.5"),
        ({"name": "x", "sampling": {"surface": [1], "uniform": 2}}, ""),
        ([1, 2], "object"),
        ("{", "not a profile"),
    ],
)
def test_a_bad_profile_is_refused_by_file_and_reason(values: Any, said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.json", values)
    with pytest.raises(BadInput) as caught:
        load_profile(path)
    assert "bad.json" in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_profile_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.json.*'default'.*'fidelity'.*'paper'"):
        load_profile(tmp_path / "nowhere.json")


def test_the_surface_count_is_the_sum() -> None:
    assert OWN.sampling.surface_count == 30


def test_the_paper_profile_is_the_published_recipe() -> None:
    assert siren_of(PAPER).size == 790_529
    assert (PAPER.hidden, PAPER.layers, PAPER.omega, PAPER.base) == (512, 4, 30.0, "random")
    assert (PAPER.steps, PAPER.batch_points, PAPER.learning_rate) == (500, 10_000, 1e-4)
    assert PAPER.sampling.surface_count + PAPER.sampling.uniform == 500_000
    assert (PAPER.cosine, PAPER.half, PAPER.muon) == (False, False, 0.0)
    assert (PAPER.loss, PAPER.warmup, PAPER.rounds) == ("entropy", 0.0, 1)
