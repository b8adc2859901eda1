"""From files and stored shapes to steps between them, as the shell would ask for it, by a model of a few weights."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from inrstore.model import EncoderPart, Head, Model
from inrstore.model.encoders.grid import GridEncoder
from inrstore.model.grid_decoder import GridDecoder, GridDecoderSettings
from inrstore.network.fields import FIELDS
from inrstore.network.siren import forward
from inrstore.store import Store, open_store

from .conftest import Filled

SIZES = {"cells": 2, "channels": 4, "widths": [8, 16]}


@pytest.fixture(scope="module")
def model(original: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a grid encoder that has learned nothing, and a decoder that knows the store's four shapes."""
    store = open_store(str(original.store))
    torch.manual_seed(0)
    encoder = EncoderPart.of("codes", GridEncoder.begin(store.base(), **SIZES).eval(), store.base())
    decoder = learned(store, Model("codes", store.base(), encoder))
    folder = tmp_path_factory.mktemp("models") / "codes"
    Model("codes", store.base(), encoder, Head.of("codes", decoder, encoder.id)).save(folder)
    return folder


def learned(store: Store, model: Model) -> GridDecoder:
    """One that makes of each shape's code nearly what its network says."""
    weights = store.weights(store.keys())
    rows = model.encode("sdf", weights)
    codes, networks = torch.from_numpy(rows), torch.from_numpy(weights)
    decoder = GridDecoder(FIELDS, GridDecoderSettings(rows.shape[1], 2, (8, 16), 8, 32))
    optimiser = torch.optim.Adam(decoder.parameters(), 1e-2)
    for _ in range(250):
        points = torch.rand(len(rows), 500, 3) * 2 - 1
        said = torch.sigmoid(forward(model.siren, networks, points)).detach()
        target = said[..., None].expand(-1, -1, len(FIELDS))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(decoder(codes, points), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return decoder.eval()


def test_two_stored_shapes(filled: Filled, model: Path, tmp_path: Path) -> None:
    ids = {shape["name"]: shape["id"] for shape in filled.run("list", "--json").json}
    out = tmp_path / "way"
    asked = (ids["ball"][:10], ids["plate"], "--model", model, "--steps", 4, "--resolution", 24)
    done = filled.run("interpolate", *asked, "-o", out, "--json")
    assert done.code == 0, done.stderr
    names = ["00.obj", "01.obj", "02.obj", "03.obj", "strip.png", "steps.gif", "steps.glb"]
    assert [Path(file).name for file in done.json["files"]] == names
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert [step["t"] for step in done.json["steps"]][::3] == [0, 1]
    assert set(done.json["steps"][0]) == {"t", "volume", "chamfer", "pieces", "left_out", "closed"}
    assert done.json["field"] == "sdf" and 0 <= done.json["evenness"] < 1
    for name, at in (("ball", 0), ("plate", 3)):  # as the networks have them, which is nearly as they are
        mesh, source = trimesh.load(out / names[at]), trimesh.load(filled.mesh(name))
        assert mesh.volume == pytest.approx(done.json["steps"][at]["volume"], rel=1e-3)
        radius = np.linalg.norm(source.vertices - source.bounds.mean(axis=0), axis=1).max()
        np.testing.assert_allclose(mesh.extents, source.extents / radius, atol=0.05)
    assert len(trimesh.load_scene(out / "steps.glb").geometry) == 4
    again = filled.run("interpolate", *asked, "-o", out)
    assert again.code == 1 and "name a new folder, or an empty one" in again.stderr


def test_a_file_and_a_table_for_people(filled: Filled, model: Path, tmp_path: Path) -> None:
    trimesh.creation.icosphere(subdivisions=3).apply_scale(7).export(tmp_path / "new.ply")
    before = len(filled.run("list", "--json").json)
    asked = (tmp_path / "new.ply", filled.mesh("plate"), "--model", model, "--steps", 2, "--resolution", 24)
    done = filled.run("interpolate", *asked, "--format", "stl", "-o", tmp_path / "way")
    assert done.code == 0, done.stderr
    assert "from the last" in done.stdout and f"written to {tmp_path / 'way'}" in done.stdout
    assert np.ptp(trimesh.load(tmp_path / "way" / "01.stl").vertices, axis=0)[1] < 0.8  # the plate lies
    assert len(filled.run("list", "--json").json) == before


def test_an_analogy_of_one_shape_less_itself_is_the_other(filled: Filled, model: Path, tmp_path: Path) -> None:
    ids = {shape["name"]: shape["id"] for shape in filled.run("list", "--json").json}
    rest = (
        "--model",
        model,
        "--steps",
        2,
        "--resolution",
        24,
        "--plain",
        "--json",
        "-o",
    )
    way = (ids["ball"], "--minus", ids["ball"], "--plus", ids["plate"])
    by_analogy = filled.run("interpolate", *way, *rest, tmp_path / "a")
    assert by_analogy.code == 0, by_analogy.stderr
    direct = filled.run("interpolate", ids["ball"], ids["plate"], *rest, tmp_path / "b")
    for one, other in zip(by_analogy.json["steps"], direct.json["steps"], strict=True):
        assert one["volume"] == pytest.approx(other["volume"], rel=1e-3)


def test_the_volume_is_kept_unless_it_is_to_be_plain(filled: Filled, model: Path, tmp_path: Path) -> None:
    ids = {shape["name"]: shape["id"] for shape in filled.run("list", "--json").json}
    off = {}
    for how in ((), ("--plain",)):
        asked = (ids["egg"], ids["plate"], "--model", model, "--steps", 3, "--resolution", 24, *how)
        done = filled.run("interpolate", *asked, "-o", tmp_path / f"way{len(how)}", "--json")
        assert done.code == 0, done.stderr
        first, between, last = done.json["steps"]
        mixed = (1 - between["t"]) * first["volume"] + between["t"] * last["volume"]
        off[how] = abs(between["volume"] / mixed - 1)
    assert off[()] < 0.05 < off["--plain",]


def test_what_cannot_be_interpolated(filled: Filled, model: Path, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "way", "--model", model)
    for wrong in (("a",), ("a", "b", "--minus", "c", "--plus", "d"), ("a", "--minus", "c"), ("a", "b", "--plus", "c")):
        done = filled.run("interpolate", *wrong, *out)
        assert done.code == 2 and "A with both --minus and --plus" in done.stderr, wrong
    assert filled.run("interpolate", filled.mesh("ball"), "nowhere", *out).code == 1
    (tmp_path / "cut.ply").write_bytes(b"ply\nformat ascii 1.0\n")
    done = filled.run("interpolate", tmp_path / "cut.ply", filled.mesh("ball"), *out)
    assert done.code == 1 and "cut.ply" in done.stderr
    assert not os.path.exists(tmp_path / "way")
