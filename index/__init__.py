"""From embeddings to neighbours: FAISS behind a small protocol, searched by shape, file or vector.

>>> store = inrstore.open_store("shapes.store")
>>> index.search(store, "chairs/office.obj", k=5, where={"label": "chair"})
"""

from __future__ import annotations

from .choose import Choice, choose
from .evaluate import retrieval
from .manage import add, build, open_index
from .recall import Recall, recall
from .results import Hit, Result, SearchResults
from .search import search
from .state import IndexInfo, IndexStatus, OpenIndex, status

__all__ = [
    "Choice",
    "Hit",
    "IndexInfo",
    "IndexStatus",
    "OpenIndex",
    "Recall",
    "Result",
    "SearchResults",
    "add",
    "build",
    "choose",
    "open_index",
    "recall",
    "retrieval",
    "search",
    "status",
]
