"""An S3 server for the tests, or the one that INRSTORE_TEST_S3 names."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from unittest import mock

BUCKET = "inrstore-tests"
SECRET = "not-a-real-secret"


class Bucket:
    """Hands out URLs of new places, and knows which requests were made."""

    def __init__(self, endpoint: str, own: bool) -> None:
        self.endpoint, self.own, self.requests = endpoint, own, list[str]()
        self._numbers = count()

    def new_url(self) -> str:
        return f"s3://{BUCKET}/{os.getpid()}/{next(self._numbers)}.store"

    def counted(self) -> dict[str, int]:
        """How many requests of each method were made since this was asked last; only of the server of this process."""
        found: dict[str, int] = {}
        for line in self.requests:
            method = line.split('"')[1].split()[0].rpartition("m")[2]  # errors are in colours
            found[method] = found.get(method, 0) + 1
        self.requests.clear()
        return found


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A server with a bucket; it is found, as its credentials are, by the environment alone."""
    endpoint = os.environ.get("INRSTORE_TEST_S3")
    if endpoint:
        with _found_by_environment(endpoint):
            _make_bucket()
            yield Bucket(endpoint, own=False)
        return
    from moto.server import ThreadedMotoServer

    log, heard = logging.getLogger("werkzeug"), _Heard()
    log.setLevel(logging.INFO)
    log.addHandler(heard)
    log.propagate = False
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        with _found_by_environment(endpoint):
            _make_bucket()
            made = Bucket(endpoint, own=True)
            heard.requests = made.requests
            yield made
    finally:
        server.stop()
        log.removeHandler(heard)


class _Heard(logging.Handler):
    requests: list[str] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.requests is not None and '"' in record.getMessage():
            self.requests.append(record.getMessage())


def _found_by_environment(endpoint: str) -> mock._patch_dict:
    values = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": SECRET}
    return mock.patch.dict(os.environ, values | {name: os.environ.get(name, value) for name, value in keys.items()})


def _make_bucket() -> None:
    from pyarrow import fs

    system, name = fs.FileSystem.from_uri(f"s3://{BUCKET}?allow_bucket_creation=true")  # which asks the environment
    system.create_dir(name)
