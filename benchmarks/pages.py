"""Markdown for docs/results.md, from results in JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from record import RESULTS


def paragraph(text: str) -> list[str]:
    return [*textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False), ""]


def bold(name: str) -> str:
    return name if "," in name else f"**{name}**"


def grid(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def load(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text())


def there(name: str) -> bool:
    """Whether a benchmark has been run that takes long."""
    return (RESULTS / f"{name}.json").exists()
