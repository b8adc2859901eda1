"""The route to the map: where shapes lie in the plane, laid out by a job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from inrstore.files import write_atomically
from inrstore.progress import OnProgress, tell

from .gallery import Gallery, Here
from .jobs import Do
from .work import Begun, begun, jobs

router = APIRouter(tags=["map"])
KIND = "map"


class Map(BaseModel):
    places: list[tuple[float, float]] = Field(description="In the unit square; what is alike lies near")
    ids: list[str]
    labels: list[str]
    label: list[int] = Field(description="Places in labels, -1 for none")


@router.get("/map", response_model=Map, responses={202: {"model": Begun, "description": "It is being laid out"}})
def places(gallery: Here, request: Request) -> Response:
    """Where shapes lie in the plane. The first request after embeddings changed begins a job, and is told so."""
    generation, path = gallery.store.generation(), _path(gallery)
    kept = json.loads(path.read_bytes()) if path.exists() else None
    if kept is None or kept["generation"] != generation:
        job = begun(jobs(request), KIND, {"generation": generation})
        return JSONResponse({"job": job.id}, 202)
    ids, named = gallery.store.ids(), gallery.store.values("label")
    labels = sorted(set(named.values()))
    number = {label: place for place, label in enumerate(labels)}
    there = [(key, place) for key, place in zip(kept["keys"], kept["places"], strict=True) if key in ids]
    return JSONResponse(
        {
            "places": [place for _, place in there],
            "ids": [ids[key] for key, _ in there],
            "labels": labels,
            "label": [number[named[key]] if key in named else -1 for key, _ in there],
        }
    )


def laying_out(gallery: Gallery) -> Do:
    """Lays the map out, and writes it down."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        from inrstore.map.places import places as laid_out

        tell(on_progress, "once, up to three minutes for 100,000")
        generation = gallery.store.generation()
        keys, rows = gallery.store.embeddings()
        at = np.round(laid_out(rows).astype(float), 5).tolist()
        found = {"generation": generation, "keys": keys.tolist(), "places": at}
        write_atomically(_path(gallery), json.dumps(found).encode())
        return {"shapes": len(keys)}

    return do


def _path(gallery: Gallery) -> Path:
    return gallery.work / "map.json"
