"""OpenCLIP's towers, with a tiny network of random weights: both sides, their identity, and wrong names.

Where OpenCLIP, or a torchvision that fits torch, is not there, only that is tested.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, MissingDependency
from inrstore.towers import image_tower, text_tower
from inrstore.towers.clip import clip

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    try:
        import open_clip
    except (ImportError, RuntimeError) as error:  # RuntimeError: torchvision is for another torch
        pytest.skip(f"needs OpenCLIP: pip install 'inrstore[clip]' ({error})")
    file = tmp_path_factory.mktemp("configs") / "inrstore-tiny.json"
    file.write_text(json.dumps(CONFIG))
    open_clip.add_model_config(file)
    wider = file.with_stem("inrstore-wider")
    wider.write_text(json.dumps(CONFIG | {"text_cfg": {**CONFIG["text_cfg"], "width": 64}}))  # type: ignore[dict-item]
    open_clip.add_model_config(wider)
    return open_clip


def checkpoint(theirs: Any, place: Path, seed: int) -> Path:
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    save_file(theirs.create_model("inrstore-tiny").state_dict(), place)
    return place


@pytest.fixture
def weights(theirs: Any, tmp_path: Path) -> Path:
    return checkpoint(theirs, tmp_path / "tiny.safetensors", 0)


def test_both_sides_are_of_one_id_and_what_the_library_computes(theirs: Any, weights: Path) -> None:
    import torch
    from PIL import Image

    name = f"open_clip:inrstore-tiny/{weights}"
    texts, images = text_tower(name), image_tower(name)
    assert texts.id == images.id and texts.dim == images.dim == 16 and images.side == 32
    assert texts.name == images.name == name
    said = ["a chair", "", "word " * 400, *["a table"] * 30]
    seen = list(np.random.default_rng(0).integers(0, 256, (20, 48, 48, 3), dtype=np.uint8))
    for rows, count in ((texts.encode(said), 33), (images.encode(seen), 20)):
        assert rows.shape == (count, 16) and rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(texts.encode(said)[-1:], texts.encode(["a table"]), atol=1e-5)
    model, _, ready = theirs.create_model_and_transforms("inrstore-tiny", str(weights))
    with torch.inference_mode():
        picture = model.eval().encode_image(ready(Image.fromarray(seen[7]))[None], normalize=True)
        text = model.encode_text(theirs.get_tokenizer("inrstore-tiny")(["a chair"]), normalize=True)
    np.testing.assert_allclose(images.encode(seen)[7], picture[0], atol=1e-5)
    np.testing.assert_allclose(texts.encode(said)[0], text[0], atol=1e-5)
    assert texts.encode([]).shape == images.encode([]).shape == (0, 16)


def test_an_id_is_of_weights_and_settings_not_of_a_place(theirs: Any, weights: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(weights), tmp_path / "moved.pt")
    other = checkpoint(theirs, tmp_path / "other.safetensors", 1)
    ids = [clip(f"open_clip:inrstore-tiny/{file}").id for file in (weights, tmp_path / "moved.pt", other)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "name, said",
    [
        ("open_clip:nosuch/openai", "OpenCLIP has no model 'nosuch'; it has"),
        ("open_clip:inrstore-tiny/nosuch", "neither a file nor a tag of inrstore-tiny; it has no tags"),
        ("open_clip:ViT-B-32/nosuch", "neither a file nor a tag of ViT-B-32; its tags are"),
        ("open_clip:ViT-B-32", "is not open_clip:MODEL/TAG"),
    ],
)
def test_names_of_nothing_are_refused(theirs: Any, name: str, said: str) -> None:
    for tower in (text_tower, image_tower):
        with pytest.raises(BadInput, match=said):
            tower(name)


def test_files_that_do_not_hold_the_weights_are_refused(theirs: Any, weights: Path, tmp_path: Path) -> None:
    for file, content in (("a.safetensors", b"none"), ("a.pt", b"none"), ("a.npz", b"none")):
        (tmp_path / file).write_bytes(content)
    for file in (tmp_path / "a.safetensors", tmp_path / "a.pt"):
        with pytest.raises(BadInput, match="does not hold weights of inrstore-tiny"):
            clip(f"open_clip:inrstore-tiny/{file}")
    with pytest.raises(BadInput, match="is no checkpoint"):
        clip(f"open_clip:inrstore-tiny/{tmp_path / 'a.npz'}")
    with pytest.raises(BadInput, match="does not hold weights of inrstore-wider: "):
        clip(f"open_clip:inrstore-wider/{weights}")


def test_a_checkpoint_that_would_run_something_is_not_run(theirs: Any, tmp_path: Path) -> None:
    import torch

    class Runs:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)  # type: ignore[return-value]

    torch.save({"state_dict": Runs()}, tmp_path / "a.pt")
    with pytest.raises(BadInput, match="does not hold weights"):
        clip(f"open_clip:inrstore-tiny/{tmp_path / 'a.pt'}")
    assert not (tmp_path / "ran").exists()


def test_without_a_network_one_sentence_says_so(
    theirs: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    handlers = list(logging.root.handlers)
    with pytest.raises(BadInput, match="laion2b_s34b_b79k of ViT-B-32 is not here and could not be fetched") as refused:
        image_tower("open_clip:ViT-B-32/laion2b_s34b_b79k")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500
    (one,) = [record.getMessage() for record in caplog.records]
    assert "fetching weights laion2b_s34b_b79k" in one and "577 MB" in one and "laion/" in one
    assert logging.root.handlers == handlers and logging.root.manager.disable == 0


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[clip\]'"):
        image_tower("open_clip:ViT-B-32/any")

    class Unfit:
        def find_spec(self, name: str, *_: Any) -> ModuleType | None:
            if name == "open_clip":
                raise RuntimeError("operator torchvision::nms does not exist")
            return None

    monkeypatch.delitem(sys.modules, "open_clip")
    monkeypatch.setattr(sys, "meta_path", [Unfit(), *sys.meta_path])
    with pytest.raises(MissingDependency, match="does not fit this torch .operator torchvision::nms does not exist"):
        text_tower("open_clip:ViT-B-32/any")
