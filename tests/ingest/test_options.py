"""An option is a field of a dataclass, its use, and an option of the command; nothing else lists it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

import ingest
from cli import ingest as commands
from ingest import ImportOptions, IngestOptions
from ingest.options import Options, chosen
from inrstore.errors import BadInput
from inrstore.store import Store
from tests.ingest.runs import boxes, counts

SPELT = {"tag": "tags"}
"""By the command."""


def names(command: object) -> set[str]:
    return {SPELT.get(p.name, p.name) for p in command.params if p.name} - {"paths", "debug", "json", "store"}  # type: ignore[attr-defined]


def test_the_command_has_every_option_and_no_other() -> None:
    assert names(commands.ingest) == {field.name for field in fields(IngestOptions)}
    assert names(commands.import_inrs) <= {field.name for field in fields(ImportOptions)}


def test_the_command_has_the_library_s_defaults() -> None:
    with commands.ingest.make_context("ingest", ["somewhere"]) as context:
        given = {SPELT.get(name, name): value for name, value in context.params.items() if name != "paths"}
    assert chosen(IngestOptions(), given) == IngestOptions()


def test_options_by_name_come_over_those_in_one_piece(store: Store, tmp_path: Path) -> None:
    options = IngestOptions(jobs=1, limit=1, tags={"site": "a"})
    assert counts(ingest.ingest(store, [boxes(tmp_path / "in", 3)], options, limit=2)) == (2, 0, 0)
    assert {dict(shape.tags)["site"] for shape in store.shapes()} == {"a"}
    settings = store.runs()[-1].settings
    assert (settings["limit"], settings["jobs"], settings["tags"]) == (2, 1, {"site": "a"})


def test_none_means_the_default_and_an_unknown_name_is_said() -> None:
    assert chosen(Options(), {"max_faces": None, "seed": 3}) == Options(seed=3)
    with pytest.raises(TypeError, match="feild"):
        chosen(Options(), {"feild": "sdf"})


@pytest.mark.parametrize("wrong", [{"up": "z"}, {"profile": "fidelity"}, {"jobs": 0}])
def test_what_an_import_cannot_do(store: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        ingest.import_inrs(store, [], **wrong)
