"""Where to compute."""

from __future__ import annotations

import pytest
import torch

from inrstore.errors import BadInput
from inrstore.network.device import processor


def test_auto_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [processor(device) for device in ("auto", "cpu", "cuda")] == ["cuda", "cpu", "cuda"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [processor(device) for device in ("auto", "cpu")] == ["cpu", "cpu"]
    with pytest.raises(BadInput, match="no GPU"):
        processor("cuda")
