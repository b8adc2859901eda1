"""Errors as RFC 9457 says: a type, a title, the status, and a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from inrstore import errors
from inrstore.errors import InrstoreError

MEDIA = "application/problem+json"
STATUS: Mapping[type[Exception], int] = {
    errors.ShapeNotFound: 404,
    errors.AmbiguousShape: 409,
    errors.ModelNotFound: 409,
    errors.NoEncoder: 409,
    errors.ModelMismatch: 409,
    errors.EmptySurface: 422,
    errors.BadInput: 400,
    errors.StorageFull: 507,
    errors.MissingDependency: 501,
    errors.CorruptShard: 500,
    errors.StoreNotFound: 503,
}
"""Of the first of these that an error is."""
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem (RFC 9457), which says what to do",
        "content": {
            MEDIA: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                    "required": ["type", "title", "status", "detail"],
                },
                "example": {
                    "type": "urn:inrstore:shape-not-found",
                    "title": "Shape not found",
                    "status": 404,
                    "detail": "no shape has the id ab12",
                },
            }
        },
    }
}


class Problem(Exception):
    """What a request is refused with."""

    def __init__(self, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail, self.headers = status, name, detail, dict(headers or {})

    def body(self) -> dict[str, object]:
        title = self.name.replace("-", " ").capitalize()
        return {"type": f"urn:inrstore:{self.name}", "title": title, "status": self.status, "detail": self.detail}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status, self.headers, media_type=MEDIA)


def of_error(error: InrstoreError) -> Problem:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return Problem(status, name, str(error))


def of_unexpected(error: Exception) -> Problem:
    """Says no more than what kind of error it is: what nobody expected may hold anything."""
    return Problem(500, "unexpected", f"an unexpected {type(error).__name__}; the server's log says more")


def install(app: FastAPI) -> None:
    """Every error of this app becomes a problem; one that nobody expected says no more than that."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return error.response()

    async def known(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, InrstoreError)
        return of_error(error).response()

    async def wrong(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        found = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:5])
        return Problem(422, "bad-request", found or "the request is not as it must be").response()

    async def plain(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        name = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
        return Problem(error.status_code, name, str(error.detail), error.headers).response()

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        return of_unexpected(error).response()

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(InrstoreError, known)
    app.add_exception_handler(RequestValidationError, wrong)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unexpected)
