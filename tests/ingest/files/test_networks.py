"""Networks of others: the official HDF5 layout and safetensors become shapes that are found and decoded."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
import trimesh
from safetensors.numpy import save_file

import ingest
from ingest.files import networks
from ingest.files.networks import Reading, architecture, read_network
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import sample_geometry, sample_kept
from inrstore.errors import BadInput, MissingDependency
from inrstore.network.fields import CLIP, FieldSamples, distance
from inrstore.network.fitting import fit, random_base
from inrstore.network.packing import unpack
from inrstore.network.portable import move
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.network.siren import Siren, forward, split
from inrstore.store import Store
from inrstore.surface.export import export_shape, shape_mesh
from inrstore.surface.extraction import inr_field
from tests.ingest.runs import counts

RECIPE = Recipe("official", hidden=24, layers=4, base="random", steps=300, half=False)
SIREN = Siren(24, 4)
CENTRE, RADIUS = np.array([0.25, 0.1, 0.0]), 0.5
"""Of the ball that all networks here stand for: not in the middle, as centroids need not be."""
KEYS = {"sdf": ("vertices", "triangles"), "udf": ("pcd",), "occ": ("vgrid",)}


@cache
def weights(field: str) -> np.ndarray:
    """(W,) positive inside."""
    rng = np.random.default_rng(0)
    near = rng.normal(size=(9_000, 3))
    near *= (RADIUS + rng.normal(0, 0.04, (9_000, 1))) / np.linalg.norm(near, axis=1, keepdims=True)
    points = np.concatenate([near + CENTRE, rng.uniform(-1, 1, (100_000 if field == "occ" else 6_000, 3))]).astype(
        np.float32
    )
    signed = (np.linalg.norm(points - CENTRE, axis=1) - RADIUS).astype(np.float32)
    values = {"sdf": signed, "udf": np.abs(signed), "occ": (signed < 0).astype(np.float32)}[field]
    recipe = RECIPE if field == "sdf" else replace(RECIPE, steps=600)  # a kink and a step take longer
    return fit([FieldSamples(field, points, values)], random_base(recipe), recipe).weights[0]


def official(path: Path, field: str, class_id: int = 7) -> Path:
    """As the official code writes it: an sdf's output is positive outside."""
    flat = weights(field).copy()
    if field == "sdf":
        for part in split(SIREN, torch.from_numpy(flat)[None])[-1]:
            part.neg_()
    with h5py.File(path, "w") as file:
        for name in KEYS[field]:
            file.create_dataset(name, data=np.zeros((4, 3)))
        file.create_dataset("params", data=flat)
        file.create_dataset("class_id", data=np.array([class_id]))
    return path


def layers(path: Path, prefix: str = "net.{}.linear") -> Path:
    tensors = {}
    for index, (matrix, bias) in enumerate(split(SIREN, torch.from_numpy(weights("sdf"))[None])):
        tensors[prefix.format(index) + ".weight"] = matrix[0].contiguous().numpy()
        tensors[prefix.format(index) + ".bias"] = bias[0].contiguous().numpy()
    save_file(tensors, path)
    return path


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_an_official_file_becomes_a_shape_that_decodes_to_its_surface(store: Store, tmp_path: Path, field: str) -> None:
    path = official(tmp_path / "0.h5", field)
    assert counts(ingest.import_inrs(store, [tmp_path], jobs=1)) == (1, 0, 0)
    shape = store.shape(str(path))
    kind = {"sdf": "mesh", "udf": "cloud", "occ": "voxels"}[field]
    assert (shape.field, shape.kind, shape.label) == (field, kind, "7")
    np.testing.assert_allclose(shape.center, CENTRE, atol=0.02)
    assert shape.scale == pytest.approx(RADIUS, abs=0.03)
    assert [(inr.profile, inr.steps) for inr in store.inrs(shape.key)] == [("small", 3), ("imported", 0)]
    mesh = shape_mesh(store, shape.id, resolution=48)
    distance = np.abs(np.linalg.norm(mesh.vertices - CENTRE, axis=1) - RADIUS)
    assert distance.mean() < 0.01 and np.quantile(distance, 0.95) < 0.03
    assert len(store.embeddings()[0]) == 1
    assert counts(ingest.import_inrs(store, [path], jobs=1)) == (0, 1, 0)
    assert store.verify().problems == []


