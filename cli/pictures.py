"""Pictures of query files, which no store knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.files.geometry import Limits
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from ingest.thumbnails import draw
from inrstore.errors import InrstoreError

from .exits import say

if TYPE_CHECKING:
    from index import Result
    from inrstore.pictures.drawing import Image


def pictures(results: Sequence[Result], up: str, align: str) -> dict[str, Image]:
    """By the query's name; a file that cannot be drawn is said, and keeps its name as its picture."""
    drawn = {}
    for result in results:
        if result.file is not None:
            try:
                loaded = load(result.file, Limits(appearance=True))
                drawn[result.query] = draw(loaded, normalise(loaded, up, align))
            except InrstoreError as error:
                say(f"no picture of {result.query}: {error}")
    return drawn
