"""The entry point: names every command, loads only the one that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

import click

from . import exits
from .options import Session, root_options

# name -> module:attribute; the order is that of the help text
COMMANDS = {
    "init": "cli.store:init",
    "ingest": "cli.ingest:ingest",
    "import-inrs": "cli.ingest:import_inrs",
    "failures": "cli.ingest:failures",
    "search": "cli.search:search",
    "classify": "cli.classify:classify",
    "duplicates": "cli.duplicates:duplicates",
    "variants": "cli.duplicates:variants",
    "decide": "cli.decide:decide",
    "segment": "cli.segment:segment",
    "complete": "cli.complete:complete",
    "reconstruct": "cli.complete:reconstruct",
    "interpolate": "cli.interpolate:interpolate",
    "generate": "cli.generate:generate",
    "list": "cli.shapes:list_shapes",
    "info": "cli.shapes:info",
    "export": "cli.export:export",
    "render": "cli.export:render",
    "label": "cli.label:label",
    "tag": "cli.label:tag",
    "rm": "cli.shapes:remove",
    "stats": "cli.store:stats",
    "verify": "cli.store:verify",
    "compact": "cli.store:compact",
    "encode": "cli.encode:encode",
    "reencode": "cli.encode:reencode",
    "refine": "cli.refine:refine",
    "index": "cli.index:index",
    "eval": "cli.evaluate:evaluate",
    "map": "cli.map:draw",
    "serve": "cli.serve.command:serve",
    "models": "cli.models:models",
    "train": "cli.train:train",
    "heads": "cli.heads:heads",
    "doctor": "cli.doctor:doctor",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is first looked up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@root_options
@click.version_option(package_name="inrstore", message="%(prog)s %(version)s")
def cli() -> None:
    """A shape repository in which every 3D object is a small neural network.

    \b
    inrstore init shapes.store
    export INRSTORE_STORE=shapes.store
    inrstore ingest FOLDER --labels-from parent
    inrstore search FILE -k 5 --plot neighbours.png

    Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 done but some inputs failed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (of `sys.argv` by default) and return its exit code."""
    session = Session()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names that the terminal or UTF-8 cannot show are spelled out
            stream.reconfigure(errors="backslashreplace")

    def call() -> object:
        return cli.main(arguments, prog_name="inrstore", standalone_mode=False, obj=session)

    return exits.run(call, lambda: session.debug)
