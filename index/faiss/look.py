"""How a FAISS index on disk stands against its store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..protocol import Status
from . import files
from .files import IndexDamaged, Manifest

if TYPE_CHECKING:
    from inrstore.store import Store


def look(
    store: Store, name: str, directory: Path, *, quick: bool = False, since: int | None = None
) -> tuple[Status, Manifest | None]:
    """The index's status, and its manifest unless it has none that can be read; changes nothing.

    quick : read no file whose size and times are as recorded, see `files.check`
    since : a generation of the store that is new enough, instead of the present one
    """
    try:
        while True:
            manifest = files.read_manifest(directory)
            found = _look(store, name, directory, manifest, quick, since)
            if found.state != "damaged" or files.read_manifest(directory) == manifest:
                return found, manifest
            # another process has replaced the index meanwhile: what was read is of no account
    except IndexDamaged as error:
        return Status(name, "damaged", str(error)), None


def _look(
    store: Store, name: str, directory: Path, manifest: Manifest | None, quick: bool, since: int | None
) -> Status:
    if manifest is None:
        return Status(name, "missing", f"there is no index {name!r} yet")
    if manifest.store not in ("", store.id):
        reason = f"index {name!r} is of store {manifest.store[:12]}, this is store {store.id[:12]}"
        return describe(name, manifest, "foreign", reason)
    try:
        files.check(directory, manifest, quick=quick)
    except IndexDamaged as error:
        return describe(name, manifest, "damaged", str(error))
    if not same_encoder(store, manifest):
        was, now = (str(encoder)[:12] for encoder in (manifest.encoder, store.encoder_id))
        return describe(name, manifest, "stale", f"the store's encoder is {now}, the index's {was}")
    if not is_new_enough(store, manifest, since):
        reason = f"the store is at generation {store.generation()}, the index at {manifest.generation}"
        return describe(name, manifest, "stale", reason)
    return describe(name, manifest, "current", manifest.reason)


def same_encoder(store: Store, manifest: Manifest) -> bool:
    return manifest.encoder == store.encoder_id


def is_new_enough(store: Store, manifest: Manifest, since: int | None = None) -> bool:
    """Whether the index is of the store's present generation, or of one from `since` until now."""
    if manifest.generation == since:
        return True
    now = store.generation()
    return (now if since is None else since) <= manifest.generation <= now


def describe(name: str, manifest: Manifest, state: str, reason: str, **done: Any) -> Status:
    return Status(
        name,
        state,
        reason,
        backend=manifest.backend,
        parameters=manifest.parameters,
        count=manifest.count,
        dim=manifest.dim,
        encoder=manifest.encoder,
        generation=manifest.generation,
        bytes=sum(file.bytes for file in manifest.files),
        **done,
    )
