"""Routes that only read the catalogue: what there is, and what is known of it."""

from __future__ import annotations

import io
import os
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray
from PIL import Image

import inrstore
from ingest.files.geometry import MAX_FACES
from inrstore.errors import BadInput, EmptySurface
from inrstore.pictures.stored import decoded_picture
from inrstore.store.shapes import PAGE
from inrstore.surface.export import FORMATS
from inrstore.tasks.crossmodal.found import comes_with

from .asking import Words, question, ranked
from .gallery import Gallery, Here
from .kept import Content, answer
from .replies import (
    Details,
    Listed,
    Network,
    Page,
    PartOf,
    Place,
    Record,
    Records,
    StoreFacts,
    Understanding,
    Upload,
    said,
)

router = APIRouter(tags=["shapes"])
MOST = 500
NAMES = 500
"""Labels and tags that a page is told of."""
TOGETHER = 32
"""Pictures that are read at once; one of them alone takes nearly as long."""
Where = Annotated[
    list[str], Query(max_length=20, description="Conditions that all hold, as of `inrstore list --where`: label=chair")
]
Order = Literal["key", "name", "label", "created", "error", "-key", "-name", "-label", "-created", "-error"]
BEST = "best"


def conditions(gallery: Gallery, q: str, where: list[str]) -> list[str]:
    return question(gallery, q).conditions(where) if q.strip() else where


@router.get("/store")
def store(gallery: Here) -> StoreFacts:
    """What is served."""
    return gallery.known.get("store", lambda: _facts(gallery))


def _facts(gallery: Gallery) -> StoreFacts:
    store, settings = gallery.store, gallery.settings
    every = store.heads()
    heads = [head for head in every if head.encoder == store.encoder_id]
    return StoreFacts(
        name=os.path.basename(store.url.rstrip("/")) or store.url,
        id=store.id,
        shapes=store.count(),
        read_only=settings.read_only,
        version=inrstore.__version__,
        searchable=store.encoder_id is not None,
        decoder=any(head.kind == "decoder" for head in every),
        labels=[name for name in store.facets("label", most=NAMES) if name is not None],
        tags=store.tag_names()[:NAMES],
        classifiers=sorted({head.name for head in heads if head.kind == "classifier"}),
        words=any(head.kind == "text" for head in heads) or comes_with(store, "text"),
        pictures=any(head.kind == "image" for head in heads)
        or comes_with(store, "image")
        or store.beside("views") is not None,
        segmenters=sorted({head.name for head in heads if head.kind == "segmenter"}),
        formats=list(FORMATS),
        upload=Upload(bytes=settings.upload_bytes, faces=MAX_FACES),
    )


@router.get("/shapes", response_model=Page)
def shapes(
    gallery: Here,
    q: Words = "",
    where: Where = [],  # noqa: B006 - FastAPI copies it
    order: Order | Literal["best"] = "key",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Shapes that fulfil all conditions, so many from a place on; `best` puts first what the words describe best."""
    asked = question(gallery, q) if q.strip() else None
    which = asked.conditions(where) if asked else where
    if order == BEST and asked and asked.words:
        found = gallery.met(lambda: ranked(gallery, asked, where, limit, offset))
    else:
        found = gallery.listed(which, limit, offset, "key" if order == BEST else order)
    total = gallery.known.get(("count", *which), lambda: gallery.store.count(which))
    understood = Understanding.of(asked.understood) if asked else None
    tiles = [
        Listed.of(shape, why=asked.why(shape, offset + place) if asked else []) for place, shape in enumerate(found)
    ]
    return said(Page(total=total, offset=offset, shapes=tiles, understood=understood))


@router.get("/records", response_model=Records)
def records(
    gallery: Here,
    q: Words = "",
    where: Where = [],  # noqa: B006
    order: Order = "key",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    after: Annotated[
        int | None, Query(ge=0, lt=2**63, description="By key, from the next one on; without order and offset")
    ] = None,
) -> Response:
    """As GET /shapes, with all that is known of each; for programs."""
    which = conditions(gallery, q, where)
    if after is None:
        found = gallery.store.shapes(which, limit=limit, offset=offset, order=order)
    elif order != "key" or offset:
        raise BadInput("after: goes by key; leave out order and offset")
    else:
        found = list(islice(gallery.store.iter_shapes(which, after=after), limit))
    return said(Records(shapes=[Record.of(shape) for shape in found]))


@router.get("/shapes/{id}")
def shape(gallery: Here, id: str) -> Details:
    """All that is known of a shape."""
    found = gallery.shape(id)
    places = [
        Place(
            path=one.path,
            sha256=one.sha256,
            bytes=one.bytes,
            part=None if one.part is None else PartOf(**asdict(one.part)),
            object=one.part.name if one.part else None,
            there=_there(_file(one)),
        )
        for one in gallery.store.sources(found)
    ]
    networks = [Network(**asdict(one)) for one in gallery.store.inrs(found)]
    details: Details = Details.of(found, sources=places, networks=networks)
    return details


@router.get("/shapes/{id}/thumbnail", response_class=Response, responses={200: {"content": {"image/webp": {}}}})
def thumbnail(gallery: Here, request: Request, id: str) -> Response:
    """A picture of the source, or where none is kept, of what the network has; WebP of 256 pixels."""
    key = gallery.key(id)
    content = gallery.pictures.get(key, lambda: _picture(gallery, key))
    return answer(request, content, seconds=300)


def _picture(gallery: Gallery, key: int) -> Content:
    """The kept picture, read together with the next ones, which a list asks for as well; else one that is drawn."""
    with gallery.reading:
        if (there := gallery.pictures.peek(key)) is not None:
            return there
        kept = {at: Content(data, "image/webp") for at, data in gallery.store.thumbnails(_from(key)).items()}
        for at, content in kept.items():
            gallery.pictures.keep(at, content)
    return kept[key] if key in kept else _drawn(gallery, key)


def _from(key: int) -> NDArray[np.int64]:
    return np.arange(key, key + TOGETHER)


def _drawn(gallery: Gallery, key: int) -> Content:
    with gallery.gate.entered():
        try:
            drawn = decoded_picture(gallery.store, key, 256)
        except EmptySurface:
            drawn = np.full((256, 256, 3), 235, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(drawn).save(buffer, "WEBP", quality=70)
    return Content(buffer.getvalue(), "image/webp")


def _there(path: str) -> bool:
    """Whether a source's file is there; a bucket is not asked for that."""
    from ingest.discover import file_of
    from ingest.sources.address import is_uri

    return is_uri(path) or os.path.isfile(file_of(path))


def _file(source: Any) -> str:
    return str(source.part.file if source.part else source.path)
