"""ingest --keep-samples, then refine without the files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

from cli import exits
from ingest.options import LEAST, MOST
from inrstore.network.recipe import FIDELITY

from .conftest import Filled, Run


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    path = tmp_path / "quick.json"
    path.write_text(replace(FIDELITY, name="quick", steps=600).to_json())
    return path


def test_refine_needs_no_file(run: Run, original: Filled, tmp_path: Path, quick: Path) -> None:
    store, files = tmp_path / "s.store", tmp_path / "files"
    run("init", store)
    shutil.copytree(original.meshes / "round", files)
    made = run("--store", store, "ingest", files, "--keep-samples", 20000, "--jobs", 1, "--json")
    assert (made.code, made.json["stored"]) == (exits.DONE, 2)
    shutil.rmtree(files)
    trimesh.creation.box().export(tmp_path / "bare.obj")
    run("--store", store, "ingest", tmp_path / "bare.obj", "--jobs", 1)
    ball = str(files / "ball.obj")
    assert run("--store", store, "info", ball, "--json").json["samples"] == 20000

    def refine(*arguments: object) -> tuple[int, int, int, int]:
        outcome = run("--store", store, "refine", *arguments, "--profile", quick, "--jobs", 1, "--json")
        value = outcome.json
        assert all(failure["shape"] in outcome.stderr for failure in value["failures"])
        return outcome.code, value["refined"], value["skipped"], value["failed"]

    assert refine(ball) == (exits.DONE, 1, 0, 0)
    assert refine("--where", "name=nothing") == (exits.DONE, 0, 0, 0)
    assert refine("--where", "source=*files*") == (exits.DONE, 1, 1, 0)
    assert refine("--all") == (exits.SOME_FAILED, 0, 2, 1)
    outcome = run("--store", store, "refine", "--all", "--profile", quick)
    assert "has no kept samples; ingest it with --keep-samples" in outcome.stderr
    assert outcome.stdout.startswith("0 shapes refined, 2 skipped, 1 failed")
    profiles = [inr["profile"] for inr in run("--store", store, "info", ball, "--json").json["inrs"]]
    assert profiles == ["default", "quick"]
    figures = run("--store", store, "stats", "--json").json
    assert figures["samples"] == 2 and figures["bytes_samples"] > 0


@pytest.mark.parametrize("arguments", [[], ["ffff", "--all"], ["--all", "--where", "label=round"]])
def test_which_shapes_must_be_said_once(original: Filled, arguments: list[str]) -> None:
    outcome = original.run("refine", *arguments)
    assert outcome.code == exits.USAGE and "--all" in outcome.stderr


def test_the_encoded_profile_is_refused(original: Filled) -> None:
    outcome = original.run("refine", "--all", "--profile", "default")
    assert outcome.code == exits.FAILED and "are encoded" in outcome.stderr


def test_an_unknown_shape_is_named(original: Filled, quick: Path) -> None:
    outcome = original.run("refine", "ffffffffff", "--profile", quick, "--json")
    assert (outcome.code, outcome.json["failed"]) == (exits.SOME_FAILED, 1)
    assert "ffffffffff" in outcome.stderr


def test_a_fit_that_takes_too_long_is_stopped(run: Run, original: Filled, tmp_path: Path, quick: Path) -> None:
    store = tmp_path / "s.store"
    run("init", store)
    run("--store", store, "ingest", original.mesh("ball"), "--keep-samples", 20000, "--jobs", 1)
    outcome = run("--store", store, "refine", "--all", "--profile", quick, "--device", "cpu", "--timeout", 0.01)
    assert outcome.code == exits.SOME_FAILED and "took longer than 0.01 s" in outcome.stderr


@pytest.mark.parametrize("count", [-1, 500, 19_999, 1_000_001])
def test_how_many_samples_may_be_kept(original: Filled, count: int) -> None:
    for command in ("ingest", "import-inrs"):
        outcome = original.run(command, original.meshes, "--keep-samples", count)
        assert outcome.code == exits.USAGE and "from 20000 to 1000000" in outcome.stderr


def test_the_help_says_how_many_may_be_kept(run: Run) -> None:
    assert f"{LEAST} to {MOST}" in " ".join(run("ingest", "--help").stdout.split())
