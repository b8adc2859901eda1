"""Options that ingesting and searching with files share, checked once."""

from __future__ import annotations

from dataclasses import dataclass

from inrstore.errors import BadInput

from .files.geometry import MAX_BYTES, MAX_FACES, Limits

LEAST, MOST = 20_000, 1_000_000
"""Samples that may be kept of a shape: a fit to fewer invents surfaces, and more would fill the memory in a batch."""
TIMEOUT = 300.0
CHOICES = {
    "field": ("auto", "sdf", "udf", "occ"),
    "up": ("y", "z"),
    "device": ("auto", "cpu", "cuda"),
}


@dataclass(frozen=True)
class Options:
    """How files become networks; see `ingest.ingest`. Errors: BadInput."""

    field: str = "auto"
    up: str = "y"
    units: str | None = None
    jobs: int | None = None
    device: str = "auto"
    timeout: float = TIMEOUT
    max_faces: int = MAX_FACES
    max_bytes: int = MAX_BYTES
    seed: int = 0
    keep_samples: int = 0

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise BadInput(f"{name} is {getattr(self, name)!r}; give one of {', '.join(choices)}")
        for name in ("jobs", "timeout", "max_faces", "max_bytes"):
            number = getattr(self, name)
            if number is not None and not number > 0:
                raise BadInput(f"{name} is {number}; give a number above zero")
        if self.keep_samples and not LEAST <= self.keep_samples <= MOST:
            raise BadInput(f"keep_samples is {self.keep_samples}; give 0, or from {LEAST:,} to {MOST:,}")
        if self.seed < 0:
            raise BadInput(f"seed is {self.seed}; give zero or more")

    def processor(self) -> str:
        """cpu or cuda. Errors: BadInput, if there is no such device here."""
        import torch

        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        if self.device == "cuda" and not torch.cuda.is_available():
            raise BadInput("device is 'cuda', but torch sees no GPU here; give cpu or auto")
        return self.device

    @property
    def limits(self) -> Limits:
        return Limits(self.max_bytes, self.max_faces)
