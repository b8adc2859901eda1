"""The part of a remote store that compares: what is alike, what a shape is, and what is there more than once."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from inrstore.errors import BadInput
from inrstore.progress import OnProgress
from inrstore.records import Shape

from . import replies
from .catalogue import texts
from .jobs import Work, opened
from .records import ComposedFound, Copies, Found, ImageFound, Said, TextFound
from .references import ID, Ref, Refs, id_of, ids_of

if TYPE_CHECKING:
    from inrstore.store import Conditions

EVIDENCE = ("words", "meaning", "shape")
Picture: TypeAlias = str | os.PathLike[str] | bytes


class Finding(Work):
    """See `Catalogue` for references and conditions, and for the errors that every method may raise."""

    def search(
        self,
        query: Ref | os.PathLike[str],
        *,
        k: int = 24,
        pose: str = "up",
        where: Conditions | None = None,
        up: str = "y",
    ) -> Found:
        """The `k` shapes that are most like a stored one, or like a file of this machine, best first.

        Parameters
        ----------
        query : an id, a prefix of one, a `Shape`, or the path of a mesh, cloud or voxel file, which is sent, read and
            fitted there, and not stored; a name that is both is the file
        k : neighbours, 200 at most
        pose : `none`, as it is; `up`, turned about the upright axis; `free`, turned any way; see `index.search`
        where : only shapes that fulfil these conditions; still up to k
        up : which axis of a file points upward, y or z

        Raises
        ------
        ShapeNotFound, AmbiguousShape
            If a reference is neither a file nor one stored shape.
        BadInput
            If a file cannot be read, or is larger than the server takes.
        NoEncoder, MissingDependency, ModelMismatch
            If the server's store cannot be searched.
        """
        conditions = texts(where)
        asked = {"k": k, "pose": pose, "where": conditions}
        if isinstance(query, Shape) or not os.path.isfile(query):
            if isinstance(query, os.PathLike) or not (isinstance(query, Shape) or ID.fullmatch(str(query).lower())):
                raise BadInput(
                    f"{str(query)!r} is neither a file nor an id; give 4 to 64 hexadecimal digits, or a path"
                )
            found = self.transport.get(f"/shapes/{id_of(query)}/neighbours", replies.Neighbours, asked)
        else:
            with opened(query) as file:
                form = {"file": file, "name": Path(query).name, "params": {**asked, "up": up}}
                found = self.transport.post("/search", replies.Neighbours, **form)
        id = found.query.id if isinstance(found.query.id, str) else found.query.stored
        return Found(found.query.name, id, tuple(hit.hit() for hit in found.hits))

    def search_text(
        self,
        text: str,
        *,
        k: int = 24,
        skip: int = 0,
        where: Conditions | None = None,
        unit: str = "mm",
        by: Collection[str] = EVIDENCE,
    ) -> TextFound:
        """The `k` shapes that a text describes best, best first: what they are called and look like, and plain limits.

        See `index.search_text` for the text, the unit, what is skipped and which evidence counts; 10,000 characters at
        most. Errors: BadInput; by `shape` alone ModelNotFound, MissingDependency.
        """
        which = [by] if isinstance(by, str) else list(by)
        asked = {"q": text, "k": k, "skip": skip, "unit": unit, "by": which, "where": texts(where)}
        return self.transport.get("/text", replies.Answers, asked).found()

    def search_image(
        self,
        picture: Picture | Sequence[Picture],
        *,
        k: int = 24,
        skip: int = 0,
        where: Conditions | None = None,
        threshold: float | None = None,
        mask: Picture | None = None,
        box: tuple[int, int, int, int] | None = None,
        by: str | None = None,
    ) -> ImageFound:
        """The `k` shapes that look most like what is in a picture, best first; of several, up to 8, of one thing.

        Pictures are paths or bytes, and are sent, not stored; `by` is `views` or `shape`, by default what the store
        has. See `index.search_image`.

        Errors: BadInput, also of a picture that is larger than the server takes; ModelNotFound, MissingDependency.
        """
        given = _pictures(picture)
        if not given:
            raise BadInput("no picture was given")
        files = [("file", _sent(one)) for one in given] + ([] if mask is None else [("mask", _sent(mask))])
        edges = None if box is None else ",".join(map(str, box))
        asked = {"k": k, "skip": skip, "threshold": threshold, "box": edges, "by": by, "where": texts(where)}
        return self.transport.post("/picture", replies.Seen, files=files, params=asked).found()

    def search_composed(
        self,
        *,
        like: Refs = (),
        text: Sequence[str] = (),
        image: Picture | Sequence[Picture] = (),
        minus_like: Refs = (),
        minus_text: Sequence[str] = (),
        weights: Mapping[str, float] | None = None,
        k: int = 24,
        skip: int = 0,
        where: Conditions | None = None,
        threshold: float | None = None,
        unit: str = "mm",
    ) -> ComposedFound:
        """The `k` shapes nearest to a sum of stored shapes, words and pictures, some of them taken away, best first.

        Pictures, up to 8, are paths or bytes, and are sent, not stored. See `index.search_composed`. Errors:
        ShapeNotFound, AmbiguousShape, BadInput, ModelNotFound, MissingDependency.
        """
        asked = {
            "like": ids_of(like),
            "text": [text] if isinstance(text, str) else list(text),
            "minus_like": ids_of(minus_like),
            "minus_text": [minus_text] if isinstance(minus_text, str) else list(minus_text),
            "weights": dict(weights or {}),
            "k": k,
            "skip": skip,
            "where": texts(where),
            "threshold": threshold,
            "unit": unit,
        }
        files = [("image", _sent(one)) for one in _pictures(image)]
        how: dict[str, Any] = {"files": files, "data": {"query": json.dumps(asked)}} if files else {"json": asked}
        return self.transport.post("/composed", replies.Summed, **how).found()

    def classify(self, shapes: Refs, *, classifier: str | None = None) -> list[Said]:
        """What shapes are, in the words of the labels that a classifier learned; in their order, 10,000 at most.

        `classifier` is the name of one of `Facts.classifiers`, by default the only one. Errors: ShapeNotFound,
        AmbiguousShape, BadInput, also of shapes without an embedding; ModelNotFound where there is no classifier.
        """
        if not (ids := ids_of(shapes)):
            return []
        found = self.transport.post("/classify", list[replies.Naming], {"ids": ids, "classifier": classifier})
        return [
            Said(
                one.query,
                one.label,
                one.probability,
                one.unlike,
                tuple((likely.label, likely.probability) for likely in one.top),
            )
            for one in found
        ]

    def duplicates(
        self, level: str = "same", *, kept: bool = False, on_progress: OnProgress | None = None
    ) -> list[Copies]:
        """Shapes that are there more than once, in groups, of which the first is what the others are compared with.

        Pairs that somebody has told apart come last, each as a group of its own.

        Parameters
        ----------
        level : `exact`, the same content; `same`, the same surface; `variant`, also with small changes; see
            `index.duplicates`
        kept : take what was found the last time, if anything was, rather than look again

        Errors: BadInput for another level; InrstoreError if the server's job fails or is cancelled.
        """
        found = self._copies(level) if kept else None
        if found is None:
            job = self.transport.post("/duplicates", replies.Begun, {"level": level}).job
            self.wait(job, on_progress)
            found = self._copies(level)
        return found or []

    def _copies(self, level: str) -> list[Copies] | None:
        """None if nobody has looked yet."""
        return self.transport.get("/duplicates", replies.Groups, {"level": level}).copies()


def _pictures(given: Picture | Sequence[Picture]) -> list[Picture]:
    return [given] if isinstance(given, (str, os.PathLike, bytes)) else list(given)


def _sent(picture: Picture) -> tuple[str, bytes]:
    """A picture's name and bytes. Errors: BadInput."""
    if isinstance(picture, bytes):
        return "picture", picture
    with opened(picture) as file:
        return Path(picture).name, file.read()
