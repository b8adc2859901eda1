"""Meshes to train on: which they are, their variants, and what is fitted to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from ingest import variants
from ingest.files.geometry import Mesh
from ingest.variants import TrainingMeshes
from inrstore.errors import BadInput
from inrstore.model.training.bases import learn_bases
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import fit, random_base
from tests.ingest.meshes import InProcess, write_meshes
from tests.inrstore.model.training.balls import FIT, RECIPE

BASES = {field: random_base(FIT).numpy() + index for index, field in enumerate(FIELDS)}


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "_pool", lambda jobs: InProcess())


@pytest.fixture
def meshes(tmp_path: Path) -> TrainingMeshes:
    return TrainingMeshes.below([write_meshes(tmp_path / "meshes")])


def some(meshes: TrainingMeshes, *which: int) -> TrainingMeshes:
    return TrainingMeshes(tuple(meshes.paths[i] for i in which), tuple(meshes.labels[i] for i in which))


def test_meshes_come_in_order_with_their_folders_as_classes(meshes: TrainingMeshes, tmp_path: Path) -> None:
    found = zip((Path(path).name for path in meshes.paths), meshes.labels, strict=True)
    assert list(found) == [("plate.ply", "flat"), ("ball.obj", "round"), ("egg.STL", "round")]
    folder = tmp_path / "meshes"
    assert TrainingMeshes.below([folder / "round", folder / "flat"]).labels == ("round", "round", "flat")


def test_folders_without_meshes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"no meshes below {tmp_path}"):
        TrainingMeshes.below([tmp_path])
    with pytest.raises(BadInput, match="typo is not a folder"):
        TrainingMeshes.below([tmp_path, tmp_path / "typo"])


def test_a_digest_is_that_of_the_files_whatever_they_are_called(meshes: TrainingMeshes, tmp_path: Path) -> None:
    before = meshes.digest()
    (tmp_path / "meshes").rename(tmp_path / "moved")
    assert TrainingMeshes.below([tmp_path / "moved"]).digest() == before
    (tmp_path / "moved/round/ball.obj").write_bytes((tmp_path / "moved/flat/plate.ply").read_bytes())
    assert TrainingMeshes.below([tmp_path / "moved"]).digest() != before


def test_pools_hold_every_field_of_the_meshes_drawn_by_the_seed(meshes: TrainingMeshes) -> None:
    pools = meshes.pools(FIT.sampling, 2, seed=3)
    assert {name: len(points) for name, (points, _) in pools.items()} == dict.fromkeys(FIELDS, 2)
    assert all(points.shape == (*values.shape, 3) for points, values in pools.values())
    again, other = meshes.pools(FIT.sampling, 2, seed=3), meshes.pools(FIT.sampling, 2, seed=4)
    assert torch.equal(pools["sdf"][0], again["sdf"][0]) and not torch.equal(pools["sdf"][0], other["sdf"][0])


def test_meshes_that_fill_no_cell_are_refused_by_name_of_the_field(tmp_path: Path) -> None:
    (tmp_path / "sheet.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(BadInput, match="sampled as occ"):
        TrainingMeshes.below([tmp_path]).pools(FIT.sampling, 2)


def test_bases_are_learned_from_meshes(meshes: TrainingMeshes, tmp_path: Path) -> None:
    model = learn_bases(meshes, tmp_path / "out", tmp_path / "work", FIT, RECIPE.base, name="mine", count=2)
    assert model.fields == FIELDS and not np.array_equal(model.base.start("sdf"), random_base(FIT).numpy())


def test_a_sample_depends_on_mesh_variant_and_seed_alone(meshes: TrainingMeshes) -> None:
    drawn = list(meshes.variants(FIELDS, FIT.sampling, 1))
    assert [v.shape for v in drawn] == [0, 1, 2]
    assert all([s.field for s in v.samples] == list(FIELDS) for v in drawn)
    again = list(meshes.variants(FIELDS, FIT.sampling, 1))
    others = list(meshes.variants(FIELDS, FIT.sampling, 1, seed=1))
    for before, same, other in zip(drawn, again, others, strict=True):
        for a, b, c in zip(before.samples, same.samples, other.samples, strict=True):
            assert a.points.tobytes() == b.points.tobytes() and a.values.tobytes() == b.values.tobytes()
            assert a.points.tobytes() != c.points.tobytes()


def test_variant_zero_is_the_mesh_as_it_is_and_others_are_not(meshes: TrainingMeshes) -> None:
    wrong = []
    for number in (0, 1):
        ((sdf,),) = (v.samples for v in some(meshes, 1).variants(["sdf"], FIT.sampling, number))
        wrong.append(np.abs(sdf.values - (np.linalg.norm(sdf.points, axis=1) - 1)).max())
    assert wrong[0] < 0.03 < wrong[1]


def test_varied_meshes_still_face_outward_in_the_unit_ball_and_some_are_mirrored() -> None:
    solid = trimesh.creation.box((1, 1, 1)).subdivide()
    solid.vertices[solid.vertices[:, 0] > 0.4] *= (1, 0.2, 1)
    solid.vertices[solid.vertices[:, 2] > 0.4] *= (1, 1, 0.4)
    mesh = Mesh(np.array(solid.vertices), np.array(solid.faces, np.int64))
    assert np.linalg.det(mesh.vertices[mesh.faces]).sum() > 0
    kept = mesh.faces.tolist()
    mirrored = 0
    for seed in range(20):
        varied = variants._vary(mesh, np.random.default_rng(seed))
        assert np.linalg.norm(varied.vertices, axis=1).max() == pytest.approx(1)
        assert np.linalg.det(varied.vertices[varied.faces]).sum() > 0.01
        map_, _, _, _ = np.linalg.lstsq(
            mesh.vertices - mesh.vertices.mean(axis=0), varied.vertices - varied.vertices.mean(axis=0), rcond=None
        )
        mirrored += np.linalg.det(map_) < 0
        stretch = np.linalg.svd(map_, compute_uv=False)
        assert stretch[0] / stretch[2] <= 1.5**2 + 1e-6
    assert 3 < mirrored < 17
    assert mesh.faces.tolist() == kept


def test_unreadable_and_open_meshes_are_left_out_of_what_they_lack(tmp_path: Path, meshes: TrainingMeshes) -> None:
    (tmp_path / "broken.obj").write_text("v 0 0 nan\nf 1 1 1\n")
    (tmp_path / "sheet.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    extra = tuple(str(tmp_path / name) for name in ("broken.obj", "sheet.obj"))
    mixed = TrainingMeshes((*extra, meshes.paths[0]), ("x", "x", "flat"))
    found = list(mixed.variants(("sdf", "udf", "occ"), FIT.sampling, 0))
    assert [v.shape for v in found] == [1, 2]
    assert [s.field for s in found[0].samples] == ["sdf", "udf"]


def test_what_is_kept_is_the_change_from_the_fields_base_and_some_of_the_samples(meshes: TrainingMeshes) -> None:
    (drawn,) = some(meshes, 0).variants(FIELDS, FIT.sampling, 1)
    (fitted,) = some(meshes, 0).fitted(FIELDS, FIT, BASES, variant=1, kept=64)
    assert fitted.shape == 0
    assert [part.field for _, part in fitted.rows] == list(FIELDS)
    for samples, (change, part) in zip(drawn.samples, fitted.rows, strict=True):
        base = BASES[samples.field]
        whole = fit([samples], torch.from_numpy(base), FIT).weights[0]
        np.testing.assert_allclose(base + change, whole, atol=1e-6)
        assert part.points.shape == (64, 3)
        rows = {(*p, v) for p, v in zip(samples.points.tolist(), samples.values.tolist(), strict=True)}
        kept = {(*p, v) for p, v in zip(part.points.tolist(), part.values.tolist(), strict=True)}
        assert len(kept) == 64 and kept <= rows


def test_voxels_of_a_ball_are_the_cells_whose_centre_is_inside() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    grid, pitch = variants._voxelise(
        np.array(ball.vertices), np.array(ball.faces, np.int64), 12, np.random.default_rng(0)
    )
    axis = (np.arange(12) - 5.5) / 6
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    assert pitch == pytest.approx(1 / 6)
    sure = np.abs(radius - 1) > 0.01
    np.testing.assert_array_equal(grid[sure], (radius < 1)[sure])
