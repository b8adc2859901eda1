"""Search by words: what shapes are called, in one ranked answer that says why each is there."""

from .answer import TextResult, Understood
from .search import search_text

__all__ = ["TextResult", "Understood", "search_text"]
