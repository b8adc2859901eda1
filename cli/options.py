"""Options that many commands share, and the session that they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from inrstore.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])
SEED = click.IntRange(min=0)
"""What --seed takes everywhere."""


@dataclass
class Session:
    """What the shared options said, before or after the command's name; the later one counts."""

    store: str | None = None
    json: bool = False
    debug: bool = False

    def place(self) -> str:
        """Where the store is, or is to be."""
        if not self.store:
            raise click.UsageError("No store: give --store PATH, or set INRSTORE_STORE.")
        return self.store

    def open(self) -> Store:
        place = self.place()
        from inrstore.store import open_store

        return open_store(place)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = context.find_root().ensure_object(Session)
    if value and parameter.name:
        setattr(session, parameter.name, value)


def _shared(envvar: str | None) -> Callable[[Command], Command]:
    options: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("--debug",), {"is_flag": True, "help": "Show the traceback of an error."}),
        (
            ("--json",),
            {"is_flag": True, "help": "One JSON value on standard output, all else on standard error."},
        ),
        (
            ("--store",),
            {"metavar": "PATH", "envvar": envvar, "help": "The store; else INRSTORE_STORE names it."},
        ),
    )

    def decorate(command: Command) -> Command:
        for names, settings in options:
            command = click.option(*names, expose_value=False, callback=_keep, **settings)(command)
        return command

    return decorate


# The environment counts only at the root: on a command it would outdo a --store before the command's name.
root_options = _shared("INRSTORE_STORE")
common = _shared(None)
pass_session = click.make_pass_decorator(Session)


def _pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        key, equals, rest = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not of the form key=value.")
        pairs[key] = rest
    return pairs


def pairs(name: str, help: str) -> Callable[[Command], Command]:
    """A repeatable ``name key=value`` option that arrives as a dictionary."""
    return click.option(name, multiple=True, metavar="KEY=VALUE", callback=_pairs, help=help)


def _conditions(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if values:  # the import costs time
        from inrstore.errors import BadInput
        from inrstore.store import Where

        try:
            Where.of(values)
        except BadInput as error:
            raise click.BadParameter(str(error).removeprefix("where: ")) from error
    return values


where = click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    callback=_conditions,
    help="Only shapes of which this holds: KEY=VALUE, KEY!=VALUE or KEY>NUMBER, see `inrstore list`. Repeatable.",
)
device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to compute.",
)


def engine(command: Command) -> Command:
    """Where the work is done."""
    for option in (
        click.option(
            "--ray-address",
            metavar="auto|HOST[:PORT]",
            help="Head of the Ray cluster; by default RAY_ADDRESS, this machine's, or one that is started for the run.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["local", "inline", "ray"]),
            default="local",
            show_default=True,
            help="Who does the work: processes of this machine, the command's own process, or a Ray cluster's nodes.",
        ),
    ):
        command = option(command)
    return command


align = click.option(
    "--align",
    type=click.Choice(["none", "up", "full"]),
    default="none",
    show_default=True,
    help="Turn meshes and clouds into a canonical pose: about the upright axis, or any way.",
)
