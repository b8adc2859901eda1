"""A Ray cluster of two nodes on this machine, as `ray.cluster_utils` makes them for Ray's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MEMORY = 80 * 2**20
"""Bytes of each node's object store."""


@contextmanager
def two_nodes(**second: Any) -> Iterator[Any]:
    """One processor each, the first with the head; this process is connected to it."""
    import ray
    from ray.cluster_utils import Cluster

    from ingest.engines.ray_cluster import connected

    head = {"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        add_node(cluster, **second)
        connected(cluster.address)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def add_node(cluster: Any, **resources: Any) -> Any:
    return cluster.add_node(**{"num_cpus": 1, "object_store_memory": MEMORY, **resources})
