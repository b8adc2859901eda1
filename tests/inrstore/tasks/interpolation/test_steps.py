"""Interpolation by stand-ins for a decoder whose surfaces are known: balls of the radius that a code says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadArray, BadInput, EmptySurface
from inrstore.network.fields import CLIP
from inrstore.progress import Progress
from inrstore.tasks.interpolation.detail import Detail, with_detail
from inrstore.tasks.interpolation.steps import analogy, interpolate
from inrstore.tasks.interpolation.way import slerp

A, B = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


@dataclass
class Balls:
    """The code (cos α, sin α) stands for balls, which `where` gives by α/90° as rows x, radius."""

    where: Callable[[float], list[tuple[float, float]]]
    dim: int = 2

    def field(self, code: np.ndarray, name: str) -> Callable[[np.ndarray], np.ndarray]:
        assert np.linalg.norm(code) == pytest.approx(1, abs=1e-6)
        balls = self.where(float(np.arctan2(code[1], code[0]) / (np.pi / 2)))

        def field(points: np.ndarray) -> np.ndarray:
            distances = [np.linalg.norm(points - np.array([x, 0, 0]), axis=1) - radius for x, radius in balls]
            d = np.min([np.full(len(points), CLIP), *distances], axis=0)
            d = np.abs(d) if name == "udf" else d
            p = 1 - d / CLIP if name == "udf" else 0.5 - d / (2 * CLIP)
            p = np.clip(p, 1e-6, 1 - 1e-6)
            return np.asarray(np.log(p / (1 - p)), np.float32)

        return field


GROWING = Balls(lambda t: [(0, 0.2 + 0.6 * t**3)])
"""Slowly at first: equal angles are far from equal changes."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Balls are round enough where the steps are placed."""
    monkeypatch.setattr("inrstore.tasks.interpolation.steps.RESOLUTION", 24)


def volume(radius: float | np.ndarray) -> np.ndarray:
    return np.asarray(4 / 3 * np.pi * radius**3)


def test_balls_that_grow_do_so_in_even_steps_of_known_distance_and_volume() -> None:
    seen: list[Progress] = []
    found = interpolate(GROWING, A, B, 5, resolution=48, keep_volume=False, on_progress=seen.append)
    radii = np.linspace(0.2, 0.8, 5)
    np.testing.assert_allclose([step.t for step in found.steps], np.cbrt((radii - 0.2) / 0.6), atol=0.02)
    np.testing.assert_allclose([step.volume for step in found.steps], volume(radii), rtol=0.06)
    assert found.steps[0].chamfer is None  # of concentric balls the difference of the radii is how far they are apart
    np.testing.assert_allclose([step.chamfer for step in found.steps[1:]], 0.15, rtol=0.06)
    assert found.evenness < 0.06
    assert all(step.closed and (step.pieces, step.left_out) == (1, 0) for step in found.steps)
    assert {progress.stage for progress in seen} == {"decoding"} and seen[-1].done == len(seen) >= 17 + 5


@pytest.mark.parametrize("field", ["sdf", "occ"])
def test_what_shrinks_between_keeps_the_volume_between_the_ends(field: str) -> None:
    sunken = Balls(lambda t: [(0, np.cbrt(0.4**3 + t * (0.6**3 - 0.4**3)) - 0.04 * np.sin(np.pi * t))])
    found = interpolate(sunken, A, B, 4, resolution=48, field=field)
    for step in found.steps:
        assert step.volume == pytest.approx((1 - step.t) * volume(0.4) + step.t * volume(0.6), rel=0.05)
    plain = interpolate(sunken, A, B, 3, resolution=48, field=field, keep_volume=False).steps[1]
    assert plain.volume < 0.85 * ((1 - plain.t) * volume(0.4) + plain.t * volume(0.6))


def test_small_pieces_between_the_ends_are_left_out_and_those_of_the_ends_stay() -> None:
    moon = Balls(lambda t: [(-0.4, 0.3 + 0.1 * t), (0.5, 0.12)])  # .12³ / .3³ = 6.4 % of the volume, then less
    found = interpolate(moon, A, B, 4, resolution=48, small=0.1)
    assert [(step.pieces, step.left_out) for step in found.steps] == [(2, 0), (1, 1), (1, 1), (2, 0)]
    assert [step.vertices[:, 0].max() > 0.4 for step in found.steps] == [True, False, False, True]
    kept = interpolate(moon, A, B, 4, resolution=48, small=0)
    assert [(step.pieces, step.left_out) for step in kept.steps] == [(2, 0)] * 4
    assert kept.evenness < 0.1


def test_a_udf_has_open_surfaces_without_volume() -> None:
    found = interpolate(GROWING, A, B, 2, resolution=48, field="udf")
    assert [(step.volume, step.left_out) for step in found.steps] == [(None, 0)] * 2 and found.field == "udf"
    assert found.steps[1].chamfer == pytest.approx(0.6, rel=0.05)


def test_what_lies_between_and_cannot_be_decoded_is_said() -> None:
    gap = Balls(lambda t: [] if 0.4 < t < 0.6 else [(0, 0.5)])
    with pytest.raises(EmptySurface, match=r"at 0\.5\d? of the way.*more alike"):
        interpolate(gap, A, B, 3, resolution=32)


