"""What the catalogue said is known, until it changes."""

from __future__ import annotations

from cli.serve.known import Known


class Catalogue:
    version, asked = "1", 0

    def read(self, wanted: list[int]) -> dict[int, str]:
        self.asked += len(wanted)
        return {one: f"{one} of {self.version}" for one in wanted if one != 13}


def test_an_answer_is_read_once_of_each_version() -> None:
    catalogue = Catalogue()
    known = Known(lambda: catalogue.version, 10)
    assert known.all([1, 2, 1], catalogue.read) == {1: "1 of 1", 2: "2 of 1"}
    assert known.all([2, 3, 13], catalogue.read) == {2: "2 of 1", 3: "3 of 1"}
    assert catalogue.asked == 4
    catalogue.version = "2"
    assert known.all([2], catalogue.read) == {2: "2 of 2"} and catalogue.asked == 5
    assert known.get("other", lambda: 7) == known.get("other", lambda: 8) == 7


def test_what_was_read_before_a_change_is_not_known_after_it() -> None:
    catalogue = Catalogue()
    known = Known(lambda: catalogue.version, 10)

    def slow() -> str:
        catalogue.version = "2"
        known.version()  # somebody else asks meanwhile
        return "old"

    assert known.get("a", slow) == "old" and known.get("a", lambda: "new") == "new"
    known.learn("1", {"b": "old"})
    assert known.get("b", lambda: "new") == "new"


def test_only_the_latest_are_known() -> None:
    known = Known(lambda: "1", 2)
    for one in "aba":
        known.get(one, lambda: 1)
    known.get("c", lambda: 1)
    assert known.get("a", lambda: 2) == 1 and known.get("b", lambda: 2) == 2
