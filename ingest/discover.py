"""Which files to ingest, in a fixed order, and what their places say about them: label, split, name."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from pathlib import Path

from inrstore.errors import BadInput
from inrstore.files import sha256
from inrstore.records import Failure, Part, Source
from inrstore.store.where import check_tag_names

from .files import FOREIGN, is_bundle, is_scene, may_be_shape, suffixes, unknown_suffix
from .files.geometry import Limits

LABELS_FROM = ("parent", "grandparent", "csv")
SPLITS = frozenset(("train", "test", "val", "valid", "validation"))
STAGE = "discover"
Suffixes = frozenset[str]


@dataclass(frozen=True)
class Chosen:
    """Instead of the options of the same names."""

    field: str
    up: str
    align: str


@dataclass(frozen=True)
class SourceFile:
    """A file to ingest, by its absolute path; what a worker gets to know of it."""

    path: str
    name: str
    label: str | None = None
    tags: Mapping[str, str] = default(default_factory=dict, hash=False)
    sha256: str = ""
    """Of its bytes, as soon as they have been read, like `size`."""
    size: int = 0
    inherited: Mapping[str, str] = default(default_factory=dict, hash=False)
    """Tags of the shape that the path named before its content changed; the file's own come over them."""
    scene: bool = False
    """Whether it may hold several objects, each of which is to be a shape of its own."""
    at: str = ""
    """Where its bytes lie, if not at its path: those of a model that was unpacked from an archive."""
    done: frozenset[str] = frozenset()
    """Objects of it that are to be left out, by what follows the path in their keys."""
    only: tuple[tuple[str, ...], ...] | None = None
    """Objects that are to be worked on, each by its instances, or models to be unpacked; by default all."""
    again: Mapping[str, Chosen] = default(default_factory=dict, hash=False)
    """What is `chosen` for objects that are stored and to be fitted once more."""
    whole: int = 0
    """Key of the shape that it is as a whole, where that is stored."""
    part: Part | None = None
    """What object of a file it is, if it is one."""
    further: tuple[Source, ...] = ()
    """Its other instances."""
    chosen: Chosen | None = None
    """Set for a file that is stored, by what its shape is."""


@dataclass(frozen=True)
class Found:
    """The files in order; what was named or met but cannot be read; what was met in a folder but is no shape."""

    sources: list[SourceFile]
    failures: list[Failure]
    folders: list[str] = default(default_factory=list)
    """Those that were read."""
    ignored: list[str] = default(default_factory=list)
    refused: list[str] = default(default_factory=list)
    """What was met in a folder and is of a kind that is not read, see `files.FOREIGN`."""
    facts: Facts = default(default_factory=lambda: Facts())
    """What places say, also those of files in archives."""


def discover(
    paths: Sequence[str | Path],
    *,
    labels_from: str | None = None,
    labels_csv: str | Path | None = None,
    tags: Mapping[str, str] | None = None,
    walked: frozenset[str] | None = None,
    named: frozenset[str] | None = None,
    parts: bool = False,
) -> Found:
    """Files named by `paths`, and those under the folders among them, each once, in sorted order a folder.

    A walk takes the suffixes `walked` and passes over everything else, hidden names and stores included; arrays that
    are no shapes are ignored, unless `paths` names them. A file of `paths` with a suffix that is not in `named` is a
    failure. Links are followed, each
    folder once. Label: the folder's name (`parent`), the one above (`grandparent`), the table's (`csv`), or,
    with none of them asked for, the class of ModelNet's layout class/split/file, whose split becomes a tag. With
    `parts` each object in a file is to be a shape of its own, and archives (.zip) are met on a walk, too.

    Raises
    ------
    BadInput
        If `labels_from` is unknown, the table is missing or has no columns path and label, or a tag is called like
        another fact.
    """
    if labels_csv is not None and labels_from is None:
        labels_from = "csv"
    if labels_from is not None and labels_from not in LABELS_FROM:
        raise BadInput(f"labels_from is {labels_from!r}; give one of {', '.join(LABELS_FROM)}")
    if (labels_from == "csv") != (labels_csv is not None):
        raise BadInput("labels_from='csv' and labels_csv=FILE belong together; give both")
    check_tag_names(tags or {}, "tags")
    table = _Table(labels_csv, [str(p) for p in paths]) if labels_csv is not None else None
    facts = Facts(table, labels_from, tags or {})
    walk = _Walk(walked or suffixes(named=parts), named or suffixes(named=True))
    sources: dict[str, SourceFile] = {}
    for path in walk.files(paths):
        if path not in sources:
            scene = parts and (is_scene(path) or is_bundle(path))
            sources[path] = SourceFile(path, Path(path).stem, *facts.of(path), scene=scene)
    return Found(list(sources.values()), walk.failures, walk.folders, walk.ignored, walk.refused, facts)


