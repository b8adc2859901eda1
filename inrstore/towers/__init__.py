"""Towers: networks of others that turn words and pictures into vectors, a registry.

Nothing is fetched unless a user names it. For texts `minilm` is the default (extra `text`), and other names are a
folder that sentence-transformers reads, or the name of a model that it would fetch. For pictures it is
`efficientnet-lite0` (extra `image`). Names that begin with `open_clip:` are for both (extra `clip`).
"""

from .protocol import ImageTower, TextTower
from .registry import IMAGE, TEXT, image_tower, text_tower

__all__ = ["IMAGE", "TEXT", "ImageTower", "TextTower", "image_tower", "text_tower"]
