"""Which files to ingest, in a fixed order, and what their places say about them: label, split, name."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from pathlib import Path, PurePosixPath

from inrstore.errors import BadInput
from inrstore.records import Failure, Part, Source
from inrstore.store.where import check_tag_names

from .facts import LABELS_FROM, Facts, Table
from .files import FOREIGN, SHARDS, is_bundle, is_scene, is_shard, may_be_shape, suffixes, unknown_suffix
from .sources.address import Address, is_uri, located
from .sources.listing import prefix
from .sources.retry import Unreachable

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
    """A file to ingest, by its absolute path or URI; what a worker gets to know of it."""

    path: str
    name: str
    label: str | None = None
    tags: Mapping[str, str] = default(default_factory=dict, hash=False)
    sha256: str = ""
    """Of its bytes, as soon as they have been read."""
    size: int = 0
    """As its bucket has it, or as read."""
    inherited: Mapping[str, str] = default(default_factory=dict, hash=False)
    """Tags of the shape that the path named before its content changed; the file's own come over them."""
    scene: bool = False
    """Whether it may hold several objects, each of which is to be a shape of its own."""
    at: str = ""
    """Where its bytes lie, if not at its path: fetched from a bucket, or unpacked from an archive."""
    via: str = ""
    """Of an object in a bucket, the URI that opens it, see `sources.address.Address`."""
    met: bool = False
    """Whether it was met on a walk, so that it is passed over if it turns out to hold no shape."""
    into: str = ""
    """Of an archive, the folder into which it is unpacked."""
    carried: tuple[tuple[str, bytes], ...] = ()
    """Names and bytes of that file, and of those beside it that are called like it, for a machine that has none."""
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
    shards: bool = False,
) -> Found:
    """Files named by `paths`, and those under the folders among them, each once, in sorted order a folder.

    A path may be a URI, see `sources.address`; a prefix in a bucket is walked like a folder. A walk takes the suffixes
    `walked` and passes over everything else, hidden names and stores included; arrays that are no shapes are ignored,
    unless `paths` names them. A file of `paths` with a suffix that is not in `named` is a failure. Links are followed,
    each folder once. Label: the folder's name (`parent`), the one above (`grandparent`), the table's (`csv`), a tar
    shard's own (`shard`), or, with none of them asked for, a shard's own, or the class of ModelNet's layout
    class/split/file, whose split becomes a tag. With `parts` each object in a file is to be a shape of its own, and
    archives (.zip) are met on a walk, too; with `shards` tars are read, named and met.

    Raises
    ------
    BadInput
        If `labels_from` is unknown, the table is missing or has no columns path and label, a tag is called like
        another fact, or a URI is none that is read.
    """
    if labels_csv is not None and labels_from is None:
        labels_from = "csv"
    if labels_from is not None and labels_from not in LABELS_FROM:
        raise BadInput(f"labels_from is {labels_from!r}; give one of {', '.join(LABELS_FROM)}")
    if (labels_from == "csv") != (labels_csv is not None):
        raise BadInput("labels_from='csv' and labels_csv=FILE belong together; give both")
    check_tag_names(tags or {}, "tags")
    table = Table(labels_csv, [str(p) for p in paths]) if labels_csv is not None else None
    facts = Facts(table, labels_from, tags or {})
    more = SHARDS if shards else frozenset()
    walk = _Walk((walked or suffixes(named=parts)) | more, (named or suffixes(named=True)) | more)
    sources: dict[str, SourceFile] = {}
    for met in walk.files([located(path) for path in paths]):
        path = met.path
        if path not in sources:
            scene = parts and (is_scene(path) or is_bundle(path) or is_shard(path))
            label, own = facts.of(path)
            sources[path] = replace(met, label=label, tags=own, scene=scene)
    return Found(list(sources.values()), walk.failures, walk.folders, walk.ignored, walk.refused, facts)


def file_of(path: str) -> str:
    """The file that a source or failure lies in, ``file#object`` or ``archive#file#object``, or else its path.

    In a bucket nothing is looked for: it is what ends, before a #, as files that are read do.
    """
    signs = [place for place, sign in enumerate(path) if sign == "#"]
    if is_uri(path):
        known = suffixes(named=True) | SHARDS
        return next((path[:place] for place in signs if PurePosixPath(path[:place]).suffix.lower() in known), path)
    if os.path.lexists(path):
        return path
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

    def files(self, roots: Sequence[Address]) -> Iterator[SourceFile]:
        given = {root.path for root in roots}
        for root in roots:
            path = root.path
            if root.via:
                yield from self._remote(root, given)
                continue
            problem = _problem(path)
            folder = os.path.isdir(path)
            problem = problem or (None if folder else unknown_suffix(Path(path).suffix, self.named))
            if problem:
                self._fail(path, problem)
            elif folder:
                yield from self._folder(path, given)
            else:
                yield SourceFile(path, Path(path).stem)

    def _fail(self, path: str, problem: str) -> None:
        self.failures.append(Failure(printable(path), problem, STAGE))

    def _remote(self, root: Address, given: Collection[str]) -> Iterator[SourceFile]:
        """An object, by its suffix alone, whose fetching tells whether it is there, or what is below a prefix."""
        path = root.path
        if not root.folder and PurePosixPath(path).suffix.lower() in self.named:
            yield SourceFile(path, PurePosixPath(path).stem, via=root.via)
            return
        try:
            listed = prefix(root)
        except (BadInput, Unreachable) as error:
            self._fail(path, str(error))
            return
        if listed is None:
            self._fail(path, unknown_suffix(PurePosixPath(path).suffix, self.named) or "")
            return
        self.folders += listed.folders
        for source, size in listed.objects:
            suffix = PurePosixPath(source).suffix.lower()
            if suffix in self.walked:
                met = source not in given
                yield SourceFile(source, PurePosixPath(source).stem, size=size, via=root.via, met=met)
            elif suffix in self.foreign:
                self.refused.append(source)

    def _folder(self, folder: str, given: Collection[str]) -> Iterator[SourceFile]:
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
                self._fail(current, unreadable(error))
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

    def _file(self, path: str, given: Collection[str]) -> Iterator[SourceFile]:
        if problem := _problem(path):
            self._fail(path, problem)
        elif path in given or may_be_shape(path):
            yield SourceFile(path, Path(path).stem, met=path not in given)
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
