"""Messages are sentences in one style; every error is a builtin too; the doors of a store say which they raise."""

from __future__ import annotations

import errno
import pickle

import pytest

from inrstore.errors import ShapeNotFound, StorageFull


@pytest.mark.parametrize(("error", "number"), [(StorageFull("it is full"), errno.ENOSPC),
                                               (StorageFull(errno.EDQUOT, "it is full"), errno.EDQUOT)])  # fmt: skip
def test_a_full_disk_is_a_sentence_with_a_number_apart(error: StorageFull, number: int) -> None:
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert (str(same), same.errno) == ("it is full", number)
        assert isinstance(same, StorageFull) and isinstance(same, OSError)


def test_a_missing_shape_is_said_without_quotes() -> None:
    assert str(ShapeNotFound("no shape 'x'")) == "no shape 'x'"
