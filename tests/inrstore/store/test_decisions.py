"""Decisions on pairs, in both databases, against a plain dictionary; they go with their shapes."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from inrstore.errors import AmbiguousShape, BadInput, InrstoreError, ShapeNotFound
from inrstore.records import DECISIONS, Decision
from inrstore.store import Store, open_store
from inrstore.store import connection as way
from inrstore.store import decisions as module
from inrstore.store.tables import DecisionRow, now
from tests.shapes import REPO, digest, key_of, new_shape

from .test_migration import DATA, copy_of_revision_0002

MANY = 10_000


def raw(store: Store, table: str = "decisions") -> int:
    with store.catalog.read() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_pair_is_one_whichever_comes_first_and_however_it_is_named(ten: Store) -> None:
    one, other = key_of(ten, 2), key_of(ten, 5)
    before = ten.generation()
    assert ten.decide([(digest(5), digest(2)[:6])], "same") == 1
    assert ten.decide([(one, other), (other, one), (digest(2), "/data/chair/5.obj")], "same") == 0
    assert ten.decisions() == {(one, other): "same"}
    assert ten.decide([(other, one), (one, other)], "different") == 1
    assert ten.decisions([digest(5)]) == ten.decisions(one) == {(one, other): "different"}
    assert ten.decisions(digest(3)) == {} and ten.generation() == before
    assert ten.decide([(one, other)], None) == 1 and ten.decide([(one, other)], None) == 0
    assert ten.decisions() == {} and raw(ten) == 0 and ten.verify().ok


def test_as_a_dictionary_would_have_it(ten: Store) -> None:
    chance = random.Random(3)
    pairs = list(combinations(ten.keys().tolist(), 2))
    expected: dict[tuple[int, int], Decision] = {}
    for _ in range(12):
        some = chance.sample(pairs, 15)
        decision = chance.choice([*DECISIONS, None])
        changed = sum(expected.get(pair) != decision for pair in some)
        assert ten.decide([chance.choice([(a, b), (b, a)]) for a, b in some], decision) == changed
        for pair in some:
            expected.pop(pair, None)
            if decision is not None:
                expected[pair] = decision
        assert list(ten.decisions().items()) == sorted(expected.items())
    for key in pairs[0]:
        assert ten.decisions([key]) == {pair: d for pair, d in expected.items() if key in pair}


def test_decisions_go_with_their_shapes(ten: Store, tiny_model: Any) -> None:
    one, other, third = (key_of(ten, number) for number in (1, 2, 3))
    assert ten.decide([(one, other), (other, third), (one, third)], "same") == 3
    ten.remove(one)
    assert ten.decisions() == ten.decisions([one, other]) == {(other, third): "same"}
    assert ten.decide([(one, other), (third, 999)], "different") == 0, "neither is a pair of stored shapes"
    ten.commit([new_shape(tiny_model, 1)])
    assert len(ten.decisions(digest(1))) == 0, "it is another shape now"
    ten.compact()
    assert raw(ten) == 1 and ten.verify().ok
    ten.remove([other, third])
    ten.compact()
    assert raw(ten) == 0 and ten.verify().ok


def test_what_is_no_pair_is_refused_and_nothing_is_written(ten: Store) -> None:
    good = (digest(1), digest(2))
    wrong: list[tuple[str, int | str]] = [(digest(3), key_of(ten, 3)), (digest(3), digest("none"))]
    for pair, error in zip(wrong, (BadInput, ShapeNotFound), strict=True):
        with pytest.raises(error):
            ten.decide([good, pair], "same")
    with pytest.raises(BadInput, match="one of same, variant, different"):
        ten.decide([good], "maybe")  # type: ignore[arg-type]
    assert raw(ten) == 0 and ten.decide([], "same") == 0


def test_the_database_keeps_each_pair_once(ten: Store) -> None:
    insert = sa.insert(DecisionRow).values(decision="same", decided=now())
    for first, second in ((2, 1), (3, 3), (1, 999)):
        with pytest.raises((sa.exc.IntegrityError, InrstoreError)), ten.catalog.write() as connection:
            connection.execute(insert.values(first_key=first, second_key=second))
    assert raw(ten) == 0


@pytest.fixture
def many(ten: Store) -> Iterator[list[int]]:
    """Keys of a thousand more shapes, which have nothing but rows."""
    columns = "sha256, removed, name, field, kind, center_x, center_y, center_z, scale, quality, created"
    row = "SELECT :id, 0, name, field, kind, 0, 0, 0, 1, quality, created FROM shapes WHERE key = 1"
    with ten.catalog.write() as connection:
        statement = sa.text(f"INSERT INTO shapes ({columns}) {row}")
        connection.execute(statement, [{"id": digest(f"more {number}")} for number in range(1_000)])
    yield ten.keys().tolist()


@pytest.mark.alone
def test_ten_thousand_pairs_take_less_than_a_second(ten: Store, many: list[int]) -> None:
    ids = ten.ids()
    pairs = random.Random(1).sample(list(combinations(many, 2)), MANY)
    named = [(ids[b], ids[a]) for a, b in pairs]
    rounds: list[tuple[Any, Decision | None, int]] = [(pairs, "same", MANY), (named, "different", MANY)]
    rounds += [(np.array(pairs), "different", 0), (named, None, MANY)]
    taken = []
    for _ in range(3):
        for asked, decision, changed in rounds:
            start = time.perf_counter()
            assert ten.decide(asked, decision) == changed
            taken.append(time.perf_counter() - start)
    assert all(min(taken[place :: len(rounds)]) < 1 for place in range(len(rounds))), taken
    ten.decide(pairs, "variant")
    start = time.perf_counter()
    assert ten.decisions() == ten.decisions(many) == dict.fromkeys(sorted(pairs), "variant")
    assert time.perf_counter() - start < 3


def test_of_one_shape_no_table_is_read_through(local_ten: Store) -> None:
    local_ten.decide([(1, 2)], "same")
    with local_ten.catalog.read() as connection:
        query = module._query([1]).compile(connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
    assert "SCAN" not in plan and "ix_decisions_second_key" in plan, plan


def test_two_writers_at_once(ten: Store) -> None:
    """Both decide all pairs over and over; each call is whole, so the last one's word holds for all."""
    pairs = list(combinations(ten.keys().tolist(), 2))

    def decide(decision: Decision) -> int:
        own = open_store(ten.url, catalog_url=ten._catalog_url)
        changed = sum(own.decide(pairs, decision) for _ in range(8))
        own.close()
        return changed

    with ThreadPoolExecutor(2) as pool:
        changed = list(pool.map(decide, ("same", "different")))
    found = ten.decisions()
    assert set(found) == set(pairs) and len(set(found.values())) == 1
    assert all(some and some % len(pairs) == 0 for some in changed)


