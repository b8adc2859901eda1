"""The route that finds what looks like a picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, Response, UploadFile
from starlette.datastructures import UploadFile as Received

import index
from inrstore.errors import BadInput
from inrstore.pictures.intake.reading import LARGEST

from .browse import Where
from .finding import K
from .gallery import Gallery, Here
from .problems import Problem
from .replies import Seen, answers, said
from .uploads import shown

router = APIRouter(tags=["search"])
MOST = 8
"""Pictures of one thing."""
Skip = Annotated[int, Query(ge=0, le=10_000, description="Leave out so many of the best")]
Threshold = Annotated[float | None, Query(ge=-1e6, le=1e6, description="Only hits of this score or more")]


@router.post("/picture", response_model=Seen)
def picture(
    gallery: Here,
    file: Annotated[list[UploadFile], File(description=f"A picture, or up to {MOST} of one thing")],
    mask: Annotated[UploadFile | None, File(description="A picture that is bright where the object is")] = None,
    k: K = 24,
    skip: Skip = 0,
    threshold: Threshold = None,
    box: Annotated[
        str | None, Query(pattern=r"^\d{1,6}(,\d{1,6}){3}$", description="x0,y0,x1,y1: what is looked at, in pixels")
    ] = None,
    by: Annotated[
        Literal["views", "shape"] | None, Query(description="What is compared; by default views, if the store has some")
    ] = None,
    where: Where = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """The shapes that look most like what is in a picture, which is not stored."""
    gallery.store.count(where)  # what is wrong with a condition is no fault of the picture
    if by == "views" and gallery.store.beside(by) is None:
        raise Problem(422, "no-views", "the store has no views of its shapes; make them: 'inrstore encode --views'")
    if len(file) > MOST:
        raise Problem(422, "too-many", f"{len(file)} pictures; send {MOST} at most")
    names = [shown(one.filename) for one in file]
    pictures = [content(gallery, one) for one in file]
    over = None if mask is None else content(gallery, mask)
    edges: Any = None if box is None else tuple(map(int, box.split(",")))
    how: dict[str, Any] = {"k": k, "skip": skip, "threshold": threshold, "by": by, "where": where or None}
    with gallery.gate.entered():
        try:
            name = names[0] if len(names) == 1 else "picture"
            found = index.search_image(gallery.store, pictures, mask=over, box=edges, name=name, **how)
        except BadInput as error:
            raise Problem(422, "unreadable", str(error)) from error
    query, notes = ", ".join(names), list(found.notes)
    seen = Seen(query=query, by=found.by, kind=found.kind, notes=notes, sentences=found.said(), hits=answers(found))
    return said(seen)


def content(gallery: Gallery, file: Received) -> bytes:
    """The bytes of a picture. Errors: Problem 413, 422."""
    most = min(gallery.settings.upload_bytes, LARGEST)
    content = file.file.read(most + 1)
    if len(content) > most:
        reason = f"the picture has more than {most:,} bytes; make it smaller"
        raise Problem(413, "too-large", f"{shown(file.filename)}: {reason}")
    if not content:
        raise Problem(422, "empty", f"{shown(file.filename)}: the file is empty; send another")
    return content
