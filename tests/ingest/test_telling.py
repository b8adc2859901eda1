"""What is heard of tasks while they are under way."""

from __future__ import annotations

import time

import pytest

from ingest.engines import LocalEngine
from ingest.telling import PLACES, UNTOLD, Board, heard
from inrstore.progress import Meter, Progress, tell


def prepare() -> None:
    """Nothing has to be made ready."""


def slowly(name: str) -> str:
    tell(heard, "reading")
    time.sleep(0.4)
    tell(heard, "a stage that is in no list")
    meter = Meter(heard, 5, stage="fitting")
    for _ in range(5):
        meter.step()
        time.sleep(0.15)
    return name


def test_stages_and_steps_are_heard_in_their_order() -> None:
    told: list[tuple[str, Progress]] = []
    with LocalEngine(2, 30, prepare, ()) as engine:
        for _ in range(2):  # the places are free again
            done = engine.run(slowly, ["a", "b"], on_told=lambda task, progress: told.append((task, progress)))
            assert sorted(one.result for one in done if one) == ["a", "b"]
        assert [one.result for one in engine.run(slowly, ["quiet"]) if one] == ["quiet"]
    for name in ("a", "b"):
        found = [(one.stage, one.done, one.total) for task, one in told if task == name]
        assert found[0] == ("reading", 0, None) and {stage for stage, *_ in found} == {"reading", "fitting"}
        steps = [done for stage, done, _ in found[: len(found) // 2] if stage == "fitting"]
        assert steps == sorted(steps) and all(total == 5 for stage, _, total in found if stage == "fitting")


def test_who_hears_may_end_the_call() -> None:
    def stop(task: str, progress: Progress) -> None:
        raise InterruptedError

    with LocalEngine(1, 30, prepare, ()) as engine:
        with pytest.raises(InterruptedError):
            list(engine.run(slowly, ["a"], on_told=stop))
        assert [one.result for one in engine.run(slowly, ["b"]) if one] == ["b"]


def test_a_board_has_so_many_places() -> None:
    import multiprocessing

    board = Board(multiprocessing.get_context("spawn"))
    places = [board.take() for _ in range(PLACES)]
    assert sorted(places) == list(range(PLACES)) and board.take() == UNTOLD
    assert board.read(UNTOLD) is None and board.read(places[0]) is None
    board.give_back(places[0])
    board.give_back(UNTOLD)
    assert board.take() == places[0]
    heard(Progress(1, 2, stage="fitting"))  # in no worker, nobody is told
