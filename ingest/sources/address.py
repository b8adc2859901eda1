"""What a path or URI names, and what is kept of it.

The source of an object in a bucket is ``s3://bucket/key``, with the key as it is (not percent-encoded), as in the
bucket's own tools. Options of the URI that was given (``?endpoint_override=…``) are not part of it: they say how to get
there today, and are needed again, by a URI with them or by AWS_ENDPOINT_URL, wherever the object is read once more.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import unquote

from inrstore.errors import BadInput

BUCKETS = {"s3": "s3", "gs": "gs", "gcs": "gs"}
"""Schemes that are read, and as which."""
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_OPTIONS = re.compile(r"\?((?:[a-z_]+=[^&?]*)(?:&[a-z_]+=[^&?]*)*)$")
ANONYMOUS = "anonymous"
"""As the user in a URI of Google's: no credentials are looked for."""


@dataclass(frozen=True)
class Address:
    """A file or folder to read."""

    path: str
    """Absolute, or the source's URI."""
    via: str = ""
    """The URI that opens its bucket; nothing for what is local."""
    folder: bool = False
    """Whether it ends as only that of a prefix does."""


def is_uri(path: str) -> bool:
    """Whether it names an object in a bucket; a path has no scheme."""
    return (found := _URI.match(path)) is not None and found[1].lower() in BUCKETS


def located(root: str | Path) -> Address:
    """What a caller names.

    Errors: BadInput for a URI with credentials, of the web, or of a scheme that is not read.
    """
    found = _URI.match(os.fspath(root))
    if found is None:
        return Address(os.path.abspath(root))
    scheme, rest = found[1].lower(), found[2]
    if scheme == "file":
        return Address(_local(rest))
    if scheme in ("http", "https"):
        raise BadInput(
            f"{scheme}:// is not read, as a page is no list of files and a download may be anything; download the "
            "file first and give its path, or give the bucket's own address, such as s3://bucket/prefix"
        )
    if scheme not in BUCKETS:
        raise BadInput(f"{scheme}:// is not read; give a path, file://, s3:// or gs://")
    return _in_bucket(BUCKETS[scheme], rest)


def _in_bucket(scheme: str, rest: str) -> Address:
    options = _OPTIONS.search(rest)
    place = rest[: options.start()] if options else rest
    bucket, _, key = place.partition("/")
    user, at, bucket = bucket.rpartition("@")
    if at and not (scheme == "gs" and user == ANONYMOUS):
        raise BadInput(
            f"{scheme}://…@{bucket}: credentials in a URI are refused, as it is kept; give them in the environment "
            "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or GOOGLE_APPLICATION_CREDENTIALS)"
        )
    if not bucket:
        raise BadInput(f"{scheme}:// names no bucket; give {scheme}://bucket/prefix")
    path = f"{scheme}://{bucket}/{key}".rstrip("/")
    via = f"{scheme}://{user}{at}{bucket}" + (f"?{options[1]}" if options else "")
    return Address(path, via, folder=not key.strip("/") or key.endswith("/"))


def _local(rest: str) -> str:
    host, slash, path = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise BadInput(f"file://{rest} is not on this machine; write file:///path/to/it")
    return os.path.abspath(unquote(slash + path))


def absolute(path: str | Path) -> str:
    """A path or URI as sources are called. Errors: BadInput."""
    return located(path).path


def spelt(path: str) -> str:
    """A path or URI as it is compared, such as that in a row of a table."""
    return path.rstrip("/") if is_uri(path) else os.path.normpath(path)


def names_of(path: str) -> PurePath:
    """The names in a path, of which the bucket's is the first of a URI's."""
    return PurePosixPath(path.partition("://")[2]) if is_uri(path) else Path(path)


def above(path: str) -> list[str]:
    """The folders that a file lies in, the nearest first."""
    if not is_uri(path):
        return [str(folder) for folder in Path(path).parents]
    scheme, _, rest = path.partition("://")
    names = rest.split("/")
    return [f"{scheme}://{'/'.join(names[:count])}" for count in range(len(names) - 1, 0, -1)]
