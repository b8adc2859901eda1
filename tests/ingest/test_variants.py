"""Training samples: sources, variants, and what is fitted to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from ingest import trainset
from ingest.files.geometry import Mesh
from ingest.trainset import Source, draw, find_sources, fit_variants
from inrstore.errors import BadInput
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import fit, random_base
from tests.ingest.training import FIT, InProcess, write_meshes

BASES = {field: random_base(FIT).numpy() + index for index, field in enumerate(FIELDS)}


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainset, "_pool", lambda jobs: InProcess())


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    return find_sources([write_meshes(tmp_path / "meshes")])


def test_sources_come_in_order_with_their_folders_as_classes(sources: list[Source], tmp_path: Path) -> None:
    assert [(Path(s.path).name, s.label) for s in sources] == [
        ("plate.ply", "flat"),
        ("ball.obj", "round"),
        ("egg.STL", "round"),
    ]
    meshes = tmp_path / "meshes"
    assert [s.label for s in find_sources([meshes / "round", meshes / "flat"])] == ["round", "round", "flat"]


def test_folders_without_meshes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=str(tmp_path)):
        find_sources([tmp_path])


def test_a_sample_depends_on_source_variant_and_seed_alone(sources: list[Source]) -> None:
    drawn = list(draw(sources, FIELDS, FIT.sampling, variants=[0, 1]))
    assert [v.shape for v in drawn] == [0, 1, 2] * 2 and [v.label for v in drawn] == ["flat", "round", "round"] * 2
    assert all([s.field for s in v.samples] == list(FIELDS) for v in drawn)
    later = list(draw(sources, FIELDS, FIT.sampling, variants=[1]))
    others = list(draw(sources, FIELDS, FIT.sampling, variants=[1], seed=1))
    for before, again, other in zip(drawn[3:], later, others, strict=True):
        for a, b, c in zip(before.samples, again.samples, other.samples, strict=True):
            assert a.points.tobytes() == b.points.tobytes() and a.values.tobytes() == b.values.tobytes()
            assert a.points.tobytes() != c.points.tobytes()


def test_variant_zero_is_the_mesh_as_it_is_and_others_are_not(sources: list[Source]) -> None:
    wrong = []
    for number in (0, 1):
        ((sdf,),) = (v.samples for v in draw(sources[1:2], ["sdf"], FIT.sampling, variants=[number]))
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
        varied = trainset._vary(mesh, np.random.default_rng(seed))
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


def test_unreadable_and_open_meshes_are_left_out_of_what_they_lack(tmp_path: Path, sources: list[Source]) -> None:
    (tmp_path / "broken.obj").write_text("v 0 0 nan\nf 1 1 1\n")
    (tmp_path / "sheet.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    extra = [Source(str(tmp_path / name), "x") for name in ("broken.obj", "sheet.obj")]
    found = list(draw([*extra, sources[0]], ("sdf", "udf"), FIT.sampling, variants=[0]))
    assert [v.shape for v in found] == [1, 2]
    assert [s.field for s in found[0].samples] == ["udf"]


def test_what_is_kept_is_the_change_from_the_fields_base_and_some_of_the_samples(sources: list[Source]) -> None:
    (drawn,) = draw(sources[:1], FIELDS, FIT.sampling, variants=[1])
    (fitted,) = fit_variants(sources[:1], FIELDS, FIT, BASES, variant=1, kept=64)
    assert (fitted.shape, fitted.label) == (0, "flat")
    assert [some.field for _, some in fitted.rows] == list(FIELDS)
    for samples, (change, some) in zip(drawn.samples, fitted.rows, strict=True):
        base = BASES[samples.field]
        whole = fit([samples], torch.from_numpy(base), FIT).weights[0]
        np.testing.assert_allclose(base + change, whole, atol=1e-6)
        assert some.points.shape == (64, 3)
        rows = {(*p, v) for p, v in zip(samples.points.tolist(), samples.values.tolist(), strict=True)}
        kept = {(*p, v) for p, v in zip(some.points.tolist(), some.values.tolist(), strict=True)}
        assert len(kept) == 64 and kept <= rows


def test_voxels_of_a_ball_are_the_cells_whose_centre_is_inside() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    grid, pitch = trainset._voxelise(
        np.array(ball.vertices), np.array(ball.faces, np.int64), 12, np.random.default_rng(0)
    )
    axis = (np.arange(12) - 5.5) / 6
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    assert pitch == pytest.approx(1 / 6)
    sure = np.abs(radius - 1) > 0.01
    np.testing.assert_array_equal(grid[sure], (radius < 1)[sure])
