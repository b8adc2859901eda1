"""The serve command."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

import click

from ..exits import say
from ..options import Session, common, pass_session

EXTRA = "the server needs FastAPI and uvicorn: pip install 'inrstore[serve]'"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, metavar="N", help="0: any.")
@click.option(
    "--token",
    envvar="INRSTORE_TOKEN",
    metavar="TEXT",
    help="Whoever asks must know it; demanded where other machines can ask. Better in INRSTORE_TOKEN.",
)
@click.option("--read-only", is_flag=True, help="Change nothing in the store.")
@click.option("--upload-mb", type=click.IntRange(min=1), default=256, show_default=True, metavar="N",
              help="Megabytes that a file that is sent may have.")  # fmt: skip
@common
@pass_session
def serve(session: Session, host: str, port: int, token: str | None, read_only: bool, upload_mb: int) -> None:
    """Serve a store as a gallery for browsers and as an HTTP API.

    It listens to this machine alone unless --host says otherwise, and then demands --token. The gallery shows, searches
    and compares shapes, also by files that are dropped on it, which are not stored. The API is described at
    /api/v1/openapi.json. Ctrl-C ends it.
    """
    from inrstore.errors import MissingDependency

    try:
        import uvicorn

        from .app import make_app
    except ImportError as error:
        raise MissingDependency(EXTRA) from error
    from .settings import Settings

    settings = Settings(session.place(), host, port, token or None, read_only, upload_mb * 2**20)
    app = make_app(settings)
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, log_level="warning", server_header=False, timeout_keep_alive=30)
    )
    listening = bound(host, port)
    name = f"[{host}]" if ":" in host else host
    store, at = os.path.basename(settings.store.rstrip("/")), f"http://{name}:{listening.getsockname()[1]}"
    say(f"{store} at {at}  (Ctrl-C ends it)")
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once all is put away
        server.run(sockets=[listening])


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens. Errors: BadInput."""
    from inrstore.errors import BadInput

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # named TCP, or asyncio would leave small answers waiting for acknowledgements, 40 ms each
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)  # who asks before all is ready waits, and is not turned away
    except (OSError, OverflowError) as error:
        raise BadInput(f"cannot listen at {host}, port {port}: {error}; give another --port or --host") from error
    return found
