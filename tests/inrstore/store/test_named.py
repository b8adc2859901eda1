"""What shapes are called is found, whatever changed it last, on every database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inrstore.records import Source
from inrstore.store import Store, fulltext, open_store, texts
from inrstore.store import named as naming
from tests.shapes import digest, key_of, new_shape

NAMES = ("office Chair", "chairs_of_oak", "M6x20_hexBolt", "M6x25 bolt", "Stühlchen", "armchair", "desk lamp", "lamp")


@pytest.fixture
def called(store: Store, tiny_model: Any) -> Store:
    """Shapes 0 to 7, called so, without labels, in one folder."""
    own = {"label": None, "tags": {}}
    store.commit([new_shape(tiny_model, n, name=name, source=f"/lib/{n}.stl", **own) for n, name in enumerate(NAMES)])
    return store


def found(store: Store, text: str, **options: Any) -> list[str]:
    answer = store.named(text, **options)
    names = {shape.key: shape.name for shape in store.shapes_by_key(answer.keys).values()}
    return [names[key] for key in answer.keys]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("chair", {"office Chair", "chairs_of_oak"}),
        ("CHAIRS", {"office Chair", "chairs_of_oak"}),
        ("offi", {"office Chair"}),
        ("m6", {"M6x20_hexBolt", "M6x25 bolt"}),
        ("m6x20", {"M6x20_hexBolt"}),
        ("hex bolts", {"M6x20_hexBolt", "M6x25 bolt"}),
        ("stuhlchen", {"Stühlchen"}),
        ("officeChair", {"office Chair"}),
        ("arms", {"armchair"}),
        ("chiar", {"office Chair", "chairs_of_oak"}),
        ("armchiar", {"armchair"}),
        ("the lamp of a desk", {"desk lamp", "lamp"}),
        ("m6x21", set()),
        ("xyzzy", set()),
        ("' OR 99=99 --", set()),
        ("NEAR(lamp) *", {"desk lamp", "lamp"}),
        ("👍", set()),
        ("", set()),
    ],
)
def test_what_is_found(called: Store, text: str, names: set[str]) -> None:
    assert set(found(called, text)) == names


def test_every_word_comes_before_some_and_names_before_paths(called: Store, tiny_model: Any) -> None:
    assert found(called, "desk lamp") == ["desk lamp", "lamp"]
    answer = called.named("desk lamp")
    assert answer.whole == 1 and answer.scores[0] > 0
    called.commit([new_shape(tiny_model, 20, name="thing", source="/lamp/20.stl", label=None, tags={})])
    assert found(called, "lamp")[-1] == "thing"
    assert found(called, "hex bolts")[0] == "M6x20_hexBolt"


def test_it_says_what_it_took_a_word_for(called: Store) -> None:
    words = called.named("chiar xyzzy lamp").wording
    assert words.instead == {"chiar": ("chair",)} and words.unknown == ["xyzzy"]
    assert called.named("lamp " + " ".join(f"w{n}" for n in range(99))).wording.left_out > 0


def test_the_fewest_slips_count(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, n, name=name) for n, name in enumerate(("cupboard", "cupbeers"))])
    assert store.wording("cupbeard").instead == {"cupbeard": ("cupboard",)}
    assert store.wording("cupbeexx").instead == {"cupbeexx": ("cupbeers",)}


def test_every_change_is_found_at_once_and_what_was_is_not(called: Store, tiny_model: Any) -> None:
    lamp = key_of(called, 7)
    called.label([lamp], "light")
    assert found(called, "light") == ["lamp"]
    called.relabel({lamp: None})
    assert found(called, "light") == []
    called.tag([lamp], {"material": "brass", "proposed": "tin"})
    assert found(called, "brass") == ["lamp"] and found(called, "tin") == []
    called.retag({lamp: {"material": None}})
    assert found(called, "brass") == []
    called.add_sources([(lamp, Source("/attic/9.stl", digest("x"), 1))])
    called.add_source(lamp, "/cellar/9.stl", digest("y"), 1)
    assert found(called, "attic") == found(called, "cellar") == ["lamp"]
    again = replace(new_shape(tiny_model, 7, name="other"), source="/barn/7.stl")
    called.commit([again])  # its content is there already
    assert found(called, "barn") == ["lamp"] and found(called, "other") == []
    called.remove([lamp])
    assert found(called, "lamp") == ["desk lamp"]
    called.compact()
    called.commit([again])
    assert found(called, "other") == ["other"]


def test_conditions_leave_the_best_that_fulfil_them(called: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "LOOK", 1)
    called.tag([key_of(called, 7), key_of(called, 1)], {"shelf": "a"})
    assert found(called, "lamp", where="shelf=a") == ["lamp"]
    assert (
        found(called, "lamp chair", where={"shelf": "a"}, limit=1) == found(called, "lamp chair", where="shelf=a")[:1]
    )
    assert found(called, "lamp", where="shelf!=a") == ["desk lamp"]


def test_the_index_is_what_entering_everything_anew_makes(called: Store) -> None:
    called.label([key_of(called, 3)], "fastener")
    called.remove([key_of(called, 0)])
    before = {text: called.named(text).keys for text in ("bolt", "lamp", "fastener", "chair", "stl")}
    with called.catalog.write() as connection:
        fulltext.drop(connection, range(1, 20))
        texts.enter_all(connection)
    assert {text: called.named(text).keys for text in before} == before and any(before.values())


def test_an_older_store_has_words_once_it_is_opened(local_ten: Store) -> None:
    due = local_ten.named("chair").keys
    local_ten.close()
    with local_ten.catalog.engine.begin() as connection:
        for name in ("words", "terms"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    assert due and open_store(local_ten.url).named("chair").keys == due


def test_many_at_once_and_one_after_the_other_are_found_alike(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, n, name=f"bolt {n}") for n in range(30)])
    for number in range(30, 34):
        store.commit([new_shape(tiny_model, number, name=f"bolt {number}")])
    assert len(store.named("bolts", limit=99).keys) == 34
    assert found(store, "bolt 31")[0] == "bolt 31"


def test_sizes_and_days_are_conditions(ten: Store) -> None:
    everything = ten.keys().tolist()
    day = ten.shapes(limit=1)[0].created.date()
    assert ten.keys("size=5").tolist() == everything and ten.keys("size<5").tolist() == []
    for text in (
        f"created={day}",
        f"created>={day}",
        f"created<={day}",
        "created>2020-01-01",
        f"created<{day}T23:59:59.9",
    ):
        assert ten.keys(text).tolist() == everything, text
    for text in (f"created<{day}", f"created>{day}", f"created!={day}", "created<2020-01-01T10:00"):
        assert ten.keys(text).tolist() == [], text
    with pytest.raises(Exception, match="is no day such as 2026-11-27"):
        ten.keys("created>yesterday")
    ten.tag(everything[:2], {"size": "M20"})
    assert ten.keys("size=M20").tolist() == everything[:2]  # a tag may be called so, and then is meant
