"""Search by words: what shapes are called and what that means, in one ranked answer that says why each is there."""

from .answer import TextResult, Understood
from .meaning import Worded, encode_words
from .search import search_text

__all__ = ["TextResult", "Understood", "Worded", "encode_words", "search_text"]
