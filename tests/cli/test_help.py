"""Every command and option explains itself, here and in docs/cli.md; help is quick."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from cli.main import COMMANDS, cli
from cli.reference import commands, markdown

from .conftest import Run

ROOT = Path(__file__).parents[2]
CONTEXT = click.Context(cli, info_name="inrstore")
ALL = dict(commands(cli, CONTEXT))


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_has_help(name: str) -> None:
    command = ALL[name]
    assert command.help and command.help.strip().endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help and parameter.help.endswith("."), f"{name} {parameter.opts}"


def test_every_command_is_in_the_help_text(run: Run) -> None:
    outcome = run("--help")
    assert outcome.code == 0
    assert all(f"  {name} " in outcome.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_shared_options(name: str) -> None:
    assert {"store", "json", "debug"} <= {parameter.name for parameter in ALL[name].params}


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == markdown(), "run: .venv/bin/python -m cli.reference > docs/cli.md"


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from cli.main import main; main(['--help']);"
        "heavy = {'torch', 'numpy', 'pyarrow', 'sqlalchemy', 'faiss', 'trimesh', 'matplotlib', 'rich'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.alone
def test_help_takes_less_than_three_tenths_of_a_second() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "cli", "--help"], cwd=ROOT, capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.3


def test_version(run: Run) -> None:
    assert run("--version").stdout.startswith("inrstore ")
