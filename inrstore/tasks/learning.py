"""The training of a head, step by step: it is stopped, keeps what it has, and goes on from a checkpoint."""

from __future__ import annotations

import hashlib
import json
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import atomic_path
from inrstore.model.training.work import folder
from inrstore.progress import Meter, OnProgress

OFTEN = 30.0
"""Seconds between checkpoints."""


class Stateful(Protocol):
    """A network, an optimiser, or a schedule."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


class Learning(Protocol):
    """What learns by steps."""

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """All that a step changes, beside the state of torch's random numbers."""

    def step(self) -> str:
        """Take one, and say how it went."""


Some = TypeVar("Some", bound=Learning)


def learn(
    begin: Callable[[], Some], steps: int, seed: int, checkpoint: Path | None, on_progress: OnProgress | None
) -> tuple[Some, int]:
    """What has learned, and after how many steps it was interrupted, else 0.

    With a checkpoint, what was learned is kept there every half minute; the same call goes on from there, to the same
    result on one processor. A Ctrl-C during the first step is raised, as nothing was learned.

    Errors: BadInput if the checkpoint is damaged.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        learning = begin()
        meter, saved = Meter(on_progress, steps, stage="step"), time.monotonic()
        if checkpoint is not None and checkpoint.exists():
            meter.resume(_restore(learning, checkpoint))
        try:
            while meter.done < steps:
                meter.step(learning.step())
                if checkpoint is not None and (time.monotonic() - saved > OFTEN or meter.done == steps):
                    _save(learning, meter.done, checkpoint)
                    saved = time.monotonic()
        except KeyboardInterrupt:  # in the middle of a step: the checkpoint before it is whole, this is not
            if not meter.done:
                raise
            return learning, meter.done
    return learning, 0


def checkpoint_in(work: str | Path | None, settings: Mapping[str, Any], data: Sequence[NDArray[Any]]) -> Path | None:
    """A file in the folder `work`, if there is one, for a training by these settings on these arrays and no other.

    Errors: BadInput if `work` cannot be a folder.
    """
    if work is None:
        return None
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for some in data:
        digest.update(str((some.shape, some.dtype)).encode())
        digest.update(np.ascontiguousarray(some).data)
    return folder(work) / f"{digest.hexdigest()[:16]}.pt"


def _save(learning: Learning, done: int, path: Path) -> None:
    state = {
        "done": done,
        "parts": {name: part.state_dict() for name, part in learning.parts.items()},
        "drawn": torch.get_rng_state(),
        "drawn there": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    with atomic_path(path) as temporary:
        torch.save(state, temporary)


def _restore(learning: Learning, path: Path) -> int:
    """The steps that were done. Read with `weights_only`, so nothing in the file is executed. Errors: BadInput."""
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        for name, part in learning.parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["drawn"])
        if torch.cuda.is_available() and state["drawn there"]:
            torch.cuda.set_rng_state_all(state["drawn there"])
        return int(state["done"])
    except (OSError, ValueError, KeyError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise BadInput(f"the checkpoint {path} is damaged; delete it, and the steps begin anew") from error
