"""The connection of this process to a Ray cluster; it has one at most, which ends with the process."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inrstore.errors import BadInput, MissingDependency

PORT = 6379
"""Where `ray start --head` listens if nothing else is said."""
WAIT = 5.0
"""Seconds until a head that does not answer is none; Ray itself would try for five minutes."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Without these Ray prints the end of each process, and advice, between the caller's own lines.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    # A call after the connection has ended would start a cluster.
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_guard = threading.Lock()


def connected(address: str | None) -> Any:
    """The module `ray`, connected: as it is already, else to `address` (auto or HOST[:PORT]).

    Without an address it is the cluster of RAY_ADDRESS, else the one that was started on this machine, else one that
    is started for this process.

    Raises
    ------
    MissingDependency
        If Ray is not installed.
    BadInput
        If no cluster answers.
    """
    with _guard:
        ray = _imported()
        if not ray.is_initialized():
            place = _place(address)
            try:
                with _signals_kept():
                    ray.init(place, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
            except (ConnectionError, RuntimeError, ValueError) as error:
                if place == "local":
                    raise BadInput(f"no Ray cluster could be started on this machine: {error}") from error
                raise BadInput(
                    f"ray_address {place}: the Ray cluster there does not let this process in ({error}); use its "
                    "versions of Ray and Python, and if it asks for a token, set RAY_AUTH_MODE=token"
                ) from error
        return ray


def _imported() -> Any:
    if "ray" not in sys.modules:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise MissingDependency("the engine 'ray' needs Ray: pip install 'inrstore[ray]'") from error
    return ray


def _place(address: str | None) -> str:
    """What `ray.init` gets, after somebody answered there."""
    if address in (None, "auto"):
        from ray._private.services import find_bootstrap_address  # what `ray start` left on this machine

        found = os.environ.get("RAY_ADDRESS") or find_bootstrap_address(None)
        if found is None and address is None:
            return "local"
        if found is None:
            raise _unreachable("auto", "no cluster was started on this machine")
        address = str(found)
    if address == "local":
        return address
    host, port = _parts(str(address))
    try:
        socket.create_connection((host, port), WAIT).close()
    except OSError as error:
        raise _unreachable(f"{host}:{port}", error) from error
    return f"{host}:{port}"


def _parts(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":") if address.count(":") == 1 else (address, "", "")
    if "/" in address or not host or (colon and not port.isdigit()):
        raise BadInput(f"ray_address is {address!r}; give auto, or HOST or HOST:PORT of the cluster's head")
    return host, int(port) if port else PORT


def _unreachable(address: str, reason: object) -> BadInput:
    return BadInput(
        f"ray_address {address}: no Ray cluster answers ({reason}); run 'ray start --head' on one machine and "
        "'ray start --address=HEAD:6379' on each other, this one included, or leave the address out for a cluster of "
        "this machine alone"
    )


@contextmanager
def _signals_kept() -> Iterator[None]:
    """`ray.init` takes SIGTERM; whoever calls may have a use for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def resource(ray: Any, name: str) -> int:
    """How many whole CPUs or GPUs the cluster's living nodes have, free or not."""
    return int(ray.cluster_resources().get(name, 0))


def alive(ray: Any, node: str | None) -> bool:
    """Whether a node is there, by its id."""
    return any(one["NodeID"] == node and one["Alive"] for one in ray.nodes())
