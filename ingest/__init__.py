"""From files to committed shapes. The names below are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from inrstore.progress import Progress

    from .options import ImportOptions, IngestOptions
    from .pipeline import IngestResult, import_inrs, ingest
    from .queries import FileQueries, embed_files
    from .refining.refine import RefineResult, refine

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pipeline": ["IngestResult", "import_inrs", "ingest"],
        "queries": ["FileQueries", "embed_files"],
        "refining.refine": ["RefineResult", "refine"],
        "run": ["Progress"],
        "options": ["ImportOptions", "IngestOptions"],
    },
)

__all__ = [
    "FileQueries",
    "ImportOptions",
    "IngestOptions",
    "IngestResult",
    "Progress",
    "RefineResult",
    "embed_files",
    "import_inrs",
    "ingest",
    "refine",
]
