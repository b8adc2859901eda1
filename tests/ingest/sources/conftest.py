"""A server with the S3 interface, once, and a bucket on it for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.sources import retry
from tests.ingest.sources.buckets import Bucket, Server

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
for _name, _value in {**CREDENTIALS, "AWS_EC2_METADATA_DISABLED": "true"}.items():
    os.environ.setdefault(_name, _value)  # before the server of the worker processes, which inherit it, is started


@pytest.fixture(scope="session")
def s3() -> Iterator[tuple[Server, str]]:
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    inner: Any = moto._server
    inner.app = server = Server(inner.app)
    yield server, "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


@pytest.fixture
def bucket(s3: tuple[Server, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    import boto3

    server, endpoint = s3
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(retry, "FIRST", 0.01)
    client = boto3.client("s3", endpoint_url=endpoint)
    name = f"test-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    server.asked.clear()
    yield Bucket(name, client, server, endpoint)
    server.faults.clear()
