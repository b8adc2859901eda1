"""How much memory a worker may take."""

from __future__ import annotations

import os
import sys


def limit_memory() -> None:
    """A file that asks for more than three quarters of the machine's memory gets a MemoryError."""
    if sys.platform == "linux":
        import resource

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (physical * 3 // 4, hard))
