"""Exceptions become exit codes and one clear line; the shared options count before and after the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from cli import exits
from cli.each import each
from cli.options import Session, common, pairs, pass_session
from inrstore.errors import BadInput, ShapeNotFound

from .conftest import Run


def raising(error: BaseException) -> Any:
    def call() -> None:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ShapeNotFound("no shape 'x'"), 1, "Error: no shape 'x'\n"),
        (
            OSError(28, "No space left on device"),
            1,
            "Error: [Errno 28] No space left on device. --debug shows where.\n",
        ),
        (
            ZeroDivisionError("oops"),
            1,
            "Error: unexpected ZeroDivisionError: oops. This is a bug; --debug shows where.\n",
        ),
        (
            KeyboardInterrupt(),
            130,
            "Stopped. What was stored is kept; the same command goes on from there.\n",
        ),
        (click.UsageError("no such option"), 2, "Error: no such option\n"),
    ],
)
def test_an_exception_becomes_a_code_and_a_line(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.run(raising(error), lambda: False) == code
    assert capsys.readouterr() == ("", line)


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits.run(raising(ShapeNotFound("gone")), lambda: True) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (3, 3)])
def test_a_command_may_return_its_code(returned: int | None, code: int) -> None:
    assert exits.run(lambda: returned, lambda: False) == code


def fail_odd(ref: str) -> str:
    if int(ref) % 2:
        raise BadInput(f"{ref} is odd")
    return ref


@pytest.mark.parametrize(("refs", "values", "code"), [(["2", "4"], ["2", "4"], 0), (["1", "2"], ["2"], 3)])
def test_each_goes_on_after_a_failure(refs: list[str], values: list[str], code: int) -> None:
    assert each(refs, fail_odd) == (values, code)


def test_each_fails_if_nothing_went_well() -> None:
    with pytest.raises(BadInput, match="1 is odd"):
        each(["1", "3"], fail_odd)


@click.group()
@common
def group() -> None:
    """A group."""


@group.command()
@pairs("--tag", "Tags.")
@common
@pass_session
def show(session: Session, tag: dict[str, str]) -> None:
    """Prints what it was given."""
    click.echo(f"{session.store} {session.json} {tag}")


def shown(*arguments: str) -> tuple[int, Session]:
    session = Session()
    return exits.run(lambda: group.main(list(arguments), standalone_mode=False, obj=session), lambda: False), session


@pytest.mark.parametrize(
    "arguments",
    [
        ("--store", "s", "--json", "show"),
        ("show", "--store", "s", "--json"),
        ("--store", "t", "show", "--store", "s", "--json"),
    ],
)
def test_shared_options_count_before_and_after_the_command(arguments: tuple[str, ...]) -> None:
    assert shown(*arguments) == (0, Session(store="s", json=True))


def test_pairs_need_an_equals_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown("show", "--tag", "a=b=c", "--tag", "d=")[0] == 0
    assert "{'a': 'b=c', 'd': ''}" in capsys.readouterr().out
    assert shown("show", "--tag", "plain")[0] == exits.USAGE


@pytest.mark.parametrize("arguments", [("stats",), ("nonsense",), ("search",), ("stats", "--nonsense")])
def test_wrong_usage_is_2(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.stdout) == (exits.USAGE, "")


def test_no_store_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    outcome = run("--store", tmp_path / "none.store", "stats", "--json")
    assert (outcome.code, outcome.stdout) == (exits.FAILED, "")
    assert "inrstore init" in outcome.stderr
    assert "Traceback" not in outcome.stderr
