"""Pairs to groups, on small graphs that are told by hand."""

from __future__ import annotations

from index.groups import linked, stars

CHAIN = {(1, 2), (2, 3), (3, 4), (7, 9)}


def judge(one: int, other: int) -> str | None:
    return f"{one}-{other}" if (min(one, other), max(one, other)) in CHAIN else None


def test_components_of_the_pairs_that_hold() -> None:
    pairs = [(7, 9), (3, 4), (1, 2), (2, 3), (4, 7), (5, 6)]
    assert sorted(linked(pairs, judge)) == [[1, 2, 3, 4], [7, 9]]
    assert linked([], judge) == []


def test_ends_that_are_linked_are_not_judged_again() -> None:
    asked = []

    def counting(one: int, other: int) -> bool:
        asked.append((one, other))
        return True

    copies = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    assert linked(copies, counting) == [list(range(10))] and len(asked) == 9


def test_a_chain_is_not_a_group() -> None:
    """Each member is like the first; what is only like another member begins a group of its own."""
    assert stars([1, 2, 3, 4], judge) == [(1, {2: "1-2"}), (3, {4: "3-4"})]
    assert stars([1, 3], judge) == [] and stars([7, 9], judge) == [(7, {9: "7-9"})]
