"""What a network loses is asked for again, a few times and ever later; what it refuses is not."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from inrstore.errors import BadInput, InrstoreError

T = TypeVar("T")

TRIES = 5
"""On top of pyarrow's own, which asks a server that fails again for six seconds, in even steps."""
FIRST, MOST = 0.25, 20.0
"""Seconds before the second try, which double from try to try; and after which no further try is begun."""
_REFUSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|INVALID_SIGNATURE|UNRECOGNIZED_CLIENT|EXPIRED_TOKEN"
    r"|INVALID_CLIENT_TOKEN|MISSING_AUTHENTICATION|INVALID_TOKEN|HTTP status 40[13]|PERMISSION_DENIED|UNAUTHENTICATED"
    r"|[Pp]ermission denied|[Ff]orbidden|[Cc]redentials"
)
_MISSING = re.compile(r"NO_SUCH_BUCKET|NO_SUCH_KEY|RESOURCE_NOT_FOUND|HTTP status 404|NOT_FOUND")
_NOISE = re.compile(r" \((Request ID|HTTP status): [^)]*\)|^When [^:]*: ")


class Unreachable(InrstoreError, ConnectionError):
    """A bucket that does not answer, or only with errors of its own, although it was asked several times."""


def retried(ask: Callable[[], T], name: str, sleep: Callable[[float], None] = time.sleep) -> T:
    """What `ask` returns at last; `name` is what it asks for.

    Raises
    ------
    BadInput
        If it is not there, or may not be read; nothing would change that.
    Unreachable
        If it could not be had in so many tries.
    """
    began, pause = time.monotonic(), FIRST
    for number in range(1, TRIES + 1):
        try:
            return ask()
        except OSError as error:
            if (reason := permanent(error)) is not None:
                raise BadInput(reason) from error
            if number == TRIES or time.monotonic() - began > MOST:
                raise Unreachable(
                    f"it could not be fetched in {number} tries ({_short(error)}); check the network and the endpoint, "
                    "then run the same command again"
                ) from error
        sleep(pause * random.uniform(0.5, 1.5))  # so that those who failed together do not come back together
        pause *= 2
    raise AssertionError(f"{name}: no try was made")


def permanent(error: OSError) -> str | None:
    """Why an error would come again, and what to do; None if it need not."""
    text = str(error)
    if "NO_SUCH_BUCKET" in text:
        return "there is no such bucket; check its name, and the endpoint (AWS_ENDPOINT_URL)"
    if isinstance(error, FileNotFoundError) or _MISSING.search(text):
        return "no such object; check the address, and end that of a prefix with /"
    if isinstance(error, PermissionError) or _REFUSED.search(text):
        return (
            f"no permission to read it ({_short(error)}); check the credentials in the environment "
            "(AWS_ACCESS_KEY_ID, AWS_PROFILE or GOOGLE_APPLICATION_CREDENTIALS) and what they allow"
        )
    return None


def _short(error: OSError) -> str:
    return _NOISE.sub("", " ".join(str(error).split()))[:200]
