"""What a caller may choose, checked once. A new option is a field here, its use, and its option in `cli/ingest.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import field as default
from pathlib import Path
from typing import Any, TypeVar

from inrstore.errors import BadInput

from .engines import ENGINES
from .files.geometry import MAX_BYTES, MAX_FACES, Limits

LEAST, MOST = 20_000, 1_000_000
"""Samples that may be kept of a shape: a fit to fewer invents surfaces, and more would fill the memory in a batch."""
TIMEOUT = 300.0
ALIGNS = ("none", "up", "full")
CHOICES = {
    "field": ("auto", "sdf", "udf", "occ"),
    "up": ("y", "z"),
    "align": ALIGNS,
    "device": ("auto", "cpu", "cuda"),
    "scenes": ("whole", "parts"),
    "engine": ENGINES,
}
Some = TypeVar("Some", bound="Options")


@dataclass(frozen=True)
class Options:
    """How files become networks. Errors: BadInput."""

    field: str = "auto"
    """auto, sdf, udf or occ; auto is sdf for meshes, udf for clouds, occ for voxels."""
    up: str = "y"
    """y or z, the sources' upward axis."""
    align: str = "none"
    """Into which canonical pose meshes and clouds are turned, see `sampling.align`: none, as they lie; up, about the
    upright axis; full, any way."""
    units: str | None = None
    """A word for the sources' unit of length, kept as a tag; by default what the file declares."""
    jobs: int | None = None
    """Worker processes; by default one a processor, of this machine or of the cluster."""
    device: str = "auto"
    """auto, cpu or cuda. On cuda workers read and sample, and the calling process fits in large batches; with the
    engine ray, workers on the cluster's GPUs do."""
    engine: str = "local"
    """local, inline or ray: worker processes of this machine, the calling process alone (which can neither stop what
    takes long nor survive what crashes), or the nodes of a Ray cluster; see `ingest.engines`."""
    ray_address: str | None = None
    """auto, or HOST or HOST:PORT of the cluster's head; by default as `ingest.engines.ray_cluster.connected` says."""
    timeout: float = TIMEOUT
    """Seconds that one file may take before its process is killed."""
    max_faces: int = MAX_FACES
    """Of one file."""
    max_bytes: int = MAX_BYTES
    """Of one file, of whatever it refers to, and of an archive's content."""
    seed: int = 0
    keep_samples: int = 0
    """How many samples of each shape's true field to store, for `ingest.refine`; 0 is none."""
    parts: bool = False
    """Whether to keep which points of a surface belong to which part, where a file says so, see `files.part_labels`."""
    thumbnails: bool | None = False
    """Whether to keep a small picture of each source. True also draws those that stored shapes lack, None does not."""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name, choices[0]) not in choices:
                raise BadInput(f"{name} is {getattr(self, name)!r}; give one of {', '.join(choices)}")
        for name in ("jobs", "timeout", "max_faces", "max_bytes", "limit"):
            number = getattr(self, name, None)
            if number is not None and not number > 0:
                raise BadInput(f"{name} is {number}; give a number above zero")
        if self.keep_samples and not LEAST <= self.keep_samples <= MOST:
            raise BadInput(f"keep_samples is {self.keep_samples}; give 0, or from {LEAST:,} to {MOST:,}")
        if self.ray_address is not None and self.engine != "ray":
            raise BadInput(
                f"ray_address is {self.ray_address!r}, but the engine is {self.engine}; give engine 'ray', too"
            )
        if self.seed < 0:
            raise BadInput(f"seed is {self.seed}; give zero or more")

    @property
    def limits(self) -> Limits:
        return Limits(self.max_bytes, self.max_faces, appearance=self.thumbnails is not False)

    def plain(self) -> dict[str, Any]:
        """As JSON, for the store's record of the run."""
        return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class IngestOptions(Options):
    """How `ingest.ingest` goes about a run."""

    thumbnails: bool | None = None
    labels_from: str | None = None
    """parent, grandparent, csv or shard, see `ingest.discover.discover`; by default the class of ModelNet's layout."""
    labels_csv: str | Path | None = None
    """A table with the columns path and label; its other columns become tags."""
    tags: Mapping[str, str] = default(default_factory=dict, hash=False)
    """For every shape of the run."""
    profile: str | Path | None = None
    """Other than the store's own: networks of this profile, see `load_profile`; stored shapes get one beside theirs."""
    scenes: str = "whole"
    """whole: a file is one shape, scenes are flattened. parts: each object in it is a shape of its own, with its name
    and transform, and each model in an archive (.zip) is read as a file of its own."""
    limit: int | None = None
    """Only the first so many files found."""
    dry_run: bool = False
    """Find and hash only; nothing is read as a shape and nothing is written."""
    retry_failed: bool = False
    """Only files that are recorded as failed; without paths, all of them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parts and self.scenes != "whole":
            raise BadInput("parts are named for a file as a whole: leave out parts, or scenes='parts'")


@dataclass(frozen=True)
class ImportOptions(IngestOptions):
    """How `ingest.import_inrs` goes about a run; `field`, `omega` and `inside` say what files do not.

    `field` is by default what the file's other arrays tell.
    """

    device: str = "cpu"
    omega: float = 30.0
    inside: str | None = None
    """Sign of the raw output inside, for sdf: positive, or negative as in the official code."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parts:
            raise BadInput("networks are imported without the parts of their sources; leave parts out")
        for name, only in (("up", "y"), ("align", "none"), ("profile", None), ("scenes", "whole")):
            if getattr(self, name) != only:
                raise BadInput(f"{name} is {getattr(self, name)!r}; networks are imported as they are, so leave it out")


def chosen(options: Some, overrides: Mapping[str, Any]) -> Some:
    """The options with what a caller gave by name; None stands for what is there. Errors: BadInput, TypeError."""
    return replace(options, **{name: value for name, value in overrides.items() if value is not None})