def test_a_call_that_ends_in_the_middle_leaves_what_was(ten: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = list(combinations(ten.keys().tolist(), 2))
    ten.decide(pairs[:20], "same")
    monkeypatch.setattr(
        module, "insert", lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    )  # after the others' change
    with pytest.raises(KeyboardInterrupt):
        ten.decide(pairs, "different")
    assert ten.decisions() == dict.fromkeys(pairs[:20], "same")


def test_an_ambiguous_shape_is_said(ten: Store, tiny_model: Any) -> None:
    twins = [new_shape(tiny_model, n, sha256="abcdef" + digest(n)[6:], source=f"/data/{n}.stl") for n in (50, 51)]
    ten.commit(twins)
    with pytest.raises(AmbiguousShape):
        ten.decide([("abcdef", digest(1))], "same")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_store_of_before(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, url = Path(shutil.copytree(DATA / "store", tmp_path / "old.store")), None
    if database == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("empty_database")
        copy_of_revision_0002(old, url := make(), monkeypatch)
    store = open_store(old, catalog_url=url)
    assert way.revision(store.catalog) == way.HEAD and DATA.is_relative_to(REPO)
    one, other = store.keys().tolist()[:2]
    assert store.decisions() == {} and store.refusals() == {}
    assert store.decide([(other, one)], "variant") == store.refuse([(one, "chair")]) == 1
    assert open_store(old, catalog_url=url).decisions() == {(one, other): "variant"}
    store.close()
