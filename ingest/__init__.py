"""From files to committed shapes. The names below are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

from inrstore.progress import Progress

if TYPE_CHECKING:
    from .encoding import EncodeResult, encode, reencode
    from .pipeline import IngestResult, embed_files, import_inrs, ingest
    from .refining.refine import RefineResult, refine

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "encoding": ["EncodeResult", "encode", "reencode"],
        "pipeline": ["IngestResult", "embed_files", "import_inrs", "ingest"],
        "refining.refine": ["RefineResult", "refine"],
    },
)

__all__ = [
    "EncodeResult",
    "IngestResult",
    "Progress",
    "RefineResult",
    "embed_files",
    "encode",
    "import_inrs",
    "ingest",
    "reencode",
    "refine",
]
