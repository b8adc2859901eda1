"""From embeddings to neighbours: FAISS, or another backend, behind a small protocol, searched by shape, file or vector.

>>> store = inrstore.open_store("shapes.store")
>>> index.search(store, "chairs/office.obj", k=5, where={"label": "chair"})
"""

from __future__ import annotations

from .advise import Plan, advise
from .asking import Asked, embeddings
from .choose import Choice, choose
from .duplicates import duplicates, stored_already, variants
from .evaluate import accuracy, retrieval, retrieved
from .families import Duplicates, Group, Member
from .laying import Overlay, posed
from .looks import ComposedResult, ImageResult, Recognised, recognised, search_composed, search_image
from .manage import add, build, drop, open_index, status
from .protocol import Backend, Filter, Index, Status
from .recall import Recall, recall
from .registry import backends, register
from .results import Hit, Result, SearchResults
from .search import search
from .texts import TextResult, Understood, Worded, encode_words, search_text

__all__ = [
    "Asked",
    "Backend",
    "Choice",
    "ComposedResult",
    "Duplicates",
    "Filter",
    "Group",
    "Hit",
    "ImageResult",
    "Index",
    "Member",
    "Overlay",
    "Plan",
    "Recall",
    "Recognised",
    "Result",
    "SearchResults",
    "Status",
    "TextResult",
    "Understood",
    "Worded",
    "accuracy",
    "add",
    "advise",
    "backends",
    "build",
    "choose",
    "drop",
    "duplicates",
    "embeddings",
    "encode_words",
    "open_index",
    "posed",
    "recall",
    "recognised",
    "register",
    "retrieval",
    "retrieved",
    "search",
    "search_composed",
    "search_image",
    "search_text",
    "status",
    "stored_already",
    "variants",
]
