"""Steps that were stopped go on as if nothing had been, from what is kept, and only from their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from inrstore.errors import BadInput
from inrstore.progress import Progress
from inrstore.tasks import learning
from inrstore.tasks.learning import Stateful, checkpoint_in, learn


@pytest.fixture(autouse=True)
def kept_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "OFTEN", -1.0)


class Line:
    """Learns y = 3x of points that are drawn."""

    def __init__(self) -> None:
        self.layer = nn.Linear(1, 1)
        self.optimiser = torch.optim.Adam(self.layer.parameters(), 0.05)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"layer": self.layer, "optimiser": self.optimiser}

    def step(self) -> str:
        x = torch.randn(16, 1)
        loss = (self.layer(x) - 3 * x).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return f"loss {float(loss.detach()):.3f}"


def stop_at(done: int) -> Callable[[Progress], None]:
    def stop(progress: Progress) -> None:
        if progress.done == done:
            raise KeyboardInterrupt

    return stop


def test_stopped_steps_go_on_to_the_same_result(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    whole, stopped = learn(Line, 200, 1, None, None)
    assert stopped == 0 and abs(whole.layer.weight.item() - 3) < 0.05
    assert learn(Line, 200, 1, tmp_path / "a.pt", stop_at(50))[1] == 50
    heard: list[Progress] = []
    again, stopped = learn(Line, 200, 1, tmp_path / "a.pt", heard.append)
    assert stopped == 0 and (heard[0].done, heard[-1].done) == (50, 200)  # step 50 was not kept: it was stopped in it
    torch.testing.assert_close(again.layer.state_dict(), whole.layer.state_dict(), rtol=0, atol=0)
    other, _ = learn(Line, 200, 2, None, None)
    assert other.layer.weight.item() != whole.layer.weight.item()
    torch.testing.assert_close(torch.get_rng_state(), before)  # the caller's random numbers are left alone


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    first, _ = learn(Line, 20, 0, tmp_path / "a.pt", None)
    heard: list[Progress] = []
    again, _ = learn(Line, 20, 0, tmp_path / "a.pt", heard.append)
    assert not heard
    torch.testing.assert_close(again.layer.state_dict(), first.layer.state_dict())


def test_nothing_is_kept_of_a_first_step_that_was_stopped(tmp_path: Path) -> None:
    class Slow(Line):
        def step(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(Slow, 20, 0, tmp_path / "a.pt", None)
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    learn(Line, 20, 0, path, stop_at(9))
    whole = path.read_bytes()
    for damaged in (whole[:200], b"", b"not a checkpoint"):
        path.write_bytes(damaged)
        with pytest.raises(BadInput, match=r"a\.pt is damaged; delete it, and the steps begin anew"):
            learn(Line, 20, 0, path, None)


def test_a_checkpoint_serves_one_training(tmp_path: Path) -> None:
    rows = np.arange(6, dtype=np.float32)
    own = checkpoint_in(tmp_path / "work", {"seed": 0}, [rows])
    assert own == checkpoint_in(tmp_path / "work", {"seed": 0}, [rows.copy()]) is not None
    others = [
        checkpoint_in(tmp_path / "work", {"seed": 1}, [rows]),
        checkpoint_in(tmp_path / "work", {"seed": 0}, [rows + 1]),
        checkpoint_in(tmp_path / "work", {"seed": 0}, [rows.reshape(2, 3)]),
        checkpoint_in(tmp_path / "work", {"seed": 0}, [rows, rows]),
    ]
    assert len({own, *others}) == 5
    assert checkpoint_in(None, {}, []) is None
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="file cannot be a folder"):
        checkpoint_in(tmp_path / "file", {}, [])
