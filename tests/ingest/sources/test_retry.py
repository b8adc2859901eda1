"""What is asked for again, how often, and what is not."""

from __future__ import annotations

import pytest

from ingest.sources.retry import FIRST, TRIES, Unreachable, retried
from inrstore.errors import BadInput

LOST = OSError("When reading information for key 'a': AWS Error NETWORK_CONNECTION during HeadObject operation: curl")


class Asked:
    """Fails so many times, and answers then."""

    def __init__(self, times: int, error: OSError) -> None:
        self.times, self.error, self.count = times, error, 0

    def __call__(self) -> str:
        self.count += 1
        if self.count <= self.times:
            raise self.error
        return "answer"


@pytest.mark.parametrize(
    "error",
    [
        LOST,
        OSError("AWS Error SLOW_DOWN during GetObject operation"),
        OSError("AWS Error UNKNOWN (HTTP status 503) during GetObject operation"),
        ConnectionResetError(104, "reset"),
        TimeoutError("late"),
    ],
)
def test_what_passes_is_waited_for_ever_longer(error: OSError) -> None:
    asked, pauses = Asked(TRIES - 1, error), list[float]()
    assert retried(asked, "a", sleep=pauses.append) == "answer"
    assert asked.count == TRIES
    for number, pause in enumerate(pauses):
        assert FIRST * 2**number * 0.5 <= pause <= FIRST * 2**number * 1.5


def test_what_does_not_pass_is_given_up() -> None:
    asked = Asked(99, LOST)
    with pytest.raises(Unreachable, match=rf"in {TRIES} tries \(AWS Error NETWORK_CONNECTION.*run the same command"):
        retried(asked, "a", sleep=lambda _: None)
    assert asked.count == TRIES


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "Path does not exist 'b/a'"), "no such object"),
        (PermissionError(13, "no"), "check the credentials"),
        (OSError("AWS Error ACCESS_DENIED during GetObject operation"), "AWS_PROFILE"),
        (OSError("AWS Error UNKNOWN (HTTP status 403) during HeadObject"), "no permission"),
        (OSError("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation"), "no such bucket"),
    ],
)
def test_what_is_refused_is_not_asked_for_again(error: OSError, said: str) -> None:
    asked = Asked(99, error)
    with pytest.raises(BadInput, match=said):
        retried(asked, "a", sleep=lambda _: None)
    assert asked.count == 1
