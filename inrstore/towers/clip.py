"""CLIP of OpenCLIP as towers for texts and for pictures, whose vectors are comparable (Radford and others, ICML 2021).

Named `open_clip:MODEL/TAG` for weights that are fetched, which is said, or `open_clip:MODEL/FILE` for a checkpoint
here, as open_clip:ViT-B-32//data/weights.safetensors or open_clip:ViT-B-32/./weights.pt.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from inrstore.errors import BadInput
from inrstore.records import FloatArray

from .openclip import library, loaded
from .squares import square

PREFIX = "open_clip:"
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
BATCH, LONGEST = 16, 2_000


class Clip:
    """One model for both sides, which one thread asks at a time."""

    def __init__(self, name: str, model: str, pretrained: str, file: bool) -> None:
        self.name = name
        self._network, self._seen, self._tokens = loaded(model, pretrained, file)
        config = library().get_model_config(model)
        self.dim = int(config["embed_dim"])
        self.id = _identity(self._network, [config, self._network.visual.preprocess_cfg])
        size = self._network.visual.image_size
        self.side = int(size[0] if isinstance(size, (tuple, list)) else size)
        self._guard = threading.Lock()

    def texts(self, some: list[str]) -> FloatArray:
        """(n, dim) of length one."""
        return self._rows(lambda: self._network.encode_text(self._tokens(some), normalize=True))

    def pictures(self, some: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """(n, dim) of length one."""
        import torch

        seen = torch.stack([self._seen(pillow.fromarray(square(one))) for one in some])  # (n, 3, side, side)
        return self._rows(lambda: self._network.encode_image(seen, normalize=True))

    def _rows(self, ask: Any) -> FloatArray:
        import torch

        with self._guard, torch.inference_mode():
            return np.asarray(ask().float().numpy(), np.float32)


class ClipTower:
    """What both sides have."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self.name, self.id, self.dim = clip.name, clip.id, clip.dim

    def _batches(self, some: Sequence[Any], encode: Any) -> FloatArray:
        rows = [encode(some[start : start + BATCH]) for start in range(0, len(some), BATCH)]
        return np.concatenate(rows) if rows else np.empty((0, self.dim), np.float32)


class ClipTextTower(ClipTower):
    """See `TextTower`."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See `TextTower.encode`."""
        return self._batches([text[:LONGEST] for text in texts], self._clip.texts)


class ClipImageTower(ClipTower):
    """See `ImageTower`."""

    @property
    def side(self) -> int:
        return self._clip.side

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """See `ImageTower.encode`; resized as the weights were trained."""
        return self._batches(pictures, self._clip.pictures)


@lru_cache(maxsize=1)
def clip(name: str) -> Clip:
    """`open_clip:MODEL/TAG` or `open_clip:MODEL/FILE`. Errors: BadInput, MissingDependency."""
    model, _, pretrained = name.removeprefix(PREFIX).partition("/")
    if not model or not pretrained:
        raise BadInput(f"tower: {name!r} is not open_clip:MODEL/TAG or open_clip:MODEL/FILE")
    if model not in library().list_models():
        raise BadInput(f"tower: OpenCLIP has no model {model!r}; it has {_some(library().list_models())}")
    tags = library().list_pretrained_tags_by_model(model)
    if pretrained in tags:
        return Clip(name, model, pretrained, False)
    file = Path(pretrained)
    if not file.is_file():
        known = f"its tags are {_some(tags)}" if tags else "it has no tags"
        raise BadInput(f"tower: {pretrained!r} is neither a file nor a tag of {model}; {known}")
    if file.suffix not in SUFFIXES:
        raise BadInput(f"tower: {file} is no checkpoint; it should end in one of {', '.join(SUFFIXES)}")
    return Clip(name, model, str(file), True)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _identity(network: Any, settings: Any) -> str:
    """SHA-256 over all tensors, and over how texts and pictures are read."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
