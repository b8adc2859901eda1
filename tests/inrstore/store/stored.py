"""The files of a store, whatever backs it, as tests look at them and damage them."""

from __future__ import annotations

from inrstore.store import Store


def names(store: Store, folder: str = "", ending: str = ".parquet") -> list[str]:
    """Files below a folder with an ending, in order."""
    return sorted(name for name in store.storage.files(folder) if name.endswith(ending))


def only(store: Store, folder: str, ending: str = ".parquet") -> str:
    (name,) = names(store, folder, ending)
    return name


def sizes(store: Store, folder: str = "") -> int:
    found = store.storage.files(folder)
    return sum(found[name].size for name in names(store, folder))


def content(store: Store, name: str) -> bytes:
    return bytes(store.storage.read(name))


def put(store: Store, name: str, content: bytes) -> None:
    store.storage.write(name, content)


def damage(store: Store, name: str, how: str, where: int = 4) -> bytes:
    """Alters, truncates, empties or deletes a file; what it held before."""
    before = content(store, name)
    broken = bytearray(before)
    broken[len(before) // where] ^= 0xFF  # in the pages of a shard: the footer is at the end
    changed = {"altered": bytes(broken), "truncated": before[: len(before) // 2], "emptied": b"", "cut": before[:50]}
    store.storage.delete(name) if how == "missing" else put(store, name, changed[how])
    return before
