"""What files refer to comes with them, from their own prefix, and nothing else does."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.discover import SourceFile
from ingest.files.geometry import Limits, Mesh
from ingest.files.load import load
from ingest.sources.companions import MOST
from ingest.sources.reading import at_hand, placed
from inrstore.errors import BadInput
from tests.ingest.sources.buckets import Bucket

OBJ = """mtllib wood.mtl
v 0 0 0
v 1 0 0
v 0 1 0
vt 0 0
vt 1 0
vt 0 1
usemtl wood
f 1/1 2/2 3/3
"""


def picture(color: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(file, "PNG")
    return file.getvalue()


def test_materials_and_images_where_the_appearance_is_asked_for(bucket: Bucket) -> None:
    material = "newmtl wood\nmap_Kd -s 1 1 1 C:\\work\\images\\grain.png\n"
    bucket.put(**{"set/a.obj": OBJ, "set/wood.mtl": material, "set/grain.png": picture((200, 100, 50))})
    with at_hand(bucket.uri("set/a.obj"), Limits(appearance=True)) as place:
        assert sorted(p.name for p in Path(place).parent.iterdir()) == ["a.obj", "grain.png", "wood.mtl"]
        mesh = load(place, Limits(appearance=True))
        assert isinstance(mesh, Mesh) and mesh.appearance is not None
        bare = load(place)
    with at_hand(bucket.uri("set/a.obj"), Limits()) as place:
        assert [p.name for p in Path(place).parent.iterdir()] == ["a.obj"]
        again = load(place)
        assert isinstance(bare, Mesh) and isinstance(again, Mesh)
        np.testing.assert_array_equal(bare.vertices, again.vertices)
    assert not Path(place).exists()


@pytest.mark.parametrize("name", ["../wood.mtl", "/wood.mtl", "s3://elsewhere/wood.mtl", "a/../../wood.mtl"])
def test_nothing_comes_from_outside(bucket: Bucket, name: str) -> None:
    bucket.put(**{"set/a.obj": OBJ.replace("wood.mtl", name), "wood.mtl": "newmtl wood\n"})
    with at_hand(bucket.uri("set/a.obj"), Limits(appearance=True)) as place:
        assert [p.name for p in Path(place).parent.iterdir()] == ["a.obj"]
    asked = {path for method, path in bucket.server.asked if method != "PUT"}
    assert asked == {f"/{bucket.name}/set/a.obj"}


def test_too_much_is_refused_or_left(bucket: Bucket) -> None:
    many = "".join(f"mtllib {number}.mtl\n" for number in range(MOST + 1))
    bucket.put(**{"many.obj": many, "large.obj": OBJ, "wood.mtl": b"#" * 5000})
    with (
        pytest.raises(BadInput, match=f"more than {MOST} files"),
        at_hand(bucket.uri("many.obj"), Limits(appearance=True)),
    ):
        pass
    with at_hand(bucket.uri("large.obj"), Limits(max_bytes=4000, appearance=True)) as place:
        assert [p.name for p in Path(place).parent.iterdir()] == ["large.obj"]
    assert bucket.fetched("wood.mtl") == 0


def test_what_says_the_parts(bucket: Bucket) -> None:
    bucket.put(**{"set/a.obj": OBJ, "set/a.seg": "1\n"})
    with at_hand(bucket.uri("set/a.obj"), Limits(), parts=True) as place:
        assert Path(place).with_suffix(".seg").read_text() == "1\n"


def test_a_file_that_is_fetched_is_not_fetched_again_but_where_it_is_not(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(**{"set/a.obj": OBJ, "set/wood.mtl": "newmtl wood\n"})
    limits, via = Limits(appearance=True), bucket.uri().rstrip("/")
    (tmp_path / "a.obj").write_text(OBJ)
    file = SourceFile(bucket.uri("set/a.obj"), "a", via=via, at=str(tmp_path / "a.obj"))
    with placed(file, limits) as here:
        assert here.at == file.at and (tmp_path / "wood.mtl").exists()
    assert bucket.fetched("set/a.obj") == 0
    (tmp_path / "a.obj").unlink()  # as on another machine
    with placed(file, limits) as here:
        assert Path(here.at).read_text() == OBJ
    assert bucket.fetched("set/a.obj") == 1 and not Path(here.at).exists()
