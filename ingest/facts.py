"""What the places of files say of them: label, split, and what a table has under their names."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from pathlib import Path

from inrstore.errors import BadInput
from inrstore.store.where import check_tag_names

from .sources.address import above, absolute, is_uri, names_of, spelt

SHARD = "shard"
LABELS_FROM = ("parent", "grandparent", "csv", SHARD)
SPLITS = frozenset(("train", "test", "val", "valid", "validation"))


@dataclass(frozen=True)
class Facts:
    """What a run says of files by their places."""

    table: Table | None = None
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


def _from_place(path: str, labels_from: str | None) -> tuple[str | None, dict[str, str]]:
    folder = names_of(path).parent
    parent, grandparent = folder.name, folder.parent.name
    split = parent.lower() in SPLITS and bool(grandparent) and grandparent.lower() not in SPLITS
    tags = {"split": parent.lower()} if split else {}
    if labels_from == "parent":
        return parent or None, {}
    if labels_from == "grandparent" or split:
        return grandparent or None, tags
    return None, {}


class Table:
    """Labels and tags from a CSV file with the columns path and label; other columns become tags."""

    def __init__(self, file: str | Path, roots: Sequence[str]) -> None:
        self.folder = os.path.dirname(os.path.abspath(file))
        self.roots = {absolute(root) for root in roots}
        self.rows: dict[str, dict[str, str]] = {}
        try:
            with open(file, newline="", encoding="utf-8-sig") as lines:
                reader = csv.DictReader(lines)
                columns = reader.fieldnames or []
                if not {"path", "label"} <= set(columns):
                    raise BadInput(f"{file}: columns are {list(columns)}; it needs path and label")
                check_tag_names(set(columns) - {"path", "label"}, f"{file}: its other columns become tags")
                for row in reader:
                    self.rows[spelt(row["path"] or "")] = row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{file}: cannot be read as a table of labels: {error}") from error

    def look_up(self, path: str) -> tuple[str | None, dict[str, str]]:
        """A row names a file absolutely, from the table's folder, from a given folder, or by name alone."""
        roots = [folder for folder in above(path) if folder in self.roots]
        if is_uri(path):
            names = [path, *(path.removeprefix(f"{root}/") for root in roots)]
        else:
            names = [path, *(os.path.relpath(path, folder) for folder in (self.folder, *roots))]
        names += [os.path.basename(path), Path(path).stem]
        row = next((self.rows[name] for name in names if name in self.rows), None)
        if row is None:
            return None, {}
        tags = {k: v for k, v in row.items() if k not in ("path", "label", None) and isinstance(v, str) and v}
        return row["label"] or None, tags
