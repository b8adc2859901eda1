"""docs/cli.md from the commands themselves: ``python -m cli.reference > docs/cli.md``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from .main import cli

INTRODUCTION = """\
# Commands

`--store PATH` (or the environment variable `INRSTORE_STORE`), `--json` and `--debug` may stand before or
after a command's name. With `--json` exactly one JSON value goes to standard output and everything else to
standard error; a command that fails prints no JSON.

| exit code | meaning |
| --- | --- |
| 0 | all done |
| 1 | failed: one line on standard error says why and what to do |
| 2 | wrong usage |
| 3 | done, but some inputs failed: they are named on standard error |
| 130 | stopped by Ctrl-C; what was stored is kept |

This page is written by `python -m cli.reference > docs/cli.md`.
"""


def commands(group: click.Group, context: click.Context, path: str = "inrstore") -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name, groups before what is in them."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield f"{path} {name}", command
            if isinstance(command, click.Group):
                yield from commands(command, context, f"{path} {name}")


def options(command: click.Command) -> list[click.Option]:
    """A command's own options, without those that every command has."""
    shared = {"store", "json", "debug"}
    return [p for p in command.params if isinstance(p, click.Option) and p.name not in shared]


def markdown() -> str:
    """The whole page."""
    context = click.Context(cli, info_name="inrstore")
    return "\n".join([INTRODUCTION, *(_section(*pair, context) for pair in commands(cli, context))])


def _section(name: str, command: click.Command, context: click.Context) -> str:
    own = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(own))
    lines = [f"## {name}", "", f"    {name} {usage}", "", inspect.cleandoc(command.help or ""), ""]
    rows = [_row(option, own) for option in options(command)]
    if rows:
        lines += ["| option | |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _row(option: click.Option, context: click.Context) -> str:
    names, help = option.get_help_record(context) or ("", "")
    return f"| `{names.replace('|', chr(92) + '|')}` | {help.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    click.echo(markdown(), nl=False)
