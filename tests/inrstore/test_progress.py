"""One record for every long call, its rate and time left by a clock that the test holds."""

from __future__ import annotations

import pytest

from inrstore.progress import Meter, Progress, tell


def test_rate_and_time_left_are_of_all_that_was_done() -> None:
    seconds = iter([100.0, 102.0, 110.0])
    heard: list[Progress] = []
    meter = Meter(heard.append, 25, stage="fitting", clock=lambda: next(seconds))
    meter.step("a", stored=1)
    meter.step("b", 4, stored=3, failed=2)
    assert heard == [
        Progress(1, 25, 0.5, 48.0, stored=1, stage="fitting", current="a"),
        Progress(5, 25, 0.5, 40.0, stored=3, failed=2, stage="fitting", current="b"),
    ]


def test_without_a_total_nobody_knows_the_time_left() -> None:
    heard: list[Progress] = []
    Meter(heard.append).step()
    assert (heard[0].total, heard[0].eta) == (None, None) and (heard[0].rate or 0) > 0


def test_without_a_callback_it_only_counts() -> None:
    meter = Meter(None, 2)
    meter.step()
    meter.step()
    tell(None, "reading")
    assert meter.done == 2


def test_a_stage_is_told_by_name() -> None:
    heard: list[Progress] = []
    tell(heard.append, "reading")
    assert heard == [Progress(0, stage="reading")]


def test_a_callback_may_stop_the_call() -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Meter(stop, 3).step()
