"""One file a backend; `make` is the only place that knows them all."""

from __future__ import annotations

from collections.abc import Mapping

from inrstore.errors import BadInput

from ..protocol import Backend

BACKENDS = ("flat", "hnsw", "ivf")


def make(name: str, dim: int, parameters: Mapping[str, int]) -> Backend:
    """An empty backend for vectors of `dim` numbers; BadInput for an unknown name or parameter."""
    from .flat import Flat
    from .hnsw import Hnsw
    from .ivf import Ivf

    kinds: dict[str, type[Flat] | type[Hnsw] | type[Ivf]] = {"flat": Flat, "hnsw": Hnsw, "ivf": Ivf}
    if name not in kinds:
        raise BadInput(f"backend {name!r} is unknown: choose one of auto, {', '.join(BACKENDS)}")
    kind = kinds[name]
    unknown = set(parameters) - set(kind.parameters_known)
    if unknown:
        known = ", ".join(kind.parameters_known) or "none"
        raise BadInput(f"parameter {min(unknown)!r} is unknown to the {name} backend, which takes: {known}")
    return kind(dim, parameters)
