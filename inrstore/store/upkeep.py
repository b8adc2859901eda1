"""Looking after a store: its figures, the check of all that it holds, and folding of its shards."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from inrstore.progress import OnProgress

from . import compaction, maintenance, opening, verification
from .heads import Heads
from .models import read_part
from .storage import Storage
from .verification import Report


class Upkeep(Heads):
    """The part of a store that looks after it; see `Shapes`."""

    storage: Storage
    id: str

    def work_dir(self, name: str) -> Path:
        """A local directory for what a program over the store writes down, made if need be, where indexes are, too."""
        return opening.work_dir(self.storage, self.id, name)

    def stats(self) -> dict[str, Any]:
        """Figures: `bytes` is what the shapes take, shards and catalogue; models and indexes are apart."""
        return maintenance.stats(self.storage, self.catalog)

    def verify(
        self, on_progress: OnProgress | None = None, *, jobs: int | None = None, incremental: bool = False
    ) -> Report:
        """Checks every checksum, row count and reference, and changes nothing; `on_progress` hears of every shard.

        `jobs` shards at once, each in memory. With `incremental` shards that such a check found sound before, on this
        machine, are looked for, not read: that is quick, but sees neither bits that rot nor wrong rows in them.
        """
        memory = self.work_dir("verified") / "shards.json" if incremental else None
        check_part = partial(read_part, self.storage)
        return verification.verify(self.storage, self.catalog, check_part, on_progress, jobs=jobs, memory=memory)

    def compact(
        self, force: bool = False, *, jobs: int | None = None, on_progress: OnProgress | None = None
    ) -> dict[str, int]:
        """Folds small shards, drops rows of removed shapes, deletes orphans older than an hour.

        With `force` all orphans go; only when nobody else writes. `jobs` new shards are made at once, each in memory.
        """
        return compaction.compact(self.storage, self.catalog, force, jobs, on_progress)
