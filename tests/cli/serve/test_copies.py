"""What jobs found, by shape: told from groups that are made by hand, and quick where there are very many."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cli.serve import copies
from cli.serve.copies import Copies, Level
from index.evidence import Evidence
from index.families import Group, Member


def group(*keys: int, relation: str = "same surface") -> Group:
    """The first key, and others that are each their key times as large."""

    def member(key: int) -> Member:
        evidence = None if key == keys[0] else Evidence(relation, chamfer_l1=key / 1000, ratio=float(key))
        return Member(f"/{key}.obj", str(key), key, None, evidence)

    return Group([member(key) for key in keys])


def told(kept: Copies, key: int) -> list[tuple[int, int, str | None]]:
    """Which shape, beside which, and in which words."""
    return [(one.copy.key, one.to, one.copy.words) for one in kept.of(key)[1]]


def large(key: float, relation: str = "same surface") -> str:
    return f"{relation}: {key:.3g}× as large"


def test_of_a_shape(tmp_path: Path) -> None:
    kept = Copies(tmp_path)
    assert kept.of(1) == (None, []) and kept.groups("same") is None
    assert kept.keep("same", [group(2, 3, 4), group(5, 6), Group(group(7).members * 2)]) == 2
    assert [[copy.key for copy in one] for one in kept.groups("same") or ()] == [[2, 3, 4], [5, 6]]
    assert told(kept, 2) == [(3, 2, large(3)), (4, 2, large(4))]
    assert told(kept, 3) == [(2, 3, large(1 / 3)), (4, 2, large(4))], "the first, the other way round; then others"
    assert kept.of(7) == ("same", []) and Copies(tmp_path).of(2) == kept.of(2)


def test_of_several_levels_the_latest_and_what_was_compared_with_it(tmp_path: Path) -> None:
    kept = Copies(tmp_path)
    kept.keep("variant", [group(2, 3, 4, 8, relation="variant")])
    assert kept.of(3)[0] == "variant"
    time.sleep(0.02)
    kept.keep("same", [group(2, 3), group(3, 4)])
    assert kept.of(3)[0] == "variant", "the widest"
    assert told(kept, 3) == [(2, 3, large(1 / 3)), (4, 3, large(4)), (8, 2, large(8, "variant"))]
    kept.keep("same", [])
    assert told(kept, 3) == [(2, 3, large(1 / 3, "variant")), *((n, 2, large(n, "variant")) for n in (4, 8))]


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, other = Copies(tmp_path), Copies(tmp_path)
    count = 10_000
    kept.keep("same", [group(*range(n, n + 4)) for n in range(1, 4 * count, 4)])
    read: list[Any] = []
    parse = copies.json.loads
    monkeypatch.setattr(copies.json, "loads", lambda text: read.append(1) or parse(text))
    level: Level = "same"
    assert len(kept.groups(level) or ()) == count
    start = time.perf_counter()
    for key in range(1, 401):
        assert len(kept.of(key)[1]) == 3
    assert (time.perf_counter() - start) / 400 < 0.002 and len(read) == 1
    other.keep("same", [group(1, 2)])  # by another server
    assert [one.copy.key for one in kept.of(1)[1]] == [2] and len(read) == 2
