"""What a training's epochs say, where people look: a picture, and TensorBoard if it is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inrstore.errors import MissingDependency

PICTURE = "curves.png"


class Curves:
    """Called with the history after each epoch: draws its curves into a folder. Errors: MissingDependency."""

    def __init__(self, folder: str, tensorboard: str | None) -> None:
        self.path, self.writer = Path(folder) / PICTURE, _writer(tensorboard) if tensorboard else None

    def __call__(self, history: Sequence[Mapping[str, float]]) -> None:
        from inrstore.pictures.curves import draw_curves

        draw_curves(history, self.path)
        if self.writer is not None:
            for name, value in history[-1].items():
                self.writer.add_scalar(name, value, len(history))
            self.writer.flush()


def _writer(folder: str) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingDependency("TensorBoard is not installed; run: pip install tensorboard") from error
    return SummaryWriter(folder)
