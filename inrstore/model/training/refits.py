"""Further networks of stored shapes, fitted once more to their kept samples: what another ingest would have stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.files import atomic_path, write_atomically
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

from .networks import Networks, one_field

SHARE = 0.75
"""Of the kept samples, drawn for each refit anew."""
BLOCK = 32
"""Shapes that are fitted at once."""


def with_refits(
    networks: Networks, rows: Tensor, count: int, path: Path, seed: int, device: str, on_progress: OnProgress | None
) -> Networks:
    """The networks, and after them `count` more of each of the rows (k,) whose shape has kept samples.

    Each is fitted as the stored ones were, to other samples in another order, and is of the same object. The file keeps
    them; a stopped run goes on with those that it lacks.

    Raises
    ------
    BadInput
        If no shape has kept samples, others have them than when the file was begun, or a fit diverges.
    """
    having = networks.store.sample_counts(networks.keys[rows.numpy()].tolist())
    owners = rows[torch.tensor([int(key) in having for key in networks.keys[rows.numpy()]])]
    if not len(owners):
        raise BadInput("no shape has kept samples to fit once more; ingest with --keep-samples, or leave --refits out")
    again = owners.repeat(count)
    _claimed(path.with_suffix(".json"), networks.keys[again.numpy()].tolist())
    fitted = _opened(path, (len(again), networks.base.siren.size))
    meter = Meter(on_progress, len(again), stage="refits")
    for block in one_field([networks.fields[int(row)] for row in again], BLOCK):
        if not np.isfinite(fitted[block]).all():
            fitted[block] = _refits(networks, again[block], block, seed, device)
        meter.step(count=block.stop - block.start)
    places = again.numpy()
    return replace(
        networks,
        keys=np.concatenate([networks.keys, networks.keys[places]]),
        fields=networks.fields + tuple(networks.fields[place] for place in places),
        label=torch.cat([networks.label, networks.label[again]]),
        object=torch.cat([networks.object, networks.object[again]]),
        again=fitted,
    )


def _claimed(path: Path, keys: list[int]) -> None:
    """Whose refits a file has, which lies beside it. Errors: BadInput if they are those of others."""
    if not path.exists():
        write_atomically(path, json.dumps(keys).encode())
    elif json.loads(path.read_text()) != keys:
        raise BadInput(
            f"{path.parent} has refits of other shapes, as samples were added or removed; give another --work"
        )


def _opened(path: Path, size: tuple[int, int]) -> FloatArray:
    """The file's rows, those that no run has written yet NaN."""
    if not path.exists():
        with atomic_path(path) as temporary:
            np.lib.format.open_memmap(temporary, "w+", np.float32, size)[:] = np.nan
    fitted: FloatArray = np.load(path, mmap_mode="r+")
    return fitted


def _refits(networks: Networks, rows: Tensor, block: slice, seed: int, device: str) -> FloatArray:
    """(k, W) of some rows (k,), which are in this block of all refits."""
    samples = networks.store.samples(networks.keys[rows.numpy()].tolist())
    some = [
        _drawn(kept, np.random.default_rng([seed, number])) for number, kept in enumerate(samples, start=block.start)
    ]
    start = torch.from_numpy(np.asarray(networks.base.start(some[0].field), np.float32))
    return fit(some, start, networks.base.recipe, device=device, seed=seed + 1 + block.start).weights


def _drawn(kept: FieldSamples, rng: np.random.Generator) -> FieldSamples:
    some = np.sort(rng.permutation(len(kept.values))[: max(1, round(SHARE * len(kept.values)))])
    return FieldSamples(kept.field, kept.points[some], kept.values[some])
