"""What is below a prefix of a bucket, by the rules of a walk over folders."""

from __future__ import annotations

from dataclasses import dataclass

from inrstore.errors import BadInput

from .address import Address
from .bucket import Bucket


@dataclass(frozen=True)
class Listed:
    """Objects by their sources, with their bytes, and the folders that their names make."""

    objects: list[tuple[str, int]]
    folders: list[str]


def prefix(root: Address) -> Listed | None:
    """The objects below a prefix, in order; hidden names and stores are left out. None if it is an object itself.

    Errors: BadInput if there is neither, Unreachable.
    """
    found = Bucket(root.via).below(root.path)
    if not found:
        return _nothing(root)
    stores = {names[:-1] for names, _ in found if names[-1] == "store.json"}
    objects: list[tuple[str, int]] = []
    folders: dict[tuple[str, ...], None] = {(): None}
    for names, size in found:
        above = [names[:count] for count in range(len(names))]
        if not any(name.startswith(".") or name == "__MACOSX" or not name for name in names):
            folders.update(dict.fromkeys(above))
            if stores.isdisjoint(above):
                objects.append(("/".join((root.path, *names)), size))
    return Listed(objects, ["/".join((root.path, *names)) for names in folders])


def _nothing(root: Address) -> Listed | None:
    """Errors: BadInput, Unreachable."""
    from pyarrow import fs

    (info,) = Bucket(root.via).find([root.path])
    if info.type == fs.FileType.File:
        return None
    if info.type == fs.FileType.Directory:  # of which only the marker is there
        return Listed([], [root.path])
    raise BadInput("no such object or prefix; check the address, and the endpoint (AWS_ENDPOINT_URL)")
