"""The searches of the search command: one library call a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .search_options import BY, BY_PICTURE

if TYPE_CHECKING:
    from index import ComposedResult, ImageResult, SearchResults, TextResult
    from inrstore.store import Store

Given = Mapping[str, Any]
"""Options by their names."""


def by_text(store: Store, given: Given) -> TextResult:
    import index

    how = {name: given[name] for name in ("k", "skip", "threshold", "unit", "plain")}
    where, by = given["where"] or None, BY[given["by"]]
    return index.search_text(store, given["text"], where=where, by=by, index=given["name"], **how)


def by_picture(store: Store, given: Given) -> ImageResult:
    import index

    how = {name: given[name] for name in ("k", "skip", "threshold", "mask", "box")}
    where, by = given["where"] or None, BY_PICTURE[given["by"]]
    return index.search_image(store, given["image"], where=where, by=by, index=given["name"], **how)


def by_parts(store: Store, given: Given) -> ComposedResult:
    import index

    from .progress import Bar

    how = {name: given[name] for name in ("k", "skip", "threshold", "unit", "plain", "like", "image", "up")}
    with Bar("fitting queries", "file") as bar:
        return index.search_composed(
            store,
            text=[] if given["text"] is None else [given["text"]],
            minus_text=given["nots"],
            weights=given["weight"],
            where=given["where"] or None,
            exclude_self=not given["include_self"],
            index=given["name"],
            on_progress=bar.update,
            **how,
        )


def by_shapes(store: Store, queries: Sequence[str], given: Given) -> SearchResults:
    import index

    from .progress import Bar

    same = ("k", "threshold", "field", "up", "align", "pose", "rerank", "partial", "device")
    with Bar("fitting queries", "file") as bar:
        return index.search(
            store,
            queries,
            where=given["where"] or None,
            exclude_self=not given["include_self"],
            index=given["name"],
            mirror=not given["no_mirror"],
            skip_failed=True,
            on_progress=bar.update,
            **{name: given[name] for name in same},
        )
