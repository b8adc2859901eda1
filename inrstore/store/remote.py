"""What remote file systems say, as sentences that tell what to do; and addresses that hold no secret."""

from __future__ import annotations

import re

from inrstore.errors import BadInput

CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws/credentials, or the role of the machine"
SECRET = re.compile(r"secret|passw|token|access_?key|account_?key|sig\b|sas\b", re.IGNORECASE)
GONE = re.compile(
    r"AWS Error (NO_SUCH_KEY|RESOURCE_NOT_FOUND)|HTTP status 404\) during GetObject|BlobNotFound", re.IGNORECASE
)
SPEAKS = re.compile(r"AWS Error|curlCode|Azure|google::cloud|HTTP status", re.IGNORECASE)
"""Errors of the service, not of what a file holds."""
SENTENCES = (
    (
        r"INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN|UNRECOGNIZED_CLIENT|EXPIRED|InvalidToken"
        r"|MISSING_AUTHENTICATION|INVALID_SIGNATURE|No credentials|UNAUTHENTICATED|HTTP status 401",
        f"does not know the credentials; check {CREDENTIALS}",
    ),
    (
        r"ACCESS_DENIED|PERMISSION_DENIED|FORBIDDEN|HTTP status 403|AuthorizationFailure",
        f"denies access; check {CREDENTIALS}, and what they may do: list, read, write and delete objects",
    ),
    (r"NO_SUCH_BUCKET|ContainerNotFound", "has no such bucket; make it first, or check its name and the endpoint"),
    (
        r"NETWORK_CONNECTION|curlCode|TIMEOUT|UNAVAILABLE: .*connect",
        "does not answer; check the network and the endpoint (AWS_ENDPOINT_URL), then repeat",
    ),
    (r"SLOW_DOWN|THROTTL|SERVICE_UNAVAILABLE|INTERNAL_FAILURE|HTTP status 5", "is overloaded; repeat later"),
    (r"PERMANENT_REDIRECT|HTTP status 30", "lies in another region; set AWS_REGION to the bucket's"),
)


def check_address(url: str) -> None:
    """Errors: BadInput, which does not repeat the URL, if there is a user with a password, or a key, in it."""
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0]
    where = f"the environment: {CREDENTIALS}" if scheme == "s3" else "the environment, as its provider says"
    named = "@" in authority and scheme == "s3"  # only a key can stand there
    if named or (":" in authority and "@" in rest):  # a secret may have a / in it
        raise BadInput(f"store {scheme}://…: an address must not hold credentials; give them by {where}")
    if SECRET.search(rest.partition("?")[2]):
        raise BadInput(f"store {scheme}://…: an address must not hold secrets; give them by {where}")


def is_gone(error: OSError) -> bool:
    """Whether the file was deleted, perhaps between opening and reading it."""
    return isinstance(error, FileNotFoundError) or bool(GONE.search(str(error)))


def is_of_service(error: OSError) -> bool:
    """Whether the service refused or did not answer; else the error is of what the file holds."""
    return bool(SPEAKS.search(str(error)))


def sentence(error: OSError, url: str) -> str:
    """What went wrong with the file system of a store, and what to do."""
    text = " ".join(str(error).split())
    for pattern, what in SENTENCES:
        if re.search(pattern, text, re.IGNORECASE):
            return f"{url} {what} ({text:.300})"
    return f"{url} failed: {text:.300}"