def test_from_a_shape_to_itself_nothing_changes() -> None:
    found = interpolate(GROWING, A, A, 3, resolution=32, keep_volume=False)
    assert found.evenness < 1e-6 and [step.t for step in found.steps] == pytest.approx([0, 0.5, 1])
    assert max(step.chamfer for step in found.steps[1:]) < 1e-3
    kept = interpolate(GROWING, A, A, 3, resolution=32)
    assert max(step.chamfer for step in kept.steps[1:]) < 5e-3


def test_everything_is_written_and_reads_back(tmp_path: Path) -> None:
    found = interpolate(GROWING, A, B, 3, resolution=24)
    files = found.write(tmp_path / "new" / "way", "ply")
    assert [path.name for path in files] == ["00.ply", "01.ply", "02.ply", "strip.png", "steps.gif", "steps.glb"]
    assert sorted((tmp_path / "new" / "way").iterdir()) == sorted(files)
    for step, path in zip(found.steps, files, strict=False):
        mesh = trimesh.load(path)
        assert mesh.is_watertight and mesh.volume == pytest.approx(step.volume, rel=1e-4)
    assert len(trimesh.load_scene(files[-1]).geometry) == 3
    with pytest.raises(BadInput, match="something already"):
        found.write(tmp_path / "new" / "way")
    with pytest.raises(BadInput, match="file is in the way"):
        found.write(files[0])
    with pytest.raises(BadInput, match="format: 'xyz'"):
        found.write(tmp_path / "other", "xyz")
    assert not (tmp_path / "other").exists()


def test_the_way_is_on_the_sphere_at_an_even_pace() -> None:
    rng = np.random.default_rng(0)
    a, b = (row / np.linalg.norm(row) for row in rng.normal(size=(2, 50)))
    rows = np.stack([slerp(a, b, t) for t in np.linspace(0, 1, 6)])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose([rows[0], rows[-1]], [a, b], atol=1e-6)
    angles = np.arccos(np.sum(rows[1:] * rows[:-1], axis=1))
    np.testing.assert_allclose(angles, np.arccos(a @ b) / 5, rtol=1e-4)
    np.testing.assert_allclose(slerp(a, a, 0.3), a, atol=1e-6)
    with pytest.raises(BadInput, match="opposite"):
        slerp(a, -a, 0.5)


def test_an_analogy() -> None:
    east, north, up = np.eye(3, dtype=np.float32)
    np.testing.assert_allclose(analogy(east, north, up), np.array([1, -1, 1]) / np.sqrt(3), atol=1e-6)
    np.testing.assert_allclose(analogy(east, north, north), east)
    np.testing.assert_allclose(analogy(east, east, up), up)
    with pytest.raises(BadInput, match="nothing; choose others"):
        analogy(east, 2 * east, east)


def test_what_cannot_be_interpolated() -> None:
    with pytest.raises(BadInput, match="steps: 1"):
        interpolate(GROWING, A, B, 1)
    with pytest.raises(BadArray, match="code"):
        interpolate(GROWING, A, np.ones(3, np.float32))


FORKED = Balls(lambda t: [(-0.4, 0.3)])
"""What both codes say; the shapes' own networks have another ball beside it."""
OWN = Balls(lambda t: [(-0.4, 0.3), (0.3, 0.16 if t < 0.5 else 0.2)])


def test_the_ends_are_as_their_networks_have_them_and_what_codes_lose_fades() -> None:
    own = (OWN.field(A, "sdf"), OWN.field(B, "sdf"))
    way = interpolate(FORKED, A, B, 5, own=own, resolution=48, keep_volume=False, small=0)
    for step, radius in ((way.steps[0], 0.16), (way.steps[-1], 0.2)):
        assert step.pieces == 2 and step.volume == pytest.approx(volume(0.3) + volume(radius), rel=0.02)
    # In the middle both details are there in full: the second ball is at least as large as in either.
    assert [step.pieces for step in way.steps] == [2] * 5
    least = volume(0.3) + volume(0.16)
    assert all(step.volume is not None and step.volume > 0.97 * least for step in way.steps if step.t <= 0.5)
    bare = interpolate(FORKED, A, A, 3, resolution=48, keep_volume=False, small=0)
    assert [step.pieces for step in bare.steps] == [1] * 3
    (one,) = {step.pieces for step in interpolate(FORKED, A, B, 3, own=(own[0], None), resolution=48).steps[2:]}
    assert one == 1  # nothing is known of the last one's network


def test_detail_is_the_difference_between_network_and_code() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.7, 0.7, (2_000, 3)).astype(np.float32)
    points = points[np.linalg.norm(points, axis=1) < 1]
    network, decoded = (balls.field(A, "sdf") for balls in (OWN, FORKED))
    back = with_detail(decoded, [(1.0, Detail.of(network, decoded))])
    truth = np.abs(network(points)) < 2  # where distances are not clipped
    np.testing.assert_allclose(back(points)[truth], network(points)[truth], atol=0.12)
    same = with_detail(decoded, [(1.0, Detail.of(decoded, decoded))])
    near = np.abs(decoded(points)) < 5
    np.testing.assert_allclose(same(points)[near], decoded(points)[near], atol=1e-3)
