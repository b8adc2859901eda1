"""Words of a list for shapes that nobody has labelled, as the shell would ask for them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.store import open_store
from tests.inrstore.tasks.crossmodal.words import Tower, head_by_hand

from .conftest import Filled, Run


@pytest.fixture
def words(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of words, and a head by which a bench is what is rather like the plate than like the ball, and a chair
    the other way round."""
    monkeypatch.setattr("inrstore.towers.text_tower", lambda name: {"by hand": Tower()}[name])
    store = open_store(filled.store)
    keys = [store.shapes(f"name={name}")[0].key for name in ("plate", "ball")]
    there, rows = store.embeddings(keys)
    plate, ball = rows[np.searchsorted(there, keys)]
    way = (plate - ball) / np.square(plate - ball).sum()
    asked = np.stack([way, -way, way, -way]).astype(np.float32)
    store.add_head(head_by_hand(store.encoder_id or "", slope=(40.0, -2.0), asked=asked))
    file = tmp_path / "words.txt"
    file.write_text("# what there is\nbench: bench seat\nchair\n")
    return file


def test_words_are_proposed_accepted_and_taken_back(filled: Filled, words: Path, tmp_path: Path) -> None:
    labels = open_store(filled.store).values("label")
    assert filled.run("tag", "--vocabulary", words).stdout.startswith("0 shapes without a label: 0 sure")
    filled.run("label", "--remove", "--where", "name!=egg")
    before = open_store(filled.store).values("label")
    picture = tmp_path / "words.png"
    done = filled.run("tag", "--vocabulary", words, "--picture", picture)
    assert done.code == 0 and "3 shapes without a label: 3 sure, 0 in doubt, 0 none of these" in done.stdout
    assert "nothing is written yet; --accept" in done.stdout and picture.stat().st_size > 5_000
    found = filled.run("tag", "--vocabulary", words, "--json").json
    assert (found["sure"], found["none"], found["written"]) == (3, 0, 0)
    told = {one["source"].rsplit("/")[-1]: one["label"] for one in found["proposals"]}
    assert told == {"ball.obj": "chair", "plate.obj": "bench", "tile ö.obj": "bench"}
    done = filled.run("tag", "--vocabulary", words, "--where", "name=ball", "--accept")
    assert "1 label written; 'inrstore tag --take-back' undoes that" in done.stdout
    assert filled.run("list", "--where", "proposed=label=chair", "--json").json[0]["name"] == "ball"
    assert filled.run("tag", "--vocabulary", words, "--accept", "--label", "what", "--json").json["written"] == 4
    assert filled.run("tag", "--take-back", "--where", "name=egg", "--json").json == {"taken_back": 1}
    assert filled.run("label", "--take-back", "--head", "text", "--json").json == {"taken_back": 3}
    now = open_store(filled.store)
    assert not now.values("what") and now.values("label").keys() - before.keys() == {now.shapes("name=ball")[0].key}
    assert set(labels) == {shape.key for shape in now.shapes()}


def test_a_list_from_standard_input(filled: Filled, words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Typed:
        buffer = io.BytesIO(b"chair\nchair\n")

    monkeypatch.setattr("sys.stdin", Typed())
    done = filled.run("tag", "--vocabulary", "-")
    assert done.code == 1 and "line 2: 'chair' is in line 1 already" in done.stderr


def test_what_does_not_go_together(filled: Filled, words: Path, run: Run, tmp_path: Path) -> None:
    given: list[tuple[Any, ...]] = [
        ("--vocabulary", words, "ffff", "a=b"),
        ("--vocabulary", words, "--remove", "a"),
        ("--vocabulary", words, "--take-back"),
        ("--vocabulary", tmp_path / "none.txt"),
        ("--take-back", "--accept"),
        ("--take-back", "--label", "what"),
        ("--accept", "ffff", "a=b"),
        ("--threshold", 0, "ffff", "a=b"),
    ]
    for arguments in given:
        assert filled.run("tag", *arguments).code == 2, arguments
    assert filled.run("tag", "--take-back", "--head", "none").code == 1
    assert filled.run("tag", "--vocabulary", words, "--label", "name").code == 1


def test_without_a_head_it_says_how_to_get_one(filled: Filled, words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.tasks.crossmodal.found.packaged", lambda kind: None)
    filled.run("heads", "rm", "text")
    done = filled.run("tag", "--vocabulary", words)
    assert done.code == 1 and "inrstore train text" in done.stderr
