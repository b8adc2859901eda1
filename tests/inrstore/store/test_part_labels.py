"""Part labels: storing, replacing, folding, removing, damage, and stores of before."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, CorruptShard, ShapeNotFound
from inrstore.records import PartLabels
from inrstore.store import Store, open_store, part_labels
from inrstore.store import connection as way
from tests.inrstore.store import stored
from tests.inrstore.store.older import make_older
from tests.shapes import digest, key_of, new_shape, parted


def assert_parted(store: Store, numbers: Iterable[int]) -> None:
    """Exactly the shapes of these numbers have part labels, each its own."""
    wanted = {key_of(store, number): parted(number) for number in numbers}
    assert store.part_label_keys().tolist() == sorted(wanted)
    found = store.part_labels(store.keys())
    assert found.keys() == wanted.keys()
    for key, one in wanted.items():
        np.testing.assert_array_equal(found[key].points, one.points)
        np.testing.assert_array_equal(found[key].part, one.part)
        assert found[key].names == one.names


def test_each_comes_back_to_its_shape(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 0, part_labels=parted(0)), new_shape(tiny_model, 1)])
    store.commit([new_shape(tiny_model, n, part_labels=parted(n)) for n in (0, 2, 3)])  # 0 is a duplicate
    assert_parted(store, [0, 2, 3])
    assert list(store.part_labels([digest(3), digest(1), digest(0)])) == [key_of(store, 3), key_of(store, 0)]
    with pytest.raises(ShapeNotFound):
        store.part_labels([digest(99)])
    figures = store.stats()
    on_disk = stored.sizes(store, "part_labels")
    assert (figures["part_labels"], figures["bytes_part_labels"]) == (3, on_disk)
    assert store.verify().problems == [] == store.verify().orphans


def test_added_to_stored_shapes_replaced_and_folded(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(4)])
    keys = [key_of(store, number) for number in range(4)]
    store.remove(digest(1))
    assert store.add_part_labels({keys[0]: parted(7), keys[1]: parted(1), 99: parted(2)}) == 1
    assert store.add_part_labels({digest(0): parted(0), digest(2): parted(2)}) == 2
    assert store.add_part_labels({digest(3): parted(3)}) == 1
    assert_parted(store, [0, 2, 3])
    assert store.add_part_labels({}) == 0 == store.add_part_labels({keys[1]: parted(1)})
    store.compact()
    assert_parted(store, [0, 2, 3])
    assert len(stored.names(store, "part_labels")) == 1
    store.remove(digest(0))
    store.compact()
    assert_parted(store, [2, 3])
    assert store.verify().problems == [] == store.verify().orphans


def test_shapes_of_other_parts_lie_together(store: Store, tiny_model: Any) -> None:
    names = [("leg", "seat"), ("wing",), tuple("abcdefgh")]
    store.commit([new_shape(tiny_model, n, part_labels=parted(n, some)) for n, some in enumerate(names)])
    found = store.part_labels([digest(n) for n in range(3)])
    assert [one.names for one in found.values()] == names


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"points": np.zeros((3, 3), np.uint16)}, "are not of 2,048 points"),
        ({"part": np.zeros(2048, np.int64)}, "kept as uint16 and uint8"),
        ({"names": ("leg", "leg")}, "are not different words"),
        ({"names": ("leg", "\ud800")}, "are not different words"),
        ({"names": ()}, "are not different words"),
        ({"names": ("leg",)}, "of part 1, but only 1 have names"),
    ],
)
def test_what_is_none_is_refused(store: Store, tiny_model: Any, change: dict[str, Any], reason: str) -> None:
    store.commit([new_shape(tiny_model, 0)])
    bad: PartLabels = replace(parted(0), **change)
    with pytest.raises(BadInput, match=reason):
        store.commit([new_shape(tiny_model, 1, part_labels=bad)])
    with pytest.raises(BadInput, match=reason):
        store.add_part_labels({digest(0): bad})
    assert store.count() == 1 and not stored.names(store, "part_labels", "")


def test_a_shape_that_is_removed_meanwhile_is_left_out(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(3)])
    real = part_labels.write_part_labels

    def meanwhile(*arguments: Any) -> Any:
        store.remove(digest(1))
        return real(*arguments)

    monkeypatch.setattr(part_labels, "write_part_labels", meanwhile)
    assert store.add_part_labels({digest(number): parted(number) for number in range(3)}) == 2
    assert_parted(store, [0, 2])


def test_damage_is_found(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 0, part_labels=parted(0))])
    stored.damage(store, stored.only(store, "part_labels"), "altered", 3)
    assert any("part labels of 1 shape" in problem for problem in store.verify().problems)
    with pytest.raises(CorruptShard):
        store.part_labels([digest(0)])


def test_a_store_of_before(local_store: Store, tiny_model: Any, tmp_path: Path) -> None:
    """Of revision 0005, which had no such table."""
    local_store.commit([new_shape(tiny_model, 0)])
    local_store.close()
    old = tmp_path / "old.store"
    shutil.copytree(local_store.url, old)
    with sqlite3.connect(old / "catalog.sqlite") as catalog:
        make_older(catalog, "0005")
    catalog.close()
    upgraded = open_store(old)
    assert way.revision(upgraded.catalog) == way.HEAD
    assert upgraded.add_part_labels({digest(0): parted(0)}) == 1
    assert_parted(upgraded, [0])
