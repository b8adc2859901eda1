"""Messages are sentences; every error is also the builtin that a caller would expect."""

from __future__ import annotations

import errno
import pickle

import pytest

from inrstore import errors
from inrstore.errors import InrstoreError, ShapeNotFound, StorageFull

LEAVES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, InrstoreError)]


@pytest.mark.parametrize(("error", "number"), [(StorageFull("it is full"), errno.ENOSPC),
                                               (StorageFull(errno.EDQUOT, "it is full"), errno.EDQUOT)])  # fmt: skip
def test_a_full_disk_is_a_sentence_with_a_number_apart(error: StorageFull, number: int) -> None:
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert (str(same), same.errno) == ("it is full", number)
        assert isinstance(same, StorageFull) and isinstance(same, OSError)


def test_a_missing_shape_is_said_without_quotes() -> None:
    assert str(ShapeNotFound("no shape 'x'")) == "no shape 'x'"


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_says_what_it_is_for(kind: type[InrstoreError]) -> None:
    assert kind.__doc__ and kind.__doc__.strip().endswith(".")
    assert str(kind("a sentence")) == "a sentence"
