"""Another process at work on a store, for the tests of crashes and of several writers.

python -m tests.inrstore.store.child write STORE BATCH NUMBER...  commits shapes, prints each batch once stored
python -m tests.inrstore.store.child die STORE INSTANT            kills itself while it commits or compacts
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from safetensors.numpy import load

from inrstore import files
from inrstore.store import Store, folding, insert, models, open_store, staging, storage
from inrstore.store.storage import Storage
from tests.shapes import kept, new_shape, picture

INSTANTS: dict[str, tuple[Any, str, bool]] = {  # what is replaced, and whether it still runs before the end
    "shard half written": (files, "sync", False),
    "shard renamed": (storage.Storage, "write", True),
    "samples written": (staging.Staging, "transaction", False),
    "inside the transaction": (insert, "insert_source_rows", True),
    "folded shard written": (folding, "_repoint", False),
    "compaction inside the transaction": (folding, "_repoint", True),
    "old shards not deleted": (storage.Storage, "delete", False),
}


class LightBase:
    """The tiny model's base without torch, which would take most of a test's time to import."""

    def __init__(self, storage: Storage, base_id: str) -> None:
        self.id = base_id
        self._tensors = load(bytes(storage.read(f"bases/{base_id}/weights.safetensors")))

    def start(self, field: str) -> Any:
        return self._tensors[field]


def light_model(store: Store) -> Any:
    """The store's model, as far as `new_shape` asks."""
    encoder = SimpleNamespace(id=store.encoder_id)
    return SimpleNamespace(base=store.base(), encoder=encoder, embedding_dim=8)


def write(store: Store, batch: int, numbers: list[int]) -> None:
    model = light_model(store)
    print("ready", flush=True)
    for start in range(0, len(numbers), batch):
        part = numbers[start : start + batch]
        store.commit([new_shape(model, number) for number in part])
        print(*part, flush=True)


def half(storage: Storage, name: str, content: Any) -> None:
    """Writes half of an object, which is none before all is there."""
    storage.fs.open_output_stream(storage.path(name)).write(content[: len(content) // 2])


def die(store: Store, instant: str) -> None:
    owner, name, late = INSTANTS[instant]
    if instant == "shard half written" and not store.storage.local:
        storage.Storage._write_remote = half  # type: ignore[method-assign]
        owner, name, late = storage.Storage, "_write_remote", True
    function: Callable[..., Any] = getattr(owner, name)

    def last(*args: Any, **kwargs: Any) -> None:
        if late:
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, last)
    if owner is folding or name == "delete":
        store.compact()
    else:
        model, numbers = light_model(store), range(100, 104)
        store.commit([new_shape(model, n, samples=kept(n, 30), thumbnail=picture(n)) for n in numbers])


if __name__ == "__main__":
    models.Parts._read = lambda self, role, part_id: LightBase(self._storage, part_id)  # type: ignore[method-assign]
    opened = open_store(sys.argv[2])
    if sys.argv[1] == "write":
        write(opened, int(sys.argv[3]), [int(number) for number in sys.argv[4:]])
    else:
        die(opened, sys.argv[3])
