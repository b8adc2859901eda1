"""An S3 server (moto's) and a PostgreSQL server (pgserver's) on this machine, in processes of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen


def start_servers(bucket: str) -> tuple[list[Callable[[], object]], str]:
    """What ends them, and the URL of an empty database; the environment says how S3 and the bucket are found."""
    import pgserver

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    keys = {"AWS_ACCESS_KEY_ID": bucket, "AWS_SECRET_ACCESS_KEY": bucket, "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_ENDPOINT_URL": endpoint, **keys}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    moto = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _make(f"{endpoint}/{bucket}")
    folder = tempfile.mkdtemp(prefix="inrstore-postgres-")
    postgres = pgserver.get_server(folder, cleanup_mode="delete")
    return [moto.kill, moto.wait, postgres.cleanup], str(postgres.get_uri())


def _make(bucket: str) -> None:
    """Not by pyarrow, whose threads would not outlive a fork."""
    for _ in range(150):
        try:
            urlopen(Request(bucket, method="PUT")).close()
            return
        except HTTPError:
            raise
        except URLError:  # it is still starting
            time.sleep(0.2)
    raise SystemExit("the S3 server does not start")
