"""Several shards at once: on this machine's cores, or while a remote file system is waited for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from .storage import Storage

REMOTE = 8
"""Requests to a remote file system that wait at once."""
LOCAL = 4
Item = TypeVar("Item")
Result = TypeVar("Result")


def jobs_for(storage: Storage) -> int:
    """How many shards at once where nobody says: each may take the memory of a full one."""
    return min(LOCAL, os.cpu_count() or 1) if storage.local else REMOTE


def jobs_within(storage: Storage) -> int:
    """How many small files at once for one new shard: only to wait for them together."""
    return 1 if storage.local else REMOTE


def each(function: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[tuple[Item, Result]]:
    """Items with their results as they are ready; the first error ends it, once what is under way has ended."""
    if jobs == 1 or len(items) < 2:
        yield from ((item, function(item)) for item in items)
        return
    with ThreadPoolExecutor(min(jobs, len(items)), thread_name_prefix="shards") as pool:
        begun = {pool.submit(function, item): item for item in items}
        try:
            for done in as_completed(list(begun)):
                yield begun.pop(done), done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
