"""Pictures of stored shapes: of the source where there is one, else of the network; and that sheets hold every tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.pictures import stored
from inrstore.pictures.sheet import Tile, sheet
from inrstore.pictures.stored import render_shape, search_sheet, thumbnail, write_thumbnail
from inrstore.pictures.webp import to_webp
from tests.inrstore.pictures.test_render import blue
from tests.inrstore.surface.decoding import OneShape

REF = "abcdef0123"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="use .png"):
        render_shape(OneShape(), REF, tmp_path / "a.obj")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="use .png"):
        sheet([[Tile(None, "a")]], tmp_path / "a.obj")
    with pytest.raises(BadInput, match="at least one"):
        sheet([], tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "name"), [("mesh", "sdf"), ("mesh", "udf"), ("cloud", "udf"), ("voxels", "occ")])
def test_thumbnails_of_stored_shapes(kind: str, name: str) -> None:
    store: Any = OneShape(kind=kind, field=name)
    assert 0.1 < blue(thumbnail(store, REF, 64)).mean() < 0.8


def red(image: np.ndarray) -> np.ndarray:
    return np.asarray(image[..., 0].astype(int) - image[..., 2] > 100)


@pytest.fixture
def pictured() -> Any:
    """A store whose one shape, a box, has a red picture of its source."""
    return OneShape(picture=to_webp(np.full((256, 256, 3), (200, 0, 0), np.uint8)))


def test_the_source_is_shown_unless_the_network_is_asked_for(pictured: Any) -> None:
    assert red(thumbnail(pictured, REF)).all() and thumbnail(pictured, REF).shape == (256, 256, 3)
    assert red(thumbnail(pictured, REF, 64)).all() and thumbnail(pictured, REF, 64).shape == (64, 64, 3)
    decoded = thumbnail(pictured, REF, 64, decoded=True)
    assert blue(decoded).mean() > 0.1 and not red(decoded).any()
    assert blue(thumbnail(pictured, REF, 64, via="decoder")).mean() > 0.1


def test_the_kept_picture_is_written_as_it_is(pictured: Any, tmp_path: Path) -> None:
    assert write_thumbnail(pictured, REF, tmp_path / "a.webp").read_bytes() == pictured.picture
    with Image.open(write_thumbnail(pictured, REF, tmp_path / "a.png")) as image:
        assert image.format == "PNG" and red(np.asarray(image)).all()
    with pytest.raises(ShapeNotFound, match="abcdef0123ab has no picture of its source; ingest that with --thumbnails"):
        write_thumbnail(OneShape(), REF, tmp_path / "b.webp")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="use .png"):
        write_thumbnail(pictured, REF, tmp_path / "b.obj")


def test_render_shape_draws_the_network(pictured: Any, tmp_path: Path) -> None:
    with Image.open(render_shape(pictured, REF, tmp_path / "a.png", 64)) as image:
        assert blue(np.asarray(image)).mean() > 0.1


def test_render_shape_writes_a_picture(tmp_path: Path) -> None:
    store: Any = OneShape()
    path = render_shape(store, REF, tmp_path / "box.png", 96)
    with Image.open(path) as image:
        assert image.size == (96, 96)


@dataclass
class Hit:
    id: str
    label: str | None
    score: float
    distance: float | None = None


@dataclass
class Result:
    query: str
    hits: list[Hit] = field(default_factory=list)
    id: str | None = None


def test_a_sheet_of_searches(tmp_path: Path) -> None:
    store: Any = OneShape()
    hits = [Hit(REF, "box", 0.99), Hit(REF, "a very long label of a shape", 0.5)]
    results = [Result("box.obj", hits, REF), Result("scan.ply", hits[:1]), Result("drawn.obj")]
    drawn = np.full((32, 32, 3), (200, 0, 0), np.uint8)
    path = search_sheet(store, results, tmp_path / "sheet.png", {"drawn.obj": drawn})
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape[1] == pytest.approx(pixels.shape[0], rel=0.2)  # three by three tiles
    thirds = [blue(part).mean() for part in np.array_split(pixels, 3, axis=0)]
    assert thirds[0] > thirds[1] > thirds[2]  # three shapes, one, none
    assert (pixels == (200, 0, 0)).all(axis=2).sum() > 10_000
    assert sheet([[Tile(drawn, "query")]], tmp_path / "one.pdf").read_bytes()[:4] == b"%PDF"


def test_tiles_say_what_orders_the_hits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a piece its distance: by score its whole may be the last."""
    rows: list[Any] = []
    monkeypatch.setattr(stored, "sheet", lambda found, path: rows.extend(found))
    store: Any = OneShape()
    hits = [Hit(REF, "table", 0.1, 0.0061), Hit(REF, "lamp", 0.7)]
    search_sheet(store, [Result("leg.ply", hits)], tmp_path / "sheet.png")
    assert [(tile.title, tile.note) for tile in rows[0][1:]] == [("table", "0.0061 off"), ("lamp", "0.700")]


def test_a_sheet_shows_sources_and_below_them_networks(pictured: Any, tmp_path: Path) -> None:
    results = [Result("box.obj", [Hit(REF, "box", 0.99)], REF)]
    shares = []
    for decoded in (False, True):
        path = search_sheet(pictured, results, tmp_path / f"{decoded}.png", decoded=decoded)
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        shares.append((red(pixels).mean() > 0.3, blue(pixels).mean() > 0.1))
    assert shares == [(True, False), (True, True)]
