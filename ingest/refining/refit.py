"""One network fitted to kept samples, and how good it is at samples that the fit did not see."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inrstore.errors import BadInput
from inrstore.network.fields import FieldSamples, error
from inrstore.network.fitting import fit, siren_of
from inrstore.network.siren import Siren
from inrstore.records import FloatArray, Inr, Shape
from inrstore.surface.extraction import inr_field

from ..settings import Target
from ..worker import NO_ROOM, as_stored

HELD = 10
"""Of so many samples one is held back from the fit, to measure it."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A shape to fit, its kept samples, and the network that is read now when its surface is wanted."""

    shape: Shape
    samples: FieldSamples
    siren: Siren
    weights: FloatArray
    """(W,)."""


@dataclass(frozen=True, eq=False)
class Refit:
    """A new network; its error, and that of the present one, at the samples that were held back."""

    inr: Inr
    present: float


def refit(candidates: Sequence[Candidate], target: Target, seed: int, device: str) -> list[Refit | str]:
    """A network for each candidate, all of one field, or why there is none."""
    if not candidates:
        return []
    try:
        return list(fitted(candidates, target, seed, device))
    except BadInput as error:  # one of them; the others must not suffer
        reason, size = str(error), 1
    except torch.OutOfMemoryError:
        reason, size = NO_ROOM, max(1, len(candidates) // 2)
    if len(candidates) == 1:
        return [reason]
    parts = [candidates[start : start + size] for start in range(0, len(candidates), size)]
    return [outcome for part in parts for outcome in refit(part, target, seed, device)]


def fitted(candidates: Sequence[Candidate], target: Target, seed: int, device: str) -> list[Refit]:
    """All at once. Errors: BadInput, torch.OutOfMemoryError."""
    name = candidates[0].samples.field
    halves = [split(candidate.samples) for candidate in candidates]
    base = torch.from_numpy(target.starts[name])
    found = fit([rest for rest, _ in halves], base, target.recipe, device=device, seed=seed)
    siren, out = siren_of(target.recipe), []
    rows = zip(candidates, halves, found.weights, found.steps.tolist(), strict=True)
    for candidate, (_, held), weights, steps in rows:
        stored = as_stored(weights, target.starts[name])
        inr = Inr(target.base_id, target.profile, name, stored, error_at(siren, stored, held), steps)
        out.append(Refit(inr, error_at(candidate.siren, candidate.weights, held)))
    return out


def split(samples: FieldSamples) -> tuple[FieldSamples, FieldSamples]:
    """Those to fit, and those held back; kept samples are sorted, so both are everywhere."""
    held = np.arange(len(samples.values)) % HELD == HELD - 1
    rest, back = (FieldSamples(samples.field, samples.points[some], samples.values[some]) for some in (~held, held))
    return rest, back


def error_at(siren: Siren, weights: FloatArray, samples: FieldSamples) -> float:
    """Of a network (W,), see `inrstore.network.fields.error`."""
    raw = torch.from_numpy(inr_field(siren, weights)(samples.points))
    return float(error(samples.field, raw, torch.from_numpy(samples.values)))


_settings: tuple[Target, int] | None = None


def start(pickled: bytes, seed: int) -> None:
    """Once in every worker process."""
    global _settings
    _settings = pickle.loads(pickled), seed
    torch.set_num_threads(1)


def run(candidates: list[Candidate], device: str) -> list[Refit | str]:
    """`refit` in a worker process."""
    if _settings is None:
        raise RuntimeError("refit.start was not called in this process")
    return refit(candidates, *_settings, device)
