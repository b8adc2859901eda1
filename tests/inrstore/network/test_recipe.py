"""Profiles: their JSON, what they refuse, and the published recipe."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.network.fitting import siren_of
from inrstore.network.recipe import FAST, PAPER, PROFILES, Recipe, SamplingRecipe, load_profile

SAMPLING = SamplingRecipe(((0.5, 10), (0.25, 20)), 5)
OWN = Recipe("own", 7, 2, 11.0, "random", 3, SAMPLING, 9, 3, 0.1, 17, 0.5, 0.25, "absolute", 0.2, False, False)


def write(path: Path, values: Any) -> Path:
    path.write_text(values if isinstance(values, str) else json.dumps(values), "utf-8")
    return path


def test_a_recipe_survives_json_whole(tmp_path: Path) -> None:
    defaults = FAST
    for name in Recipe.__dataclass_fields__:
        assert getattr(OWN, name) != getattr(defaults, name), f"{name} is not told from its default here"
    assert load_profile(write(tmp_path / "own.json", OWN.to_json())) == OWN


@pytest.mark.parametrize("recipe", PROFILES.values(), ids=PROFILES)
def test_the_built_in_profiles_survive_json_and_have_their_names(recipe: Recipe, tmp_path: Path) -> None:
    assert load_profile(recipe.name) is recipe
    assert load_profile(write(tmp_path / "x.json", recipe.to_json())) == recipe


def test_what_a_file_leaves_out_is_as_in_fast(tmp_path: Path) -> None:
    expected = replace(FAST, name="x", steps=3, base="model")
    assert load_profile(write(tmp_path / "x.json", {"name": "x", "steps": 3})) == expected


def test_a_base_beside_the_profile_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    path = write(tmp_path / "p.json", {"name": "x", "base": "mine"})
    assert load_profile(path).base == "mine"  # a name, as far as one can tell
    (tmp_path / "mine/model.json").touch()
    assert load_profile(path).base == str(tmp_path.resolve() / "mine")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "x", "stepps": 3}, "unknown settings ['stepps']"),
        ({"name": "x", "sampling": {"surface": [[0.1, 5]], "uniform": 3, "of": 3}}, "sampling: unknown settings"),
        ({"name": "x", "sampling": {"uniform": 3}}, "sampling.surface is missing"),
        ({"name": "x", "sampling": [[0.1, 5]]}, "sampling is [[0.1, 5]]; it must be an object"),
        ({"name": "x", "sampling": {"surface": [1], "uniform": 2}}, "sampling.surface[0] is 1; it must be a list"),
        ({"steps": 3}, "name is missing"),
        ([1, 2], "it must be an object"),
        ("{", "not JSON"),
        ('{"name": "x", "omega": NaN}', "not JSON"),
        ("\udcff{}".encode("utf-8", "surrogateescape").decode("latin-1"), "not JSON"),
    ],
)
def test_a_bad_profile_is_refused_by_file_and_reason(values: Any, said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.json", values)
    with pytest.raises(BadInput) as caught:
        load_profile(path)
    assert "bad.json" in str(caught.value)
    assert said in str(caught.value)


BAD = [
    ("name", "", "name is ''; it must be text of length >= 1"),
    ("hidden", "64", "hidden is '64'; it must be a whole number"),
    ("layers", 0, "layers is 0; it must be a whole number >= 1"),
    ("omega", -30.0, "omega is -30.0; it must be a number > 0.0"),
    ("base", "", "base is ''; it must be text"),
    ("base", 3, "base is 3; it must be text"),
    ("base_seed", -1, "base_seed is -1; it must be a whole number >= 0"),
    ("steps", 60.5, "steps is 60.5; it must be a whole number"),
    ("steps", True, "steps is True; it must be a whole number"),
    ("rounds", None, "rounds is None; it must be a whole number"),
    ("target", -0.1, "target is -0.1; it must be a number >= 0.0"),
    ("learning_rate", -1, "learning_rate is -1; it must be a number > 0.0"),
    ("muon", "fast", "muon is 'fast'; it must be a number"),
    ("loss", "squared", "loss is 'squared'; it must be one of entropy, absolute"),
    ("warmup", 1.5, "warmup is 1.5; it must be a number < 1.0"),
    ("half", "no", "half is 'no'; it must be true or false"),
    ("cosine", 1, "cosine is 1; it must be true or false"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_a_setting_is_of_its_type_and_in_its_range_in_files_and_in_python(
    name: str, value: Any, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "bad.json", {"name": "x", name: value})
    with pytest.raises(BadInput, match=re.escape(said)) as caught:
        load_profile(path)
    assert "bad.json" in str(caught.value)
    with pytest.raises(BadInput, match=re.escape(said)):
        replace(FAST, **{name: value})


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["omega", "target", "learning_rate", "muon", "warmup"])
def test_numbers_are_finite(name: str, value: float) -> None:
    with pytest.raises(BadInput, match=f"'fast': {name} is {value}; it must be a number"):
        replace(FAST, **{name: value})


@pytest.mark.parametrize(
    ("surface", "uniform", "said"),
    [
        (((-0.1, 5),), 3, r"surface\[0\]\[0\] is -0.1; it must be a number >= 0"),
        (((0.1, 5), (0.1, -5)), 3, r"surface\[1\]\[1\] is -5; it must be a whole number >= 0"),
        (((0.1, 5.5),), 3, r"surface\[0\]\[1\] is 5.5; it must be a whole number"),
        (((math.inf, 5),), 3, r"surface\[0\]\[0\] is inf; it must be a number"),
        (((0.1,),), 3, r"surface\[0\] is \[0.1\]; it must be a list of length 2"),
        (((0.1, 5),), -3, "uniform is -3; it must be a whole number >= 0"),
        ((), 0, "0 points together; give 1 or more"),
    ],
)
def test_samples_are_numbers_of_points_at_distances(surface: Any, uniform: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"sampling: .*{said}"):
        SamplingRecipe(surface, uniform)
    if "inf" not in said:
        values = {"name": "x", "sampling": {"surface": surface, "uniform": uniform}}
        with pytest.raises(BadInput, match=f"bad.json: sampling.*{said}"):
            load_profile(write(tmp_path / "bad.json", values))


def test_numbers_of_numpy_and_lists_become_plain_values() -> None:
    recipe = Recipe("x", steps=np.int64(3), omega=np.float32(5), sampling=SamplingRecipe([[np.float32(1), 5]], 3))  # type: ignore
    assert recipe == Recipe("x", steps=3, omega=5.0, sampling=SamplingRecipe(((1.0, 5),), 3))
    assert hash(recipe) and json.loads(recipe.to_json())["omega"] == 5.0


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
