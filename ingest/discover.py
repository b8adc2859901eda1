"""Which files to ingest, in a fixed order, and what their places say about them: label, split, name."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inrstore.errors import BadInput
from inrstore.records import Failure

from .files import NAMED_SUFFIXES, SUFFIXES, unknown_suffix

LABELS_FROM = ("parent", "grandparent", "csv")
SPLITS = frozenset(("train", "test", "val", "valid", "validation"))
STAGE = "discover"
Suffixes = frozenset[str]


@dataclass(frozen=True)
class Source:
    """A file to ingest, by its absolute path."""

    path: str
    name: str
    label: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The files in order, what was named or met but cannot be read, and the folders that were read."""

    sources: list[Source]
    failures: list[Failure]
    folders: list[str] = field(default_factory=list)


def discover(
    paths: Sequence[str | Path],
    *,
    labels_from: str | None = None,
    labels_csv: str | Path | None = None,
    tags: Mapping[str, str] | None = None,
    walked: frozenset[str] = SUFFIXES,
    named: frozenset[str] = NAMED_SUFFIXES,
) -> Found:
    """Files named by `paths`, and those under the folders among them, each once, in sorted order a folder.

    A walk takes the suffixes `walked` and passes over everything else, hidden names and stores included; a file
    of `paths` with a suffix that is not in `named` is a failure. Links are followed, each
    folder once. Label: the folder's name (`parent`), the one above (`grandparent`), the table's (`csv`), or,
    with none of them asked for, the class of ModelNet's layout class/split/file, whose split becomes a tag.

    Raises
    ------
    BadInput
        If `labels_from` is unknown, or the table is missing or has no columns path and label.
    """
    if labels_csv is not None and labels_from is None:
        labels_from = "csv"
    if labels_from is not None and labels_from not in LABELS_FROM:
        raise BadInput(f"labels_from is {labels_from!r}; give one of {', '.join(LABELS_FROM)}")
    if (labels_from == "csv") != (labels_csv is not None):
        raise BadInput("labels_from='csv' and labels_csv=FILE belong together; give both")
    table = _Table(labels_csv, [str(p) for p in paths]) if labels_csv is not None else None
    failures: list[Failure] = []
    folders: list[str] = []
    sources: dict[str, Source] = {}
    for path in _walk_all(paths, (walked, named), failures, folders):
        if path not in sources:
            label, own = table.look_up(path) if table else _from_place(path, labels_from)
            sources[path] = Source(path, Path(path).stem, label, {**own, **(tags or {})})
    return Found(list(sources.values()), failures, folders)


def _walk_all(
    paths: Sequence[str | Path], suffixes: tuple[Suffixes, Suffixes], failures: list[Failure], folders: list[str]
) -> Iterator[str]:
    walked, named = suffixes
    seen: set[tuple[int, int]] = set()
    for given in paths:
        path = os.path.abspath(given)
        problem = _problem(path)
        folder = os.path.isdir(path)
        problem = problem or (None if folder else unknown_suffix(Path(path).suffix, named))
        if problem:
            failures.append(Failure(printable(path), problem, STAGE))
        elif folder:
            yield from _walk(path, walked, seen, failures, folders)
        else:
            yield path


def _walk(
    folder: str, suffixes: Suffixes, seen: set[tuple[int, int]], failures: list[Failure], folders: list[str]
) -> Iterator[str]:
    """Files under a folder, sorted by name; `seen` holds the folders already visited, so that loops end."""
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            status = os.stat(current)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(current))
        except OSError as error:
            failures.append(Failure(printable(current), unreadable(error), STAGE))
            continue
        folders.append(current)
        if "store.json" in names:  # a store's own arrays are not shapes
            continue
        inner = []
        for name in names:
            path = os.path.join(current, name)
            if name.startswith(".") or name == "__MACOSX":
                continue
            if os.path.isdir(path):
                inner.append(path)
            elif Path(name).suffix.lower() in suffixes:
                problem = _problem(path)
                if problem:
                    failures.append(Failure(printable(path), problem, STAGE))
                else:
                    yield path
        pending.extend(reversed(inner))


def _problem(path: str) -> str | None:
    """Why a path can be neither walked nor read, or None."""
    if printable(path) != path:
        return "its name is not valid UTF-8; rename it"
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return unreadable(error)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "neither a regular file nor a folder (a pipe, socket or device); it was not opened"
    if not os.access(path, os.R_OK):
        return "no permission to read it; change its permissions or run as its owner"
    return None


def unreadable(error: OSError) -> str:
    """Why a path cannot be opened, and what to do."""
    reasons = {
        FileNotFoundError: "no such file or folder (or a broken link); check the path",
        PermissionError: "no permission to read it; change its permissions or run as its owner",
    }
    return reasons.get(type(error), f"cannot be read: {error.strerror or error}")


def printable(path: str) -> str:
    """A path as failures name it: what is not UTF-8 is escaped."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _from_place(path: str, labels_from: str | None) -> tuple[str | None, dict[str, str]]:
    above = Path(path).parent
    parent, grandparent = above.name, above.parent.name
    split = parent.lower() in SPLITS and bool(grandparent) and grandparent.lower() not in SPLITS
    tags = {"split": parent.lower()} if split else {}
    if labels_from == "parent":
        return parent or None, {}
    if labels_from == "grandparent" or split:
        return grandparent or None, tags
    return None, {}


class _Table:
    """Labels and tags from a CSV file with the columns path and label; other columns become tags."""

    def __init__(self, file: str | Path, roots: Sequence[str]) -> None:
        self.folder = os.path.dirname(os.path.abspath(file))
        self.roots = [os.path.abspath(root) for root in roots]
        self.rows: dict[str, dict[str, str]] = {}
        try:
            with open(file, newline="", encoding="utf-8-sig") as lines:
                reader = csv.DictReader(lines)
                columns = reader.fieldnames or []
                if not {"path", "label"} <= set(columns):
                    raise BadInput(f"{file}: columns are {list(columns)}; it needs path and label")
                for row in reader:
                    self.rows[os.path.normpath(row["path"] or "")] = row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{file}: cannot be read as a table of labels: {error}") from error

    def look_up(self, path: str) -> tuple[str | None, dict[str, str]]:
        """A row names a file absolutely, from the table's folder, from a given folder, or by name alone."""
        names = [path, *(os.path.relpath(path, root) for root in (self.folder, *self.roots))]
        names += [os.path.basename(path), Path(path).stem]
        row = next((self.rows[name] for name in names if name in self.rows), None)
        if row is None:
            return None, {}
        tags = {k: v for k, v in row.items() if k not in ("path", "label", None) and isinstance(v, str) and v}
        return row["label"] or None, tags
