"""Towers by name; each is loaded once a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from inrstore.errors import BadInput

from .protocol import TextTower

TEXT = "minilm"
"""The default."""


@lru_cache(maxsize=2)
def text_tower(name: str = TEXT) -> TextTower:
    """A tower for texts: `minilm`, a folder of sentence-transformers, or a model's name there, as OWNER/NAME.

    Errors: MissingDependency without the extra `text`; BadInput if nothing is called so; CorruptShard if its files are
    not what they should be.
    """
    made: dict[str, Callable[[], TextTower]] = {TEXT: _minilm}
    if name in made:
        return made[name]()
    from .sentences import SentenceTower

    if Path(name).is_dir():
        return SentenceTower.of_folder(Path(name))
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return SentenceTower.fetched(name)
    raise BadInput(f"tower: {name!r} is neither {', '.join(made)}, nor a folder, nor OWNER/NAME of a model to fetch")


def _minilm() -> TextTower:
    from .minilm import minilm

    return minilm()
