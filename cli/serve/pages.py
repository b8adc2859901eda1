"""The pages, which are one page whose script reads the address, and the files that it is made of."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, StringConstraints
from starlette.staticfiles import StaticFiles

from .gallery import Here
from .guard import COOKIE, same
from .problems import Problem

STATIC = Path(str(files("cli.serve") / "static"))
PAGES = ("/", "/shapes/{id}", "/compare", "/map", "/review")
router = APIRouter(include_in_schema=False)
login_router = APIRouter(tags=["server"])
DAYS = 30


class Token(BaseModel):
    token: Annotated[str, StringConstraints(max_length=1_000)]


def page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


for address in PAGES:
    router.add_api_route(address, page, methods=["GET"], response_class=FileResponse)


@login_router.post("/login")
def login(gallery: Here, asked: Token) -> Response:
    """Keep the token in a cookie of this site alone, for browsers."""
    token = gallery.settings.token
    if token and not same(asked.token, token):
        raise Problem(401, "token-wrong", "that is not the token that the server was started with")
    answer = JSONResponse({"status": "ok"})
    if token:
        answer.set_cookie(COOKIE, token, DAYS * 86_400, httponly=True, samesite="strict", path="/")
    return answer


def static() -> StaticFiles:
    return StaticFiles(directory=STATIC)
