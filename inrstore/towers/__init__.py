"""Towers: networks of others that turn words into vectors, a registry; nothing is fetched unless a user names it.

`minilm` is the default (extra `text`); any other name is a folder that sentence-transformers reads, or the name of a
model that it would fetch.
"""

from .protocol import TextTower
from .registry import TEXT, text_tower

__all__ = ["TEXT", "TextTower", "text_tower"]
