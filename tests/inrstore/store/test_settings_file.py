"""store.json is checked like any settings: what is wrong in it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inrstore.errors import StoreFormatError
from inrstore.store import Store, open_store


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "1"}, "format is '1'; it must be a whole number"),
        ({"format": 0}, "format is 0; it must be a whole number >= 1"),
        ({"format": None}, "format is None; it must be a whole number"),
        ({"id": 3}, "id is 3; it must be text"),
        ({"id": ""}, "id is ''; it must be text"),
        ({"catalog": 3}, "catalog is 3; it must be text or null"),
        ({"format": 99, "id": ["of", "a", "later", "kind"]}, "has format 99, .*upgrade"),
    ],
)
def test_a_wrong_setting_is_named(local_store: Store, changes: dict[str, Any], said: str) -> None:
    file = Path(local_store.url) / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(StoreFormatError, match=said):
        open_store(local_store.url)


@pytest.mark.parametrize(("content", "said"), [("{}", "format is missing"), ("[]", "an object"), ("", "not JSON")])
def test_a_file_that_is_none_is_said_to_be_damaged(local_store: Store, content: str, said: str) -> None:
    (Path(local_store.url) / "store.json").write_text(content)
    with pytest.raises(StoreFormatError, match=f"store.json: .*{said}.* damaged; restore it from a backup"):
        open_store(local_store.url)


def test_settings_that_nobody_knows_are_for_people(local_store: Store) -> None:
    file = Path(local_store.url) / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"note": "ours"}))
    assert open_store(local_store.url).id == local_store.id