def test_the_own_network_is_fitted_to_what_the_foreign_one_says(tmp_path: Path) -> None:
    normal = normalise(read_network(official(tmp_path / "0.h5", "sdf"), Reading()))
    sampling = SamplingRecipe(((0.02, 3_000),), 2_000)
    samples, _ = sample_geometry(normal.geometry, "auto", sampling, np.random.default_rng(0))
    true = np.linalg.norm(samples.points, axis=1) - 1  # the ball fills the common frame
    near = np.abs(true) < 0.9 * CLIP
    assert near.sum() > 2_000
    assert np.abs(samples.values - true)[near].mean() < 0.03
    assert (np.sign(samples.values) == np.sign(true))[np.abs(true) > 0.05].mean() > 0.97


def test_samples_of_what_it_says_are_kept(store: Store, tmp_path: Path) -> None:
    official(tmp_path / "0.h5", "sdf")
    assert counts(ingest.import_inrs(store, [tmp_path], jobs=1)) == (1, 0, 0)
    assert counts(ingest.import_inrs(store, [tmp_path], jobs=1, keep_samples=2_000)) == (1, 0, 0)
    (samples,) = store.samples(store.keys())
    true = (np.linalg.norm(samples.points, axis=1) - 1).clip(-CLIP, CLIP)
    near = np.abs(true) < 0.9 * CLIP
    assert near.sum() > 1_000 and np.abs(samples.values - true)[near].mean() < 0.03


def test_the_field_is_asked_where_samples_are_kept(tmp_path: Path) -> None:
    geometry = normalise(read_network(official(tmp_path / "0.h5", "sdf"), Reading())).geometry
    found = unpack(sample_kept(geometry, "sdf", 2_000, np.random.default_rng(0)))
    raw = inr_field(geometry.inr.siren, geometry.inr.weights)(found.points)  # type: ignore[union-attr]
    true = (distance("sdf", raw) / geometry.unit).clip(-CLIP, CLIP)  # type: ignore[union-attr]
    assert np.abs(found.values - true).max() < CLIP / 32767 / 2 + 1e-6


def test_what_was_imported_is_not_refined(store: Store, tmp_path: Path) -> None:
    official(tmp_path / "0.h5", "sdf")
    ingest.import_inrs(store, [tmp_path], jobs=1, keep_samples=2_000)
    result = ingest.refine(store, store.keys(), jobs=1, device="cpu")
    assert (result.refined, result.skipped, result.failed) == (0, 0, 1)
    assert "its network was imported and is the original" in result.failures[0].reason
    assert [inr.profile for inr in store.inrs(1)] == ["small", "imported"]


def test_a_turned_shape_is_imported_as_it_was(store: Store, tmp_path: Path) -> None:
    """Asked again for its samples, it is not turned a second time."""
    trimesh.creation.box((1, 2, 3)).export(tmp_path / "box.obj")
    path = tmp_path / "fine.json"
    path.write_text(RECIPE.to_json())
    ingest.ingest(store, [tmp_path / "box.obj"], up="z", jobs=1, profile=path)
    (before,) = store.shapes()
    assert before.rotation is not None
    file = export_shape(store, before.id, tmp_path / "net.safetensors")
    store.remove(before.id)
    assert counts(ingest.import_inrs(store, [file], jobs=1)) == (1, 0, 0)
    (again,) = store.shapes()
    assert again.rotation == before.rotation
    assert counts(ingest.import_inrs(store, [file], jobs=1, keep_samples=2_000)) == (1, 0, 0)
    assert [shape.id for shape in store.shapes()] == [again.id] and list(store.sample_counts().values()) == [2_000]
    (samples,) = store.samples([again.key])
    near = np.abs(samples.values) < 0.01  # depth along y in the frame, where z of the source is
    assert np.abs(samples.points[near]).max(axis=0).argmax() == 1


def test_loose_parts_are_left_out_if_they_are_specks() -> None:
    """Of a hundredth of the largest one's area: here one of a thousandth, and one of a fourth."""
    ball, half, speck = (trimesh.creation.icosphere(3, radius) for radius in (0.4, 0.2, 0.012))
    half.apply_translation((0.7, 0, 0))
    speck.apply_translation((0, 0.9, 0))
    whole = trimesh.util.concatenate([speck, ball, half])
    vertices, faces = networks._without_specks(np.array(whole.vertices), np.array(whole.faces, np.int64))
    left = trimesh.Trimesh(vertices, faces, process=False)
    assert len(vertices) == len(ball.vertices) + len(half.vertices) and left.is_watertight
    np.testing.assert_allclose(left.bounds, [(-0.4, -0.4, -0.4), (0.9, 0.4, 0.4)], atol=1e-3)
    assert left.volume == pytest.approx(ball.volume + half.volume)


