"""From files to committed shapes. The names below are loaded on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipeline import IngestResult, embed_files, import_inrs, ingest
    from .refining import RefineResult, refine
    from .run import Progress

_HOMES = {
    "Progress": "run",
    **dict.fromkeys(("IngestResult", "embed_files", "import_inrs", "ingest"), "pipeline"),
    **dict.fromkeys(("RefineResult", "refine"), "refining"),
}

__all__ = ["IngestResult", "Progress", "RefineResult", "embed_files", "import_inrs", "ingest", "refine"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
