"""Routes to long work: files to store, and jobs to follow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel, Field

from ingest import ingest
from inrstore.errors import BadInput
from inrstore.progress import OnProgress

from .gallery import Gallery, Here, Writing
from .jobs import Do, Job, Jobs
from .streams import EVENTS, Sent
from .uploads import kept_as

router = APIRouter(tags=["jobs"])
KIND = "ingest"
State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Told(BaseModel):
    """A job, as it is now."""

    id: str
    kind: str
    state: State
    stage: str
    done: int
    total: int | None
    message: str = Field(description="Of a failed one, why")
    result: Any = Field(description="Of one that is done; in the list of all null where it is long")
    created: str


class Begun(BaseModel):
    job: str = Field(description="See GET /jobs/…")


@router.post("/shapes", status_code=202)
def store(
    gallery: Writing, request: Request, file: UploadFile, label: Annotated[str | None, Form(max_length=200)] = None
) -> Begun:
    """Store what a file holds; the file is kept beside the store."""
    path = kept_as(gallery, file)
    return Begun(job=jobs(request).add(KIND, {"file": str(path), "label": label or None}).id)


@router.get("/jobs")
def all_jobs(request: Request) -> list[Told]:
    """Jobs, the latest first."""
    return [Told(**job.to_dict()) for job in jobs(request).all()]


@router.get("/jobs/{id}")
def job(request: Request, id: str) -> Told:
    """How far a job is."""
    found = jobs(request)
    return Told(**found.whole(found.get(id)).to_dict())


@router.delete("/jobs/{id}")
def cancel(gallery: Here, request: Request, id: str) -> Told:
    """Cancel a job; what it has stored stays."""
    return Told(**jobs(request).cancel(id).to_dict())


@router.get("/jobs/{id}/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
def events(gallery: Here, request: Request, id: str) -> Sent:
    """A job whenever it changes, as server-sent events, until it has ended."""
    jobs(request).get(id)
    gallery.followers.come()  # refused before anything is answered

    def lines() -> Iterator[str]:
        known = jobs(request)
        for found in known.follow(id):
            yield ": still there\n\n" if found is None else f"data: {json.dumps(known.whole(found).to_dict())}\n\n"

    return Sent(lines(), EVENTS, gallery.followers.go, {"Cache-Control": "no-cache"})


def ingesting(gallery: Gallery) -> Do:
    """Stores a file."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        path = Path(asked["file"])
        found = ingest(gallery.store, [path], jobs=1, on_progress=on_progress)
        if found.failures:
            raise BadInput(found.failures[0].reason)
        keys = list(gallery.store.find([str(path)]).values())
        if asked["label"] and keys:
            gallery.store.label(keys, asked["label"])
        return {"shapes": [shape.id for shape in gallery.store.shapes_by_key(keys).values()]}

    return do


def begun(jobs: Jobs, kind: str, asked: Mapping[str, Any]) -> Job:
    """A job, or the one that was asked for the same and is under way."""
    return jobs.under_way(kind, dict(asked)) or jobs.add(kind, asked)


def jobs(request: Request) -> Jobs:
    found = request.app.state.jobs
    assert isinstance(found, Jobs)
    return found
