"""One file in a worker process: load, normalise, sample, fit, encode. Nothing here knows the store."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from inrstore.errors import BadInput
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import Fitted, fit
from inrstore.progress import tell
from inrstore.records import Failure, FloatArray, Frame, Inr, KeptSamples, NewShape, PartLabels
from inrstore.store.shards import to_half

from .discover import SourceFile
from .files import is_bundle
from .files.bundle import Contents
from .files.geometry import Geometry, Network
from .files.load import describe, load
from .files.networks import PROFILE, read_network
from .files.part_labels import parted
from .memory import limit_memory
from .objects import Batch, each, opened
from .sampling.content import content_hashes
from .sampling.normalise import Normalised, normalise
from .sampling.part_labels import sample_parts
from .sampling.sample import sample_geometry, sample_kept
from .settings import Settings
from .sources.reading import placed
from .sources.retry import Unreachable
from .telling import heard
from .thumbnails import thumbnail

T = TypeVar("T")

NO_ROOM = "its fit needs more memory than the GPU has; free some of it, or give the device cpu"
KEPT, PARTS = 1 << 16, 1 << 17
"""Stand for the kept samples and for part labels where targets have their number."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A file that is ready to be fitted: one set of samples for each target, all of one field."""

    file: SourceFile
    sha256: str
    twins: tuple[str, ...]
    """See `NewShape`."""
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
    part_labels: PartLabels | None = None
    thumbnail: bytes | None = None


def as_stored(weights: FloatArray, base: FloatArray) -> FloatArray:
    """Weights (..., W) as they are read back, after rounding. Errors: BadInput if they cannot be stored."""
    return base + to_half(weights - base, "the fit").astype(np.float32)


_settings: Settings | None = None


def start(pickled: bytes) -> None:
    """Once in every worker process, before its first task.

    The settings come pickled: sent as objects, torch would put their tensors into shared memory.
    """
    global _settings
    _settings = pickle.loads(pickled)
    torch.set_num_threads(1)
    os.environ["IGL_NUM_THREADS"] = "1"  # libigl would start a thread a core in every worker
    limit_memory()


def _current() -> Settings:
    if _settings is None:
        raise RuntimeError("worker.start was not called in this process")
    return _settings


def run_all(file: SourceFile) -> Batch[NewShape] | Contents:
    """`run` for a file, or for its objects where each is a shape of its own; of an archive, what is in it."""
    return _all(file, run)


def prepare_all(file: SourceFile) -> Batch[Prepared] | Contents:
    """`prepare` in the same way."""
    return _all(file, prepare)


def _all(file: SourceFile, do: Callable[[SourceFile, Geometry | None], T | Failure]) -> Batch[T] | Contents:
    options = _current().options
    try:
        with placed(file, options.limits, options.parts) as here:
            if not file.scene:
                return Batch([do(here, None)])
            if not is_bundle(file.path):
                return each(here, do, options.limits, options.timeout)
            found = opened(here, options.limits)
            return Batch([found]) if isinstance(found, Failure) else found
    except (BadInput, Unreachable) as error:  # of an object that is not here
        return Batch([Failure(file.path, str(error), "read")])


def run(file: SourceFile, geometry: Geometry | None = None) -> NewShape | Failure:
    """From a file to a shape with networks and embedding, on this process's processor."""
    prepared = prepare(file, geometry)
    if isinstance(prepared, Failure):
        return prepared
    return finish([prepared], _current())[0]


def prepare(file: SourceFile, geometry: Geometry | None = None) -> Prepared | Failure:
    """Everything before the fit; `geometry` is what was read of the file, if it was."""
    settings, stage = _current(), "load"
    options = settings.options
    try:
        tell(heard, "reading")
        geometry = geometry or _read(file.at or file.path, settings)
        units = geometry.units
        stage = "normalise"
        tell(heard, "normalising")
        chosen = file.chosen or options
        up = options.up if settings.foreign else chosen.up
        normal = normalise(geometry, "z" if getattr(geometry, "up", None) == "z" else up, chosen.align)
        sha256, *twins = content_hashes(normal.geometry)
        stage = "sample"
        tell(heard, "sampling")
        content = int(sha256[:16], 16)
        samples, quality = _sample(normal, settings, content, chosen.field)
        kept = _keep(normal, settings, content, samples[0].field)
        stage = "parts"
        parts = _parts(file, geometry, normal, settings, content)
        stage = "draw"
        tell(heard, "drawing")
        picture = None if options.thumbnails is False else thumbnail(geometry, normal)
    except MemoryError:
        return Failure(file.path, "needs more memory than there is; reduce it or use a larger machine", stage)
    except BadInput as error:
        return Failure(file.path, str(error).removeprefix(f"{file.at or file.path}: "), stage)
    except Exception as error:  # libraries that meet a geometry they were not written for
        return Failure(file.path, f"{stage} failed: {describe(error)}", stage)
    quality = {**normal.quality, **quality}
    given, label = _given(normal.geometry, settings)
    rest = (samples, quality, units, given, label, kept, parts, picture)
    return Prepared(file, sha256, tuple(twins), normal.kind, normal.frame, *rest)


def _read(path: str, settings: Settings) -> Geometry:
    foreign = settings.foreign
    if foreign is None:
        return load(path, settings.options.limits)
    network = read_network(path, foreign.reading)
    if network.inr.siren != foreign.siren:
        raise BadInput(f"is a SIREN {network.inr.siren}, the run's first is {foreign.siren}; import it in another run")
    return network


