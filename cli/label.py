"""Commands that change what is said of stored shapes: label, tag."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inrstore.errors import BadInput

from .each import each
from .options import Session, common, pass_session, where
from .output import counted, emit

if TYPE_CHECKING:
    from inrstore.store import Store

Value = TypeVar("Value")
REFERENCES = ("path", "id", "shape")
"""Columns of a table of which one names the shape."""
from_csv = click.option(
    "--from-csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A table, one shape a row.",
)


@click.command()
@click.argument("words", nargs=-1, metavar="[SHAPE...] [LABEL]")
@where
@from_csv
@click.option("--remove", is_flag=True, help="Take the label away; give no LABEL.")
@click.option("--propose", is_flag=True, help="Propose labels for the shapes without one, by a trained classifier.")
@click.option("--accept", is_flag=True, help="With --propose: write those that are sure.")
@click.option("--take-back", is_flag=True, help="Take away what was accepted, all or of --head and --where.")
@click.option("--head", metavar="HEAD", help="Which classifier; by default the one that was trained last.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), metavar="PROBABILITY",
    help="With --propose: from which probability on a label may be sure; by default 0.9.",
)  # fmt: skip
@click.option("--picture", metavar="FILE", help="With --propose: draw each beside the labelled shapes most like it.")
@common
@pass_session
def label(
    session: Session,
    /,
    words: tuple[str, ...],
    where: tuple[str, ...],
    from_csv: Path | None,
    remove: bool,
    **asked: Any,
) -> int:
    """Give stored shapes a label.

    The last word is the LABEL, those before it are the SHAPEs: ids, starts of one (4 digits or more), or source
    paths; --where names them otherwise. A table has a column path, id or shape, and a column label; empty cells
    change nothing. Paths may be relative to the table. Embeddings stay, so that no index becomes stale.

    With --propose shapes without a label are shown with the one that a classifier gives them (`inrstore train
    classifier`) and with the labelled shapes most like them. Sure is what has the probability --threshold, is not
    unlike all classes, and has the label of most of the nearest five. Only with --accept the sure ones are written;
    the tags proposed and proposed_by mark them, so that `--where proposed=` leaves them out. --take-back undoes that.
    """
    if asked["propose"] or asked["take_back"]:
        return _proposals(session, words, where, from_csv, remove, asked)
    if any(asked[name] for name in ("accept", "picture", "head")) or asked["threshold"] is not None:
        raise click.UsageError("--accept, --picture, --threshold and --head go with --propose or --take-back.")
    store = session.open()
    if from_csv is not None:
        _alone(words, where, remove)
        rows = [(ref, row.get("label")) for ref, row in _table(from_csv, "label")]
        keys, code = _keys(store, [ref for ref, name in rows if name], from_csv.parent)
        labels = _by_key(from_csv, ((ref, name) for ref, name in rows if name), keys)
        return _report(session, store.relabel(labels), len(labels), code)
    shapes, name = (words, None) if remove else (words[:-1], words[-1] if words else None)
    if not (name or remove):
        raise click.UsageError("Give a LABEL as the last word, or --remove, or --from-csv FILE.")
    found, code = _chosen(store, shapes, where)
    return _report(session, store.label(found, name), len(found), code)


@click.command()
@click.argument("words", nargs=-1, metavar="[SHAPE...] [NAME=VALUE...]")
@where
@from_csv
@click.option("--remove", multiple=True, metavar="NAME", help="Take this tag away. Repeatable.")
@click.option(
    "--vocabulary", type=click.File("rb"), metavar="FILE",
    help="Propose words of this list as labels for the shapes without one; - reads standard input.",
)  # fmt: skip
@click.option(
    "--label", metavar="TAG", help="With --vocabulary: the tag that the words are values of; by default label."
)
@click.option("--accept", is_flag=True, help="With --vocabulary: write those that are sure.")
@click.option("--take-back", is_flag=True, help="Take away what was accepted, all or of --head and --where.")
@click.option("--head", metavar="HEAD", help="Which head of words; by default the store's last, else the packaged one.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), metavar="PROBABILITY",
    help="With --vocabulary: from which probability on a word is sure; by default 0.9.",
)  # fmt: skip
@click.option("--picture", metavar="FILE", help="With --vocabulary: draw the shapes with their words.")
@common
@pass_session
def tag(
    session: Session,
    /,
    words: tuple[str, ...],
    where: tuple[str, ...],
    from_csv: Path | None,
    remove: tuple[str, ...],
    **asked: Any,
) -> int:
    """Give stored shapes tags.

    The NAME=VALUE come after the SHAPEs, which are ids, starts of one (4 digits or more), or source paths; --where
    names them otherwise. Other tags stay as they are. A table has a column path, id or shape; every other column but
    label is a tag, and empty cells change nothing. Paths may be relative to the table. Embeddings stay, so that no
    index becomes stale.

    With --vocabulary shapes without a label are shown with the word of a list that is likeliest, though nobody has
    labelled one (`inrstore train text`), and the probability that it is none of them. A line of the list is a word or a
    phrase, or `label: synonym, synonym`; one that begins with # is left out. Only with --accept those that are sure
    are written as labels; the tags proposed and proposed_by mark them. --take-back undoes that.
    """
    if asked["vocabulary"] is not None or asked["take_back"]:
        return _by_words(session, words, where, from_csv, remove, asked)
    if any(_given(value) for value in asked.values()):
        raise click.UsageError("--accept, --picture, --threshold, --label, --head need --vocabulary or --take-back.")
    store = session.open()
    if from_csv is not None:
        _alone(words, where, bool(remove))
        rows = [(ref, {name: value for name, value in row.items() if value}) for ref, row in _table(from_csv)]
        keys, code = _keys(store, [ref for ref, tags in rows if tags], from_csv.parent)
        tags_by_key = _by_key(from_csv, ((ref, tags) for ref, tags in rows if tags), keys)
        return _report(session, store.retag(tags_by_key), len(tags_by_key), code)
    first = next((place for place, word in enumerate(words) if _is_pair(word)), len(words))
    pairs = [word.partition("=") for word in words[first:]]
    if not all(equals for _, equals, _ in pairs) or not (pairs or remove):
        raise click.UsageError("Give NAME=VALUE after the SHAPEs, or --remove NAME, or --from-csv FILE.")
    found, code = _chosen(store, words[:first], where)
    tags = {**dict.fromkeys(remove), **{name: value for name, _, value in pairs}}
    return _report(session, store.tag(found, tags), len(found), code)


def _proposals(
    session: Session,
    words: tuple[str, ...],
    where: tuple[str, ...],
    from_csv: Path | None,
    remove: bool,
    asked: Mapping[str, Any],
) -> int:
    from . import propose
    from .exits import DONE

    if words or from_csv is not None or remove or (asked["propose"] and asked["take_back"]):
        raise click.UsageError("--propose and --take-back go alone: without SHAPEs, LABEL, --from-csv and --remove.")
    if asked["take_back"]:
        if asked["accept"] or asked["picture"] or asked["threshold"] is not None:
            raise click.UsageError("--take-back takes --head and --where alone.")
        propose.take_back(session, asked["head"], where)
    else:
        propose.propose(session, asked["head"], asked["threshold"], where, asked["accept"], asked["picture"])
    return DONE


def _by_words(
    session: Session,
    words: tuple[str, ...],
    where: tuple[str, ...],
    from_csv: Path | None,
    remove: tuple[str, ...],
    asked: Mapping[str, Any],
) -> int:
    from . import propose
    from .exits import DONE

    if words or from_csv is not None or remove or (asked["vocabulary"] is not None and asked["take_back"]):
        raise click.UsageError(
            "--vocabulary and --take-back go alone: without SHAPEs, NAME=VALUE, --from-csv and --remove."
        )
    if asked["take_back"]:
        if any(_given(asked[name]) for name in ("accept", "picture", "threshold", "label")):
            raise click.UsageError("--take-back takes --head and --where alone.")
        propose.take_back(session, asked["head"], where)
    else:
        propose.by_words(session, where, asked)
    return DONE


def _given(value: object) -> bool:
    """Whether an option was given; 0 is a threshold."""
    return value is not None and value is not False


def _is_pair(word: str) -> bool:
    """A path may hold an =, but then in a name below a folder, or it is there."""
    name, equals, _ = word.partition("=")
    return bool(name and equals) and os.sep not in name and not os.path.lexists(word)


def _alone(words: Sequence[str], where: Sequence[str], remove: bool) -> None:
    if words or where or remove:
        raise click.UsageError("--from-csv says all: give neither words nor --where nor --remove with it.")


def _chosen(store: Store, shapes: Sequence[str], where: tuple[str, ...]) -> tuple[list[int], int]:
    """Keys of the shapes that are named or fulfil the conditions, and the exit code so far."""
    if bool(shapes) == bool(where):
        raise click.UsageError("Give either SHAPEs or --where.")
    if where:
        return store.keys(where).tolist(), 0
    keys, code = _keys(store, shapes)
    return list(dict.fromkeys(keys.values())), code


def _keys(store: Store, refs: Iterable[str], folder: Path | None = None) -> tuple[dict[str, int], int]:
    """Key by reference, also by a path below `folder`, and the exit code; what names no shape is said."""
    names = list(dict.fromkeys(refs))
    found = store.find(names)
    if folder is not None:
        below = {name: str(folder.absolute() / name) for name in names if name not in found}
        inside = store.find(below.values())
        found |= {name: inside[path] for name, path in below.items() if path in inside}
    ids, code = each(names, lambda name: (name, found[name] if name in found else store.shape(name).key))
    return dict(ids), code


def _by_key(file: Path, rows: Iterable[tuple[str, Value]], keys: Mapping[str, int]) -> dict[int, Value]:
    """What the rows say of the shapes that were found."""
    said: dict[int, Value] = {}
    for ref, value in rows:
        if ref in keys and said.setdefault(keys[ref], value) != value:
            raise BadInput(f"{file}: the rows of {ref} contradict each other; keep one")
    return said


def _table(file: Path, *needed: str) -> list[tuple[str, dict[str, str]]]:
    """A reference and the other columns of each row; without those that name a shape, and label unless needed."""
    try:
        with open(file, newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            columns = list(reader.fieldnames or [])
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file}: cannot be read as a table: {error}") from error
    by = next((column for column in REFERENCES if column in columns), None)
    others = [c for c in columns if c not in REFERENCES and (c in needed if needed else c != "label")]
    if by is None or not others:
        wanted = " and ".join(needed) or "one or more tags"
        raise BadInput(f"{file}: columns are {columns}; it needs path, id or shape, and {wanted}")
    return [(row[by], {name: row[name] or "" for name in others}) for row in rows if row[by]]


def _report(session: Session, changed: int, asked: int, code: int) -> int:
    text = f"{counted(changed, 'shape')} changed, {asked - changed:,} as before"
    emit({"changed": changed, "unchanged": asked - changed}, text, session.json)
    return code
