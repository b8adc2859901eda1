"""One file in a worker process: load, normalise, sample, fit, encode. Nothing here knows the store."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import TYPE_CHECKING

import numpy as np
import torch

from inrstore.errors import BadInput, NoEncoder
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import Fitted, fit
from inrstore.network.recipe import Recipe
from inrstore.network.siren import Siren
from inrstore.records import FloatArray, Inr, KeptSamples, NewShape

from .files.geometry import Geometry, Limits, Network
from .files.load import describe, load
from .files.networks import PROFILE, Reading, read_network
from .sampling.draw import draw, draw_kept
from .sampling.normalise import Frame, Normalised, content_hash, normalise

if TYPE_CHECKING:
    from inrstore.model import Model

NO_ROOM = "its fit needs more memory than the GPU has; free some of it, or give the device cpu"
KEPT = 1 << 16
"""Stands for the kept samples where targets have their number."""


@dataclass(frozen=True)
class Target:
    """One network to fit for each shape: a recipe, and the base of its model for each field."""

    profile: str
    model_id: str
    recipe: Recipe
    bases: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Foreign:
    """The architecture of a run's networks, which are kept beside the store's own."""

    reading: Reading
    siren: Siren
    model_id: str


@dataclass(frozen=True)
class Settings:
    """What all files of a run share; sent to each worker once."""

    targets: tuple[Target, ...]
    """The first is the store's own model, whose weights are encoded."""
    model: Model
    field: str = "auto"
    up: str = "y"
    units: str | None = None
    limits: Limits = default(default_factory=Limits)
    seed: int = 0
    foreign: Foreign | None = None
    """Set for a run that reads networks instead of geometry."""
    keep_samples: int = 0
    """How many samples of each shape are stored for later fits."""


