"""Options of the search command, by what they go with, and which kind of search they make together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource

from inrstore.limits import UNITS

from .options import Command, align

Kind = Literal["QUERY", "--text", "--image", "--like or --not"]
GOES_WITH: Mapping[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("unit", "plain"), ("--text", "--like or --not")),
    "by": ("--text", "--image"),
    **dict.fromkeys(("mask", "box"), ("--image",)),
    **dict.fromkeys(("field", "align", "pose", "no_mirror", "rerank", "partial", "device"), ("QUERY",)),
    **dict.fromkeys(("include_self", "up"), ("QUERY", "--like or --not")),
    "skip": ("--text", "--image", "--like or --not"),
    "weight": ("--like or --not",),
}
"""Options that not all kinds of searches take."""
WEIGHED = ("like", "text", "image", "not")
BY: Mapping[str, tuple[str, ...]] = {
    "words": ("words", "meaning"),
    "shape": ("shape",),
    "both": ("words", "meaning", "shape"),
    "views": ("views",),
}
"""Of a text."""
BY_PICTURE: Mapping[str, str | None] = {"views": "views", "shape": "shape", "both": None}
"""Of a picture; of both the store chooses."""
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


def kind_of(queries: tuple[str, ...], given: Mapping[str, Any]) -> Kind:
    """What is searched with. Errors: UsageError for nothing, what excludes each other, or an option of other kinds."""
    composed = bool(given["like"] or given["nots"] or (given["text"] is not None and given["image"]))
    asked: list[Kind] = ["QUERY"] if queries else []
    if composed:
        asked.append("--like or --not")
    else:
        asked += ["--text"] if given["text"] is not None else []
        asked += ["--image"] if given["image"] else []
    if len(asked) != 1:
        raise click.UsageError("Give QUERY or --text, one of the two, or --image, or --like with others of these.")
    _check_options(asked[0])
    choices = {"--text": BY, "--image": BY_PICTURE}.get(asked[0])
    if choices is not None and given["by"] not in choices:
        raise click.UsageError(f"--by: of {asked[0]} give {', '.join(choices)}.")
    return asked[0]


def _check_options(kind: Kind) -> None:
    context = click.get_current_context()
    for option in context.command.params:
        good = GOES_WITH.get(option.name or "", (kind,))
        if kind not in good and context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
            articles = ["a QUERY" if one == "QUERY" else one for one in good]
            raise click.UsageError(f"{option.opts[0]}: goes with {' or '.join(articles)} only.")


def of_texts(command: Command) -> Command:
    """What goes with words."""
    return _all(
        command,
        click.option("--text", metavar="TEXT", help="Words in place of a QUERY: what shapes are called and look like."),
        click.option(
            "--by",
            type=click.Choice(list(BY)),
            default="both",
            show_default=True,
            help="What counts. Of a text: what shapes are called and what that means (words), what they look like "
            "(shape), or both; by CLIP also views. Of a picture: views, if the store has them, or the shape.",
        ),
        click.option(
            "--unit",
            type=click.Choice(list(UNITS)),
            default="mm",
            show_default=True,
            help="Of lengths in the store's files, for limits in a text.",
        ),
        click.option("--plain", is_flag=True, help="Nothing in a text is a limit."),
    )


def of_pictures(command: Command) -> Command:
    """What goes with pictures."""
    return _all(
        command,
        click.option(
            "--image",
            type=FILE,
            multiple=True,
            metavar="FILE",
            help="A picture in place of a QUERY; repeated, several pictures of one thing.",
        ),
        click.option("--mask", type=FILE, metavar="FILE", help="A picture that is bright where the object is."),
        click.option(
            "--box",
            metavar="X0,Y0,X1,Y1",
            callback=_box,
            help="The only part of the picture that is looked at, in pixels.",
        ),
    )


def of_composed(command: Command) -> Command:
    """What queries are composed with."""
    return _all(
        command,
        click.option(
            "--like",
            multiple=True,
            metavar="ID|FILE",
            help="A shape to begin with, that --text, --image and --not add to or take from. Repeatable.",
        ),
        click.option("--not", "nots", multiple=True, metavar="TEXT", help="Words to lead away from. Repeatable."),
        click.option(
            "--weight",
            multiple=True,
            metavar="KIND=NUMBER",
            callback=_weights,
            help="How much like, text, image or not counts in a composed query, 1 by default. Repeatable.",
        ),
        click.option(
            "--skip",
            type=click.IntRange(min=0),
            default=0,
            metavar="N",
            help="Leave out the N best, for further pages.",
        ),
    )


def of_files(command: Command) -> Command:
    """How QUERY is read and compared."""
    return _all(
        command,
        click.option("--include-self", is_flag=True, help="Keep a stored shape among its own hits."),
        click.option(
            "--field",
            type=click.Choice(["auto", "sdf", "udf", "occ"]),
            default="auto",
            show_default=True,
            help="What the network of a query file represents.",
        ),
        click.option(
            "--up", type=click.Choice(["y", "z"]), default="y", show_default=True, help="The up axis of query files."
        ),
        align,
        click.option(
            "--pose",
            type=click.Choice(["none", "up", "free"]),
            help="How a query may be turned to look like a shape: not, about up, or any way, also bent; by default up.",
        ),
        click.option("--no-mirror", is_flag=True, help="Mirror images do not count."),
        click.option(
            "--rerank",
            type=click.IntRange(min=0),
            metavar="N",
            help="Of the N best, put first what has the query's own surface; 10 by default with --pose free, else 0.",
        ),
        click.option(
            "--partial",
            is_flag=True,
            help="The query is a piece of what is looked for, in the same units; as it lies unless --pose says more.",
        ),
    )


def _all(command: Command, *options: Callable[[Command], Command]) -> Command:
    """With options that are listed in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def _box(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        edges = tuple(int(edge) for edge in value.split(","))
    except ValueError:
        edges = ()
    if len(edges) != 4:
        raise click.BadParameter(f"{value!r} is not four whole numbers, as 10,20,200,180.")
    return edges


def _weights(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    weights = {}
    for value in values:
        kind, _, number = value.partition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if kind not in WEIGHED or not 0 <= weight < math.inf:
            raise click.BadParameter(
                f"{value!r} is not {', '.join(WEIGHED)} with a number of zero or more, as text=.5."
            )
        weights[kind] = weight
    return weights