@dataclass(frozen=True)
class Facts:
    """What a run says of files by their places."""

    table: _Table | None = None
    labels_from: str | None = None
    tags: Mapping[str, str] = default(default_factory=dict)

    def of(self, path: str) -> tuple[str | None, dict[str, str]]:
        """Label and tags of a file."""
        label, own = self.table.look_up(path) if self.table else _from_place(path, self.labels_from)
        return label, {**own, **self.tags}

    def inside(self, archive: str, name: str) -> tuple[str | None, dict[str, str]]:
        """Those of a file in an archive: as if it was unpacked where it lies; a table may name it, or the archive."""
        if self.table is None:
            return self.of(os.path.join(os.path.dirname(archive), name))
        label, tags = self.of(f"{archive}#{name}")
        return self.of(archive) if label is None else (label, tags)


def file_of(path: str) -> str:
    """The file that a source or failure lies in, ``file#object`` or ``archive#file#object``, or else its path."""
    if os.path.lexists(path):
        return path
    signs = [place for place, sign in enumerate(path) if sign == "#"]
    return next((path[:place] for place in reversed(signs) if os.path.isfile(path[:place])), path)


class _Walk:
    """The files that paths name, and what is met on the way."""

    def __init__(self, walked: Suffixes, named: Suffixes) -> None:
        self.walked, self.named = walked, named
        self.foreign = FOREIGN if walked >= suffixes() else {}
        self.failures: list[Failure] = []
        self.folders: list[str] = []
        self.ignored: list[str] = []
        self.refused: list[str] = []
        self._seen: set[tuple[int, int]] = set()  # folders, so that loops end

    def files(self, paths: Sequence[str | Path]) -> Iterator[str]:
        given = {os.path.abspath(path) for path in paths}
        for path in map(os.path.abspath, paths):
            problem = _problem(path)
            folder = os.path.isdir(path)
            problem = problem or (None if folder else unknown_suffix(Path(path).suffix, self.named))
            if problem:
                self.failures.append(Failure(printable(path), problem, STAGE))
            elif folder:
                yield from self._folder(path, given)
            else:
                yield path

    def _folder(self, folder: str, given: Collection[str]) -> Iterator[str]:
        """Files under a folder, sorted by name."""
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                status = os.stat(current)
                if (status.st_dev, status.st_ino) in self._seen:
                    continue
                self._seen.add((status.st_dev, status.st_ino))
                names = sorted(os.listdir(current))
            except OSError as error:
                self.failures.append(Failure(printable(current), unreadable(error), STAGE))
                continue
            self.folders.append(current)
            if "store.json" in names:  # a store's own arrays are not shapes
                continue
            inner = []
            for path in (os.path.join(current, n) for n in names if not n.startswith(".") and n != "__MACOSX"):
                if os.path.isdir(path):
                    inner.append(path)
                elif Path(path).suffix.lower() in self.walked:
                    yield from self._file(path, given)
                elif Path(path).suffix.lower() in self.foreign:
                    self.refused.append(path)
            pending.extend(reversed(inner))

    def _file(self, path: str, given: Collection[str]) -> Iterator[str]:
        if problem := _problem(path):
            self.failures.append(Failure(printable(path), problem, STAGE))
        elif path in given or may_be_shape(path):
            yield path
        else:
            self.ignored.append(path)


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


def hashed(limits: Limits, file: SourceFile) -> SourceFile | Failure:
    """The file with its hash and size, or why it has none."""
    try:
        size = os.path.getsize(file.path)
        if refusal := limits.too_large(size):
            return Failure(file.path, refusal, "read")
        return replace(file, sha256=sha256(file.path), size=size)
    except OSError as error:
        return Failure(file.path, unreadable(error), "read")


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
        self.roots = {os.path.abspath(root) for root in roots}
        self.rows: dict[str, dict[str, str]] = {}
        try:
            with open(file, newline="", encoding="utf-8-sig") as lines:
                reader = csv.DictReader(lines)
                columns = reader.fieldnames or []
                if not {"path", "label"} <= set(columns):
                    raise BadInput(f"{file}: columns are {list(columns)}; it needs path and label")
                check_tag_names(set(columns) - {"path", "label"}, f"{file}: its other columns become tags")
                for row in reader:
                    self.rows[os.path.normpath(row["path"] or "")] = row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{file}: cannot be read as a table of labels: {error}") from error

    def look_up(self, path: str) -> tuple[str | None, dict[str, str]]:
        """A row names a file absolutely, from the table's folder, from a given folder, or by name alone."""
        above = [str(folder) for folder in Path(path).parents if str(folder) in self.roots]
        names = [path, *(os.path.relpath(path, folder) for folder in (self.folder, *above))]
        names += [os.path.basename(path), Path(path).stem]
        row = next((self.rows[name] for name in names if name in self.rows), None)
        if row is None:
            return None, {}
        tags = {k: v for k, v in row.items() if k not in ("path", "label", None) and isinstance(v, str) and v}
        return row["label"] or None, tags
