"""The part of a remote store that changes labels and tags, and takes that back."""

from __future__ import annotations

from collections.abc import Mapping

from . import replies
from .catalogue import Catalogue
from .records import Change
from .references import Refs, ids_of


class Edits(Catalogue):
    """See `Catalogue` for references, and for the errors that every method may raise."""

    def label(self, shapes: Refs, label: str | None) -> Change:
        """Gives shapes a label, or takes it away; all or none, 10,000 at most.

        Errors: ShapeNotFound, AmbiguousShape, BadInput; NotAllowed where the server only reads.
        """
        return self._change("/labels", shapes, {"label": label})

    def tag(self, shapes: Refs, tags: Mapping[str, str | None]) -> Change:
        """Gives shapes tags, their others staying as they are; None removes one. All or none, 10,000 at most.

        Errors: as `label`; BadInput also for the name of another fact.
        """
        return self._change("/tags", shapes, {"tags": dict(tags)})

    def undo(self, change: Change | str) -> int:
        """Takes a change back, given it or its `undo`: labels and tags are what they were; how many shapes changed.

        Errors: InrstoreError if it was taken back already, or the server was started anew since.
        """
        name = change.undo if isinstance(change, Change) else change
        return 0 if not name else self.transport.post(f"/undo/{name}", replies.Changed).changed

    def _change(self, path: str, shapes: Refs, what: Mapping[str, object]) -> Change:
        if not (ids := ids_of(shapes)):
            return Change(0, "")
        found = self.transport.post(path, replies.Changed, {"ids": ids, **what})
        return Change(found.changed, found.undo or "")
