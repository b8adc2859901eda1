"""The application: routes, what stands before them, and what it starts with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from fastapi.middleware.gzip import GZipMiddleware
from prometheus_client import CollectorRegistry

import inrstore

from . import (
    asking,
    between,
    browse,
    composing,
    edits,
    examples,
    exports,
    facets,
    finding,
    learning,
    making,
    naming,
    pages,
    places,
    review,
    seeing,
    surfaces,
    work,
)
from .edits import Changes
from .exports import Archives
from .finding import Queries
from .gallery import Gallery
from .guard import Guard
from .jobs import Jobs
from .measured import Measured, exposition
from .problems import DOCUMENTED, install
from .replies import ROOT
from .settings import Settings

PARTS = (
    browse,
    asking,
    examples,
    facets,
    surfaces,
    exports,
    between,
    finding,
    seeing,
    composing,
    edits,
    naming,
    learning,
    making,
    review,
    places,
    work,
)
ABOUT = """A store of shapes, each of which is a small neural network: browse, search, edit, decode.

What changes things needs the header `X-Inrstore: 1`. Where a token is demanded, it goes into
`Authorization: Bearer TOKEN`. Errors are problems (RFC 9457), whose `detail` says what to do.
"""


def make_app(settings: Settings, warm: bool = True) -> FastAPI:
    """The application that serves a store. Errors: StoreNotFound, StoreFormatError."""
    gallery, registry = Gallery(settings), CollectorRegistry()
    kinds = {
        "ingest": work.ingesting(gallery),
        review.KIND: review.looking(gallery),
        places.KIND: places.laying_out(gallery),
        learning.TRAINING: learning.training(gallery),
        learning.CLASSIFYING: learning.classifying(gallery),
        making.GENERATION: making.generating(gallery),
        making.TRANSFER: making.transferring(gallery),
        making.VERIFYING: making.verifying(gallery),
    }

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if warm:
            gallery.warm()
        app.state.jobs = Jobs(gallery.work / "jobs", kinds)
        yield
        app.state.jobs.close()
        gallery.close()

    app = FastAPI(
        title="inrstore",
        description=ABOUT,
        version=inrstore.__version__,
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=None,  # FastAPI's pages fetch their scripts from elsewhere
        redoc_url=None,
        lifespan=life,
        responses=DOCUMENTED,
    )
    app.state.gallery, app.state.queries, app.state.changes = gallery, Queries(), Changes()
    app.state.archives = Archives()
    for part in PARTS:
        app.include_router(part.router, prefix=ROOT)
    app.include_router(pages.login_router, prefix=ROOT)

    @app.get("/healthz", tags=["server"])
    def healthz() -> dict[str, str]:
        """Whether the store answers."""
        gallery.store.generation()
        return {"status": "ok"}

    @app.get("/metrics", tags=["server"], response_class=Response)
    def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(exposition(registry), media_type="text/plain; version=0.0.4")

    app.include_router(pages.router)
    app.mount("/static", pages.static(), name="static")
    install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=1)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Measured, registry=registry)
    return app
