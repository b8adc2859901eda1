"""Routes that find what is alike: neighbours of a stored shape, and of a file that is sent."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, UploadFile

import index
from index.queries import vectors_of
from index.results import Result
from inrstore.errors import BadInput
from inrstore.progress import OnProgress, tell
from inrstore.queries import Reading, file_encoder
from inrstore.records import NewShape
from inrstore.surface.export import shape_inr
from inrstore.surface.extraction import extract_mesh, inr_field

from .browse import Where
from .gallery import Gallery, Here
from .kept import Content, answer
from .meshes import MEDIA, glb
from .problems import Problem
from .replies import ROOT, Asked, Found, Neighbour, Neighbours, Tile, said
from .streams import EVENTS, Sent, told
from .surfaces import GLB, Resolution
from .uploads import forgotten, received, said_of

router = APIRouter(tags=["search"])
KEPT = 50
"""Files that asked, of which the surface can be seen."""
TOLD = """data: {"stage": "fitting", "done": 120, "total": 400}

event: result
data: {"query": ..., "hits": ..., "seconds": 0.8}

"""
K = Annotated[int, Query(ge=1, le=200, description="Neighbours")]
Pose = Literal["none", "up", "free"]


@router.get("/shapes/{id}/neighbours", response_model=Neighbours)
def neighbours(gallery: Here, id: str, k: K = 24, pose: Pose = "up", where: Where = []) -> Response:  # noqa: B006
    """The shapes that are most like a stored one, best first."""
    shape = gallery.shape(id)

    def searched() -> list[Neighbour]:
        with gallery.gate.entered():
            (found,) = index.search(gallery.store, shape, k=k, pose=pose, where=where or None)
        return _hits(found)

    asked = ("neighbours", shape.id, k, pose, *where)  # asked for again whenever somebody comes back to a page
    return said(Neighbours(query=Tile.of(shape), hits=gallery.known.get(asked, searched)))


@router.post(
    "/search",
    response_model=Found,
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}, "example": TOLD}}}},
)
def search(
    gallery: Here,
    request: Request,
    file: UploadFile,
    k: K = 24,
    pose: Pose = "up",
    up: Literal["y", "z"] = "y",
    where: Where = [],  # noqa: B006
) -> Found | Sent:
    """The shapes that are most like a file, which is read and fitted by processes of their own, and not stored.

    Who accepts `text/event-stream` is told how far that is: `data:` one Step each, then `event: result` with what is
    answered otherwise, or `event: problem`.
    """
    if where:
        gallery.store.count(where)  # what is wrong with a condition is no fault of the file
    path = _let_in(gallery, file)
    how = {"k": k, "pose": pose, "up": up, "where": where or None}

    def find(on_progress: OnProgress | None = None) -> Found:
        started = time.perf_counter()
        try:
            found = _nearest(gallery, path, how, on_progress)
        except BaseException as error:
            forgotten(path)
            if isinstance(error, BadInput):
                raise Problem(422, "unreadable", said_of(path, file.filename, error)) from error
            raise
        finally:
            gallery.gate.go()
        name = queries(request).add(path, up)
        asked = Asked(name=(file.filename or "")[:200], stored=found.id, surface=f"{ROOT}/queries/{name}/surface")
        return Found(query=asked, hits=_hits(found), seconds=time.perf_counter() - started)

    return told(find) if EVENTS in request.headers.get("accept", "") else find()


def _let_in(gallery: Gallery, file: UploadFile) -> Path:
    """A file, before anything is answered; `gate.go` once it is done with. Errors: Problem, also 429."""
    path = received(gallery, file)
    try:
        gallery.gate.come()
    except Problem:
        forgotten(path)
        raise
    return path


def _nearest(gallery: Gallery, path: Path, how: dict[str, Any], on_progress: OnProgress | None) -> Result:
    """Once it is its turn; each progress that is told may end it, as nobody may wait any more."""
    if path.suffix == ".npy":
        vectors = vectors_of(str(path), gallery.store.encoder().dim)
        if vectors is not None and vectors.ndim == 2 and len(vectors) != 1:
            raise BadInput(f"{path}: it holds {len(vectors):,} vectors; send them one by one")
    tell(on_progress, "waiting")
    with gallery.gate.room:
        tell(on_progress, "preparing")  # the index is brought up to date, and processes are started
        how = {**how, "timeout": gallery.settings.file_seconds, "on_progress": on_progress}
        (found,) = index.search(gallery.store, str(path), **how)
    return found


@router.get("/queries/{name}/surface", response_class=Response, responses=GLB)
def surface(gallery: Here, request: Request, name: str, resolution: Resolution = 64) -> Response:
    """The surface of a file that asked, as it was fitted."""
    path, up = queries(request).get(name)

    def make() -> Content:
        with gallery.gate.entered():
            how: Reading = {"up": up, "timeout": gallery.settings.file_seconds}
            (shape,) = file_encoder(gallery.store).shapes(gallery.store, [str(path)], **how)
            if not isinstance(shape, NewShape):
                raise Problem(422, "unreadable", shape.reason)
            inr = shape_inr(gallery.store, shape)
            return Content(
                glb({"query": extract_mesh(inr_field(inr.siren, inr.weights), inr.field, resolution)}), MEDIA
            )

    return answer(request, gallery.surfaces.get(("query", name, resolution), make), 300)


def _hits(found: Result) -> list[Neighbour]:
    return [
        Neighbour.of(hit.shape, rank=hit.rank, score=hit.score, pose=None if hit.pose is None else str(hit.pose))
        for hit in found.hits
        if hit.shape
    ]


@dataclass(frozen=True)
class _Query:
    path: Path
    up: str


class Queries:
    """Files that asked, the latest ones, by names that nobody guesses."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._of: OrderedDict[str, _Query] = OrderedDict()

    def add(self, path: Path, up: str) -> str:
        name = secrets.token_urlsafe(16)
        with self._guard:
            self._of[name] = _Query(path, up)
            gone = [self._of.popitem(last=False)[1] for _ in range(len(self._of) - KEPT)]
        for one in gone:
            forgotten(one.path)
        return name

    def get(self, name: str) -> tuple[Path, str]:
        """Errors: Problem 404."""
        with self._guard:
            found = self._of.get(name)
        if found is None:
            raise Problem(404, "query-gone", "that file is not kept any more; send it again")
        return found.path, found.up


def queries(request: Request) -> Queries:
    found = request.app.state.queries
    assert isinstance(found, Queries)
    return found
