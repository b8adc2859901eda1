"""Numbers as people write them, and the commands that plan an index and take one away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from cli.amounts import COUNT, MEMORY, TIME
from cli.index import DIM
from cli.main import main
from inrstore.model import load_model
from inrstore.store import init_store
from tests.shapes import new_shape


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (COUNT, "1e8", 10**8),
        (COUNT, "100M", 10**8),
        (COUNT, "1.5k", 1500),
        (MEMORY, "64G", 64 * 10**9),
        (MEMORY, "64GiB", 64 * 2**30),
        (MEMORY, "512mb", 512 * 10**6),
        (TIME, "20ms", 0.02),
        (TIME, ".02", 0.02),
        (TIME, "1.5s", 1.5),
    ],
)
def test_amounts(kind: Any, text: str, value: float) -> None:
    assert kind.convert(text, None, None) == pytest.approx(value)


@pytest.mark.parametrize(("kind", "text"), [(COUNT, "many"), (COUNT, "0"), (MEMORY, "64X"), (TIME, "-3ms"), (TIME, "")])
def test_what_is_no_amount(kind: Any, text: str) -> None:
    with pytest.raises(click.BadParameter, match="write it like"):
        kind.convert(text, None, None)


def test_advise_needs_no_store(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["index", "advise", "--shapes", "1e8", "--memory", "64G", "--latency", "20ms"]
    assert main([*arguments, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["backend"], plan["shapes"], plan["dim"]) == ("rabitq", 10**8, load_model("default").embedding_dim)
    assert plan["memory"] < 64e9 and plan["dim"] == DIM
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("bytes a shape", "core-hours", "recall@10", "inrstore index build", "counted"))
    assert main(["index", "advise"]) == 2
    assert "--store" in capsys.readouterr().err


def test_a_store_is_planned_for_built_and_dropped(
    tmp_path: Path, tiny_model: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    store = init_store(tmp_path / "shapes.store", tiny_model)
    store.commit([new_shape(tiny_model, number) for number in range(12)])

    def run(*arguments: str) -> Any:
        code = main(["index", *arguments, "--store", store.url, "--json"])
        out = capsys.readouterr().out
        return json.loads(out) if code == 0 else code

    plan = run("advise")
    assert (plan["backend"], plan["shapes"], plan["dim"]) == ("flat", 12, 8)
    assert run("build", "--memory", "1G", "--latency", "1us")["backend"] == "hnsw"
    assert run("build", "--backend", "hnsw", "--set", "ef_search=77")["parameters"]["ef_search"] == 77
    assert run("build", "--backend", "hnsw", "--memory", "1G") == 2
    assert run("build", "--backend", "pgvector") == 1
    assert run("drop") == {"name": "default", "dropped": True}
    assert run("status")["state"] == "missing" and run("drop")["dropped"] is False
