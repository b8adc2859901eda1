"""Towers by name; each is loaded once a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from inrstore.errors import BadInput

from .protocol import ImageTower, TextTower

TEXT, IMAGE = "minilm", "efficientnet-lite0"
"""The defaults."""
CLIP = "open_clip:"


@lru_cache(maxsize=2)
def text_tower(name: str = TEXT) -> TextTower:
    """A tower for texts: `minilm`, a folder of sentence-transformers, or a model's name there, as OWNER/NAME.

    Or `open_clip:MODEL/TAG` or `open_clip:MODEL/FILE`, see `clip`, whose vectors are comparable with its pictures'.
    Errors: MissingDependency without the extra `text` or `clip`; BadInput if nothing is called so; CorruptShard if its
    files are not what they should be.
    """
    made: dict[str, Callable[[], TextTower]] = {TEXT: _minilm}
    if name in made:
        return made[name]()
    if name.startswith(CLIP):
        from .clip import ClipTextTower, clip

        return ClipTextTower(clip(name))
    from .sentences import SentenceTower

    if Path(name).is_dir():
        return SentenceTower.of_folder(Path(name))
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return SentenceTower.fetched(name)
    others = "nor a folder, nor OWNER/NAME of a model to fetch, nor open_clip:MODEL/TAG"
    raise BadInput(f"tower: {name!r} is neither {', '.join(made)}, {others}")


@lru_cache(maxsize=2)
def image_tower(name: str = IMAGE) -> ImageTower:
    """A tower for pictures: `efficientnet-lite0`, or of OpenCLIP, `open_clip:MODEL/TAG` or `open_clip:MODEL/FILE`.

    Errors: MissingDependency without the extra `image` or `clip`; BadInput if nothing is called so; CorruptShard if
    its weights are not what they should be.
    """
    if name == IMAGE:
        from .efficientnet import efficientnet

        return efficientnet()
    if name.startswith(CLIP):
        from .clip import ClipImageTower, clip

        return ClipImageTower(clip(name))
    raise BadInput(f"tower: {name!r} is neither {IMAGE} nor open_clip:MODEL/TAG nor open_clip:MODEL/FILE")


def _minilm() -> TextTower:
    from .minilm import minilm

    return minilm()
