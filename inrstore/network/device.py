"""Where to compute."""

from __future__ import annotations

from inrstore.errors import BadInput


def processor(device: str) -> str:
    """cpu or cuda, of auto, cpu or cuda: auto is cuda where there is one. Errors: BadInput, if there is none here."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput("device is 'cuda', but torch sees no GPU here; give cpu or auto")
    return device