@dataclass(frozen=True)
class Task:
    """One file."""

    path: str
    sha256: str
    size: int
    name: str
    label: str | None = None
    tags: Mapping[str, str] = default(default_factory=dict)
    field: str | None = None
    """Set with `up` for a file that is stored: the shape's own, instead of the settings'."""
    up: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A file that is ready to be fitted: one set of samples for each target, all of one field."""

    task: Task
    sha256: str
    kind: str
    frame: Frame
    samples: tuple[FieldSamples, ...]
    quality: Mapping[str, float]
    units: str | None
    given: tuple[Inr, ...] = ()
    """Networks that came with the file."""
    label: str | None = None
    """What the file itself says."""
    kept: KeptSamples | None = None


@dataclass(frozen=True)
class Refused:
    """A file that cannot become a shape, and why."""

    task: Task
    reason: str
    stage: str


_settings: Settings | None = None


def start(pickled: bytes) -> None:
    """Once in every worker process, before its first task.

    The settings come pickled: sent as objects, torch would put their tensors into shared memory.
    """
    global _settings
    _settings = pickle.loads(pickled)
    torch.set_num_threads(1)
    os.environ["IGL_NUM_THREADS"] = "1"  # libigl would start a thread a core in every worker
    _limit_memory()


def _limit_memory() -> None:
    """A file that asks for more than three quarters of the machine's memory gets a MemoryError."""
    if sys.platform == "linux":
        import resource

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (physical * 3 // 4, hard))


def _current() -> Settings:
    if _settings is None:
        raise RuntimeError("worker.start was not called in this process")
    return _settings


def run(task: Task) -> NewShape | Refused:
    """From a file to a shape with networks and embedding, on this process's processor."""
    prepared = prepare(task)
    if isinstance(prepared, Refused):
        return prepared
    return finish([prepared], _current())[0]


def prepare(task: Task) -> Prepared | Refused:
    """Everything before the fit."""
    settings, stage = _current(), "load"
    try:
        geometry = _read(task.path, settings)
        units = geometry.units
        stage = "normalise"
        normal = normalise(geometry, settings.up if settings.foreign else task.up or settings.up)
        sha256 = content_hash(normal.geometry)
        stage = "sample"
        content = int(sha256[:16], 16)
        samples, quality = _sample(normal, settings, content, task.field or settings.field)
        kept = _keep(normal, settings, content, samples[0].field)
    except MemoryError:
        return Refused(task, "needs more memory than there is; reduce it or use a larger machine", stage)
    except BadInput as error:
        return Refused(task, str(error).removeprefix(f"{task.path}: "), stage)
    except Exception as error:  # libraries that meet a geometry they were not written for
        return Refused(task, f"{stage} failed: {describe(error)}", stage)
    quality = {**normal.quality, **quality}
    given, label = _given(normal.geometry, settings)
    return Prepared(task, sha256, normal.kind, normal.frame, samples, quality, units, given, label, kept)


def _read(path: str, settings: Settings) -> Geometry:
    foreign = settings.foreign
    if foreign is None:
        return load(path, settings.limits)
    network = read_network(path, foreign.reading)
    if network.inr.siren != foreign.siren:
        raise BadInput(f"is a SIREN {network.inr.siren}, the run's first is {foreign.siren}; import it in another run")
    return network


def _given(geometry: Geometry, settings: Settings) -> tuple[tuple[Inr, ...], str | None]:
    if settings.foreign is None or not isinstance(geometry, Network):
        return (), None
    inr = Inr(settings.foreign.model_id, PROFILE, geometry.inr.field, geometry.inr.weights, 0.0, 0)
    return (inr,), geometry.label


def _sample(
    normal: Normalised, settings: Settings, content: int, chosen: str
) -> tuple[tuple[FieldSamples, ...], dict[str, float]]:
    """One set of samples a target; chance depends on seed and content alone, not on the order of files."""
    found: list[FieldSamples] = []
    quality: dict[str, float] = {}
    for number, target in enumerate(settings.targets):
        rng = np.random.default_rng([settings.seed, content, number])
        samples, figures = draw(normal.geometry, chosen, target.recipe.sampling, rng)
        chosen = samples.field
        if chosen not in target.bases:
            raise BadInput(f"the model has no base for the field {chosen}; it covers {sorted(target.bases)}")
        quality = figures | quality
        found.append(samples)
    return tuple(found), quality


def _keep(normal: Normalised, settings: Settings, content: int, field: str) -> KeptSamples | None:
    """What is to be stored of the field; like `_sample`, but its chance is that of no target."""
    if not settings.keep_samples:
        return None
    rng = np.random.default_rng([settings.seed, content, KEPT])
    return draw_kept(normal.geometry, field, settings.keep_samples, rng)


def finish(prepared: Sequence[Prepared], settings: Settings, device: str = "cpu") -> list[NewShape | Refused]:
    """Fit and encode, all of one field together; the outcomes come in the order of `prepared`."""
    outcomes: dict[int, NewShape | Refused] = {}
    for name in sorted({p.samples[0].field for p in prepared}):
        members = [i for i, p in enumerate(prepared) if p.samples[0].field == name]
        group = [prepared[i] for i in members]
        outcomes.update(zip(members, _finish_group(group, settings, device), strict=True))
    return [outcomes[i] for i in range(len(prepared))]


def _finish_group(group: list[Prepared], settings: Settings, device: str) -> list[NewShape | Refused]:
    try:
        return list(_fit_group(group, settings, device))
    except BadInput as error:  # one of them; the others must not suffer
        reason, size = str(error), 1
    except torch.OutOfMemoryError:
        reason, size = NO_ROOM, max(1, len(group) // 2)
    if len(group) == 1:
        return [Refused(group[0].task, reason, "fit")]
    parts = [group[start : start + size] for start in range(0, len(group), size)]
    return [outcome for part in parts for outcome in _finish_group(part, settings, device)]


def _fit_group(group: list[Prepared], settings: Settings, device: str) -> list[NewShape]:
    name = group[0].samples[0].field
    fits: list[Fitted] = []
    for number, target in enumerate(settings.targets):
        samples = [p.samples[number] for p in group]
        base = torch.from_numpy(target.bases[name])
        fits.append(fit(samples, base, target.recipe, device=device, seed=settings.seed))
    try:
        embeddings: FloatArray | None = settings.model.encode(name, fits[0].weights)
    except NoEncoder:
        embeddings = None
    return [
        _shape(p, settings, name, row, fits, None if embeddings is None else embeddings[row])
        for row, p in enumerate(group)
    ]


def _shape(
    p: Prepared, settings: Settings, name: str, row: int, fits: list[Fitted], embedding: FloatArray | None
) -> NewShape:
    inrs = tuple(
        Inr(t.model_id, t.profile, name, fitted.weights[row], float(fitted.error[row]), int(fitted.steps[row]))
        for t, fitted in zip(settings.targets, fits, strict=True)
    )
    units = settings.units or p.units
    return NewShape(
        sha256=p.sha256,
        name=p.task.name,
        field=name,
        kind=p.kind,
        center=p.frame.center,
        scale=p.frame.scale,
        rotation=p.frame.rotation,
        source=p.task.path,
        source_sha256=p.task.sha256,
        source_bytes=p.task.size,
        inrs=inrs + p.given,
        embedding=embedding,
        label=p.task.label or p.label,
        tags={**({"units": units} if units else {}), **p.task.tags},
        quality=dict(p.quality),
        samples=p.kept,
    )