def test_moving_a_network_is_exact() -> None:
    from inrstore.network.portable import PortableInr

    inr = PortableInr(SIREN, "sdf", weights("sdf"))
    x = torch.rand(1, 200, 3) - 0.5
    shifted = move(inr, np.array([0.1, -0.2, 0.3]), 0.7)
    found = forward(SIREN, torch.from_numpy(shifted.weights)[None], x)
    wanted = forward(SIREN, torch.from_numpy(inr.weights)[None], 0.7 * x + torch.tensor([0.1, -0.2, 0.3]))
    torch.testing.assert_close(found, wanted, atol=2e-3, rtol=1e-3)


def test_an_export_of_one_store_is_imported_by_another(store: Store, tmp_path: Path) -> None:
    official(tmp_path / "0.h5", "sdf")
    ingest.import_inrs(store, [tmp_path], jobs=1)
    shape = store.shapes()[0]
    file = export_shape(store, shape.id, tmp_path / "net.safetensors")
    store.remove(shape.id)
    assert counts(ingest.import_inrs(store, [file], jobs=1)) == (1, 0, 0)
    (again,) = store.shapes()
    assert (again.center, again.scale, again.label) == (shape.center, shape.scale, "7")
    pair = [shape_mesh(store, again.id, resolution=48), CENTRE]
    assert np.abs(np.linalg.norm(pair[0].vertices - pair[1], axis=1) - RADIUS).mean() < 0.01


def test_any_stack_of_linear_layers(store: Store, tmp_path: Path) -> None:
    path = layers(tmp_path / "a.safetensors")
    reading = Reading("sdf", 30.0, "positive")
    assert architecture(path, reading) == SIREN
    np.testing.assert_array_equal(read_network(path, reading).inr.weights, weights("sdf"))
    outside = read_network(path, Reading("sdf", 30.0, "negative"))
    assert np.abs(outside.vertices).max() > 0.9  # inside out: the unit ball with a hole in it
    with pytest.raises(BadInput, match="say its field"):
        read_network(path, Reading())
    assert counts(ingest.import_inrs(store, [path], field="sdf", inside="positive", jobs=1)) == (1, 0, 0)


def test_bad_networks_among_good_ones(store: Store, tmp_path: Path) -> None:
    official(tmp_path / "a good.h5", "sdf")
    whole = official(tmp_path / "cut.h5", "udf").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.hdf5").write_text("no")
    rng = np.random.default_rng(0)
    contents: dict[str, dict[str, Any]] = {
        "odd": {"params": np.zeros(1000), "pcd": 0},
        "none": {"weights": np.zeros(3)},
        "nan": {"params": np.full(SIREN.size, np.nan), "pcd": 0},
        "blank": {"params": np.zeros(SIREN.size) + 1e-3, "triangles": 0},
        "fieldless": {"params": weights("sdf")},
        "wider": {"params": rng.normal(size=Siren(25, 4).size), "vgrid": 0},
    }
    for name, arrays in contents.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            for key, value in arrays.items():
                file.create_dataset(key, data=value)
    with h5py.File(tmp_path / "a bomb.h5", "w") as file:  # a few kilobytes; it comes first
        file.create_dataset("params", shape=(10**12,), dtype="f4", chunks=(10**6,))
    with h5py.File(tmp_path / "a group.h5", "w") as file:
        file.create_group("params")
    result = ingest.import_inrs(store, [tmp_path], jobs=1)
    assert counts(result) == (1, 0, 10)
    reasons = {Path(f.path).stem: f.reason for f in result.failures}
    expected = {
        "cut": "cannot be read as HDF5", "text": "cannot be read as HDF5", "odd": "those of no SIREN",
        "none": "no array 'params'", "nan": "not finite", "blank": "no surface", "fieldless": "tells the field",
        "wider": "in another run", "a bomb": "not read", "a group": "cannot be read as HDF5",
    }  # fmt: skip
    assert {name for name, part in expected.items() if part not in reasons[name]} == set(), reasons


def test_without_h5py_the_reason_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    path = tmp_path / "0.h5"
    path.write_bytes(b"x")
    with pytest.raises(MissingDependency, match=r"inrstore\[hdf5\]"):
        read_network(path, Reading())


@pytest.mark.parametrize(
    "options", [{"field": "sdff"}, {"omega": 0.0}, {"omega": float("nan")}, {"inside": "left"}, {"jobs": 0}]
)
def test_unusable_options(store: Store, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(options))):
        ingest.import_inrs(store, [official(tmp_path / "0.h5", "sdf")], **options)
