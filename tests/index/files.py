"""A stand-in for whoever turns files into embeddings, so that these tests fit nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inrstore.records import Failure


class TextEncoder:
    """Reads a file's numbers as its embedding; files of other text cannot be read."""

    made: list[TextEncoder] = []

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], dict[str, Any]]] = []
        self.made.append(self)

    def files(self, folder: str) -> tuple[list[str], list[Failure]]:
        found = sorted(str(path.absolute()) for path in Path(folder).iterdir())
        listed = [path for path in found if not path.endswith(".secret")]
        return listed, [Failure(path, "no permission to read it") for path in found if path not in listed]

    def embed(self, store: Any, paths: Sequence[str], **options: Any) -> list[np.ndarray | Failure]:
        self.asked.append((list(paths), options))
        return [self._embed(path) for path in paths]

    def _embed(self, path: str) -> np.ndarray | Failure:
        try:
            return np.array(Path(path).read_text().split(), np.float32)
        except (ValueError, OSError) as error:
            return Failure(path, f"not a shape: {type(error).__name__}")

    def close(self) -> None:
        pass


def write(path: Path, vector: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(" ".join(map(str, vector.tolist())))
    return path
