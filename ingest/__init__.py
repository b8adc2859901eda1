"""From files to committed shapes. The names below are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

from inrstore.progress import Progress

if TYPE_CHECKING:
    from .encoding import EncodeResult, encode, reencode
    from .options import ImportOptions, IngestOptions
    from .pipeline import IngestResult, import_inrs, ingest
    from .queries import FileQueries, embed_files
    from .refining.refine import RefineResult, refine
    from .scans import Scan, fit_cloud, read_scan
    from .segmenting import segment_file
    from .viewing import encode_views

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "encoding": ["EncodeResult", "encode", "reencode"],
        "options": ["ImportOptions", "IngestOptions"],
        "pipeline": ["IngestResult", "import_inrs", "ingest"],
        "queries": ["FileQueries", "embed_files"],
        "refining.refine": ["RefineResult", "refine"],
        "scans": ["Scan", "fit_cloud", "read_scan"],
        "segmenting": ["segment_file"],
        "viewing": ["encode_views"],
    },
)

__all__ = [
    "EncodeResult",
    "FileQueries",
    "ImportOptions",
    "IngestOptions",
    "IngestResult",
    "Progress",
    "RefineResult",
    "Scan",
    "embed_files",
    "encode",
    "encode_views",
    "fit_cloud",
    "import_inrs",
    "ingest",
    "read_scan",
    "reencode",
    "refine",
    "segment_file",
]
