"""Problems (RFC 9457) that a server answers with, as the exceptions that the library itself raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from inrstore import errors
from inrstore.errors import BadInput, InrstoreError, NotAllowed, ServerNotFound

PREFIX = "urn:inrstore:"
MEDIA = "application/problem+json"


def _name(kind: type[InrstoreError]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


BY_NAME: Mapping[str, type[InrstoreError]] = {
    _name(kind): kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, InrstoreError) and kind is not ServerNotFound
}
"""Errors by what a server calls them: shape-not-found for ShapeNotFound."""
BY_STATUS: Mapping[int, type[InrstoreError]] = {
    401: NotAllowed,
    403: NotAllowed,
    400: BadInput,
    413: BadInput,
    415: BadInput,
    422: BadInput,
}
"""Errors of what only a server refuses, such as a file that is too large."""


class Gone(InrstoreError, LookupError):
    """What is no shape is not there, or not any more: a job, a change to take back, what a search has found."""


def problem(status: int, media: str, content: bytes) -> InrstoreError:
    """What an answer of status 400 or more says. What is no problem comes from no `inrstore serve`."""
    said: dict[str, object] = {}
    if media.partition(";")[0].strip() == MEDIA:
        with suppress(msgspec.MsgspecError):
            said = msgspec.json.decode(content, type=dict[str, object])
    kind, detail = str(said.get("type", "")), str(said.get("detail", ""))
    if not kind.startswith(PREFIX):
        return BY_STATUS.get(status, ServerNotFound)(
            f"the answer was HTTP {status}, which does not come from 'inrstore serve'; check the address"
        )
    if status == 401:
        return NotAllowed("the server wants its token, and this one is not it: connect(url, token=...)")
    other = Gone if status == 404 else BY_STATUS.get(status, InrstoreError)
    found = BY_NAME.get(kind.removeprefix(PREFIX), other)
    return found(detail or kind)
