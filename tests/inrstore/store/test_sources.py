"""Objects in files as sources: what is known of each, by its key, by the bytes of its file, and by its file's name."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore.errors import AmbiguousShape, ShapeNotFound
from inrstore.records import Part, Source
from inrstore.store import Store
from tests.shapes import digest, key_of, new_shape

TURN = (0.0, -1.0, 0.0, 5.0, 1.0, 0.0, 0.0, 6.0, 0.0, 0.0, 1.0, 7.0, 0.0, 0.0, 0.0, 1.0)


def source(number: int, name: str | None, transform: tuple[float, ...] | None = None) -> Source:
    end = f"#{number} {name or ''}".rstrip()
    return Source(f"/plate.3mf{end}", digest("plate"), 7, Part("/plate.3mf", 3, name, transform))


def committed(store: Store, model: Any, *groups: tuple[int, list[Source]]) -> None:
    for number, (first, *further) in groups:
        shape = new_shape(
            model,
            number,
            source=first.path,
            source_sha256=first.sha256,
            source_bytes=first.bytes,
            part=first.part,
            further=tuple(further),
        )
        store.commit([shape])


def test_what_is_known_of_each_instance(ten: Store, tiny_model: Any) -> None:
    copies, pin = [source(1, "nut"), source(2, None, TURN)], source(3, "pin")
    committed(ten, tiny_model, (20, copies), (21, [pin]))
    shape = ten.shape("/plate.3mf#2")
    assert shape.id == digest(20) and shape.sources == ("/plate.3mf#1 nut", "/plate.3mf#2")
    assert ten.sources(shape) == copies and ten.sources("/plate.3mf#3 pin") == [pin]
    assert ten.sources(key_of(ten, 3)) == [Source("/data/chair/3.obj", digest("file 3"), 1003)]
    keys = key_of(ten, 20), key_of(ten, 21)
    assert ten.sources_by_hash([digest("plate")]) == [(keys[0], copies[0]), (keys[0], copies[1]), (keys[1], pin)]
    assert ten.known_source_hashes([digest("plate")]) == {}  # none of them is the whole file


def test_a_file_of_one_object_is_also_known_whole(ten: Store, tiny_model: Any) -> None:
    one = Source("/one.glb", digest("one"), 7, Part("/one.glb", 1, "it", None))
    committed(ten, tiny_model, (20, [one]))
    assert ten.known_source_hashes([digest("one")]) == {digest("one"): key_of(ten, 20)}


def test_further_sources_with_their_parts(ten: Store) -> None:
    ten.record_failure("/plate.3mf#1 nut", "bad", "load")
    found = [(key_of(ten, 1), source(1, "nut")), (999, source(2, "gone")), (key_of(ten, 2), source(3, "pin", TURN))]
    assert ten.add_sources(found) == ["/plate.3mf#2 gone"]
    assert ten.sources(key_of(ten, 2))[-1] == source(3, "pin", TURN) and ten.failures() == []


def test_the_bare_name_of_a_file(ten: Store, tiny_model: Any) -> None:
    committed(ten, tiny_model, (20, [source(1, "nut"), source(2, "a#b")]))
    assert ten.shape("/plate.3mf").id == digest(20)
    committed(ten, tiny_model, (21, [source(3, "pin")]))
    with pytest.raises(
        AmbiguousShape,
        match="'/plate.3mf' holds 3 objects of 2 shapes; name one: '/plate.3mf#1 nut', '/plate.3mf#3 pin'",
    ):
        ten.shape("/plate.3mf")
    assert ten.find(["/plate.3mf", "/plate.3mf#2 a#b"]) == {"/plate.3mf#2 a#b": key_of(ten, 20)}
    with pytest.raises(ShapeNotFound):
        ten.shape("/plate")


def test_a_model_in_an_archive(ten: Store, tiny_model: Any) -> None:
    inside = Source("/z.zip#a/b.obj", digest("z#b"), 7, Part("/z.zip#a/b.obj", 1, None, None))
    committed(ten, tiny_model, (20, [inside]))
    assert ten.shape("/z.zip#a/b.obj").id == ten.shape("/z.zip").id == digest(20)
