"""Towers that sentence-transformers reads."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from inrstore.errors import BadInput, MissingDependency
from inrstore.files import sha256
from inrstore.records import FloatArray

from .bert import BATCH, EXTRA, LONGEST

FILES = ["*.json", "*.txt", "*.safetensors", "*.model"]
log = logging.getLogger("inrstore.towers")


class SentenceTower:
    """See `TextTower`. It is loaded when it is first asked, and asked by one thread at a time."""

    def __init__(self, name: str, id: str, place: str, local: bool) -> None:
        self.name, self.id = name, id
        self._place, self._local = place, local
        self._model: Any = None
        self._guard = threading.Lock()

    @classmethod
    def of_folder(cls, folder: Path, name: str | None = None, id: str | None = None) -> SentenceTower:
        """Errors: BadInput if it holds no such model, MissingDependency."""
        _library()
        if not (folder / "modules.json").is_file():
            raise BadInput(f"tower: {folder} holds no model of sentence-transformers: it has no modules.json")
        return cls(name or str(folder), id or _identity(folder), str(folder), True)

    @classmethod
    def fetched(cls, name: str) -> SentenceTower:
        """A model that is fetched if it is not there, which is said. Errors: BadInput, MissingDependency."""
        _library()
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            try:
                place = snapshot_download(name, allow_patterns=FILES, local_files_only=True)
            except LocalEntryNotFoundError:
                log.warning("fetching %s from the Hugging Face hub, its weights included", name)
                place = snapshot_download(name, allow_patterns=FILES)
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise BadInput(f"tower: {name} is not here and could not be fetched ({reason}); give a folder") from error
        return cls.of_folder(Path(place), name)

    @property
    def dim(self) -> int:
        return int(self._loaded().get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See `TextTower.encode`."""
        if not texts:
            return np.empty((0, self.dim), np.float32)
        model = self._loaded()
        with self._guard:
            rows = model.encode(
                [text[:LONGEST] for text in texts],
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(rows, np.float32)

    def _loaded(self) -> Any:
        with self._guard:
            if self._model is None:
                with _quiet():
                    self._model = _library().SentenceTransformer(
                        self._place, device="cpu", local_files_only=self._local, trust_remote_code=False
                    )
            return self._model


def _library() -> Any:
    try:
        import sentence_transformers
    except ImportError as error:
        raise MissingDependency(EXTRA) from error
    return sentence_transformers


def _identity(folder: Path) -> str:
    """SHA-256 over the names and contents of its files."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in (".json", ".txt", ".safetensors", ".model"):
            digest.update(f"{file.relative_to(folder).as_posix()} {sha256(file)}\n".encode())
    return digest.hexdigest()


@contextmanager
def _quiet() -> Iterator[None]:
    """transformers draws a bar for the weights of every model, and asks the hub about some."""
    from transformers.utils import logging

    theirs: Any = logging

    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.enable_progress_bar()
        os.environ.pop("HF_HUB_OFFLINE", None)
        if before is not None:
            os.environ["HF_HUB_OFFLINE"] = before
