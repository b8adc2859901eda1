"""The pages, which are one page whose script reads the address, and the files that it is made of."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, StringConstraints
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from .gallery import Here
from .guard import COOKIE, same
from .problems import Problem
from .replies import ROOT

STATIC = Path(str(files("cli.serve") / "static"))
PAGES = ("/", "/shapes/{id}", "/compare", "/map", "/review")
router = APIRouter(include_in_schema=False)
login_router = APIRouter(tags=["server"])
DAYS = 30
FIRST = f"{ROOT}/shapes?order=key&limit=100&offset=0"
"""What the gallery asks for first, to the letter."""
FOR_EVER = "public, max-age=31536000, immutable"


class Token(BaseModel):
    token: Annotated[str, StringConstraints(max_length=1_000)]


def page(request: Request) -> HTMLResponse:
    headers = {"Cache-Control": "no-cache"}
    if request.url.path == "/" and not request.url.query:  # most begin here, and what they are shown is known
        headers["Link"] = f"<{FIRST}>; rel=preload; as=fetch; crossorigin=anonymous"
    return HTMLResponse(_document(), headers=headers)


for address in PAGES:
    router.add_api_route(address, page, methods=["GET"], response_class=HTMLResponse)


@cache
def _document() -> str:
    """The page, which names its files below the stamp."""
    return (STATIC / "index.html").read_text(encoding="utf-8").replace('"/static/', f'"/static/{_stamp()}/')


@cache
def _stamp() -> str:
    """Changes with any of the files."""
    found = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


class Files(StaticFiles):
    """Files below a stamp, of which browsers need not ask again; below that of another version they are as they are."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        stamp, _, rest = path.replace(os.sep, "/").partition("/")
        stamped = re.fullmatch(r"[0-9a-f]{12}", stamp) is not None
        answer = await super().get_response(rest if stamped else path, scope)
        if answer.status_code < 400:
            answer.headers["Cache-Control"] = FOR_EVER if stamp == _stamp() else "no-cache"
        return answer


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
    return Files(directory=STATIC)
