"""The folder in which a training leaves its stages, so that a stopped one goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inrstore.errors import BadInput
from inrstore.files import write_atomically


def claim(work: str | Path, settings: Mapping[str, Any]) -> Path:
    """The folder, which serves one training: that of these settings, kept in its recipe.json.

    Raises
    ------
    BadInput
        If it belongs to another training, or cannot be a folder.
    """
    work = folder(work)
    text, path = json.dumps(settings, indent=1), work / "recipe.json"
    if path.is_file() and path.read_text("utf-8") != text:
        raise BadInput(f"{work} belongs to a training with other shapes or settings; give another --work folder")
    write_atomically(path, text.encode())
    return work


def folder(path: str | Path) -> Path:
    """The path, made a folder. Errors: BadInput."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be a folder to write to: {error.strerror}; give another") from error
    return Path(path)
