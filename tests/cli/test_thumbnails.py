"""Commands that draw: sources as they are kept, or what networks have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from cli import exits
from inrstore.store import open_store
from tests.cli.conftest import Filled, Run


def red(path: Path) -> float:
    """The share of red pixels."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return float(((pixels[..., 0] > 90) & (pixels[..., 1:].max(axis=2) < 40)).mean())


@pytest.fixture
def painted(filled: Filled, tmp_path: Path) -> Path:
    """The file of a red egg, which is stored beside the others."""
    mesh = trimesh.creation.icosphere(subdivisions=2).apply_scale((1, 1.5, 1))
    mesh.visual.vertex_colors = (220, 10, 10, 255)
    mesh.export(tmp_path / "red.ply")
    assert filled.run("ingest", tmp_path / "red.ply", "--jobs", 1).code == exits.DONE
    return tmp_path / "red.ply"


def test_a_search_shows_sources_and_below_them_networks(filled: Filled, painted: Path, tmp_path: Path) -> None:
    heights = []
    for options in ((), ("--decoded",)):
        outcome = filled.run("search", painted, "-k", 1, "--plot", tmp_path / "a.png", *options)
        assert outcome.code == exits.DONE, outcome.stderr
        assert red(tmp_path / "a.png") > 0.05 / (1 + len(options))
        with Image.open(tmp_path / "a.png") as image:
            heights.append(image.height)
    assert heights[1] > 1.6 * heights[0]


def test_a_query_that_is_not_stored_has_its_colours(filled: Filled, painted: Path, tmp_path: Path) -> None:
    mesh = trimesh.load(painted).apply_scale((1, 0.7, 1))
    mesh.export(tmp_path / "other.ply")
    assert filled.run("search", tmp_path / "other.ply", "-k", 1, "--plot", tmp_path / "a.png").code == exits.DONE
    assert red(tmp_path / "a.png") > 0.05


def test_render_writes_what_the_store_keeps(filled: Filled, painted: Path, tmp_path: Path) -> None:
    outcome = filled.run("render", painted, "--source", "-o", tmp_path / "a.webp")
    assert outcome.code == exits.DONE, outcome.stderr
    assert (tmp_path / "a.webp").read_bytes() == open_store(filled.store).thumbnail(str(painted))
    assert filled.run("render", painted, "--decoded", "-o", tmp_path / "a.png", "--size", 64).code == exits.DONE
    assert red(tmp_path / "a.webp") > 0.2 and red(tmp_path / "a.png") == 0
    several = filled.run("render", painted, filled.mesh("ball"), "--source", "-o", tmp_path / "many")
    assert several.code == exits.DONE and len(list((tmp_path / "many").glob("*.webp"))) == 2
    assert filled.run("render", painted, "--source", "--size", 64, "-o", tmp_path / "b.webp").code == exits.USAGE


def test_none_are_kept_if_none_are_wanted(run: Run, meshes: Path, tmp_path: Path) -> None:
    store, egg = tmp_path / "a.store", meshes / "round" / "egg.obj"
    assert run("init", store).code == exits.DONE
    assert run("--store", store, "ingest", egg, "--no-thumbnails", "--jobs", 1).code == exits.DONE
    assert run("--store", store, "info", egg, "--json").json["thumbnail"] is False
    outcome = run("--store", store, "render", egg, "--source", "-o", tmp_path / "a.webp")
    assert outcome.code == exits.FAILED and "ingest that with --thumbnails" in outcome.stderr
    assert run("--store", store, "ingest", egg, "--jobs", 1, "--json").json["stored"] == 0
    assert run("--store", store, "ingest", egg, "--thumbnails", "--jobs", 1, "--json").json["stored"] == 1
    assert run("--store", store, "info", egg, "--json").json["thumbnail"] is True
    assert run("--store", store, "stats", "--json").json["thumbnails"] == 1