def _given(geometry: Geometry, settings: Settings) -> tuple[tuple[Inr, ...], str | None]:
    if settings.foreign is None or not isinstance(geometry, Network):
        return (), None
    inr = Inr(settings.foreign.base_id, PROFILE, geometry.inr.field, geometry.inr.weights, 0.0, 0)
    return (inr,), geometry.label


def _sample(
    normal: Normalised, settings: Settings, content: int, chosen: str
) -> tuple[tuple[FieldSamples, ...], dict[str, float]]:
    """One set of samples a target; chance depends on seed and content alone, not on the order of files."""
    found: list[FieldSamples] = []
    quality: dict[str, float] = {}
    for number, target in enumerate(settings.targets):
        rng = np.random.default_rng([settings.options.seed, content, number])
        samples, figures = sample_geometry(normal.geometry, chosen, target.recipe.sampling, rng)
        chosen = samples.field
        if chosen not in target.starts:
            raise BadInput(f"the base has no start for the field {chosen}; it covers {sorted(target.starts)}")
        quality = figures | quality
        found.append(samples)
    return tuple(found), quality


def _keep(normal: Normalised, settings: Settings, content: int, field: str) -> KeptSamples | None:
    """What is to be stored of the field; like `_sample`, but its chance is that of no target."""
    if not settings.options.keep_samples:
        return None
    rng = np.random.default_rng([settings.options.seed, content, KEPT])
    return sample_kept(normal.geometry, field, settings.options.keep_samples, rng)


def _parts(
    file: SourceFile, geometry: Geometry, normal: Normalised, settings: Settings, content: int
) -> PartLabels | None:
    """What the file, or one beside it, says of parts, if that is asked for."""
    if not settings.options.parts:
        return None
    said = parted(file.at or file.path, geometry, settings.options.limits)
    rng = np.random.default_rng([settings.options.seed, content, PARTS])
    return None if said is None else sample_parts(said, normal.frame, rng)


def finish(prepared: Sequence[Prepared], settings: Settings, device: str = "cpu") -> list[NewShape | Failure]:
    """Fit and encode, all of one field together; the outcomes come in the order of `prepared`."""
    outcomes: dict[int, NewShape | Failure] = {}
    for name in sorted({p.samples[0].field for p in prepared}):
        members = [i for i, p in enumerate(prepared) if p.samples[0].field == name]
        group = [prepared[i] for i in members]
        outcomes.update(zip(members, _finish_group(group, settings, device), strict=True))
    return [outcomes[i] for i in range(len(prepared))]


def finish_all(prepared: Sequence[Prepared], device: str) -> list[NewShape | Failure]:
    """`finish` in a worker process that has a GPU."""
    return finish(prepared, _current(), device)


def _finish_group(group: list[Prepared], settings: Settings, device: str) -> list[NewShape | Failure]:
    try:
        return list(_fit_group(group, settings, device))
    except BadInput as error:  # one of them; the others must not suffer
        reason, size = str(error), 1
    except torch.OutOfMemoryError:
        reason, size = NO_ROOM, max(1, len(group) // 2)
    if len(group) == 1:
        return [Failure(group[0].file.path, reason, "fit")]
    parts = [group[start : start + size] for start in range(0, len(group), size)]
    return [outcome for part in parts for outcome in _finish_group(part, settings, device)]


def _fit_group(group: list[Prepared], settings: Settings, device: str) -> list[NewShape]:
    name = group[0].samples[0].field
    fits: list[Fitted] = []
    for number, target in enumerate(settings.targets):
        samples = [p.samples[number] for p in group]
        base = torch.from_numpy(target.starts[name])
        fits.append(fit(samples, base, target.recipe, device=device, seed=settings.options.seed, on_progress=heard))
    embeddings: FloatArray | None = None
    if settings.encoding is not None:
        tell(heard, "encoding")
        own = as_stored(fits[0].weights, settings.targets[0].starts[name])
        embeddings = settings.encoding.encode(name, own, device)
    return [
        _shape(p, settings, name, row, fits, None if embeddings is None else embeddings[row])
        for row, p in enumerate(group)
    ]


def _shape(
    p: Prepared, settings: Settings, name: str, row: int, fits: list[Fitted], embedding: FloatArray | None
) -> NewShape:
    inrs = tuple(
        Inr(t.base_id, t.profile, name, fitted.weights[row], float(fitted.error[row]), int(fitted.steps[row]))
        for t, fitted in zip(settings.targets, fits, strict=True)
    )
    units = settings.options.units or p.units
    return NewShape(
        sha256=p.sha256,
        name=p.file.name,
        field=name,
        kind=p.kind,
        center=p.frame.center,
        scale=p.frame.scale,
        rotation=p.frame.rotation,
        source=p.file.path,
        source_sha256=p.file.sha256,
        source_bytes=p.file.size,
        inrs=inrs + p.given,
        embedding=embedding,
        encoder=settings.encoding.part.id if settings.encoding else None,
        label=p.file.label or p.label,
        tags={**p.file.inherited, **({"units": units} if units else {}), **p.file.tags},
        quality=dict(p.quality),
        samples=p.kept,
        part_labels=p.part_labels,
        thumbnail=p.thumbnail,
        part=p.file.part,
        further=p.file.further,
        twins=p.twins,
    )
