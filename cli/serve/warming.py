"""What would make the first answer slow is done before it is asked for."""

from __future__ import annotations

from pathlib import Path

import trimesh

from index import search
from inrstore.store import Store


def warm(store: Store, folder: Path, timeout: float) -> None:
    """Search with a box, by processes that are ended as those of files that ask. Errors: as `index.search`."""
    path = folder / "warm.stl"
    path.write_bytes(trimesh.creation.box((1, 0.7, 0.4)).export(file_type="stl"))
    try:
        search(store, str(path), k=1, timeout=timeout)
    finally:
        path.unlink(missing_ok=True)
