"""Every example in docs/format.md works on a store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from inrstore.network.packing import unpack_points
from inrstore.store import Store
from tests.shapes import REPO, digest, kept, new_shape, parted, picture

PAGE = (REPO / "docs/format.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def stored(local_store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> Store:
    for start in (0, 6):
        numbers = range(start, start + 6)
        more = [{"samples": kept(n, 40), "thumbnail": picture(n), "part_labels": parted(n)} for n in numbers]
        local_store.commit([new_shape(tiny_model, n, **one) for n, one in zip(numbers, more, strict=True)])
    local_store.remove(digest(4))
    monkeypatch.chdir(Path(local_store.url).parent)  # where the page's shapes.store is
    return local_store


@pytest.mark.parametrize("query", blocks("sql"))
def test_duckdb_examples(stored: Store, query: str) -> None:
    assert duckdb.sql(query).fetchall()


def test_sql_sees_the_figures(stored: Store) -> None:
    (row,) = duckdb.sql(blocks("sql")[0]).fetchall()
    assert row[:3] == ("default", "sdf", 12)
    encodings = {r[0]: r[1] for r in duckdb.sql(blocks("sql")[1]).fetchall()}
    assert any("BYTE_STREAM_SPLIT" in value for name, value in encodings.items() if "embedding" in name)
    metadata = dict(duckdb.sql(blocks("sql")[2]).fetchall())
    assert metadata["base"] == stored.base_id and metadata["fields"] == "sdf"


def test_python_examples(stored: Store) -> None:
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("python")):
        exec(compile(block, f"docs/format.md, block {number}", "exec"), names)
    assert len(names["shapes"]) == 11 and names["found"].label.tolist() == ["chair", "table"]


def test_the_page_says_how_samples_are_read(stored: Store) -> None:
    names: dict[str, Any] = {"pd": pd}
    exec(next(block for block in blocks("python") if "samples" in block), names)
    found = stored.samples([stored.shape(names["kept"]["shape"]).key])[0]
    assert np.allclose(names["points"], found.points, atol=1e-6)
    assert np.allclose(names["distances"], found.values, atol=1e-7)
    (row,) = duckdb.sql(next(query for query in blocks("sql") if "samples" in query)).fetchall()
    assert row[:3] == ("sdf", 12, 40) and 0.09 < row[3] <= 0.1


def test_the_page_says_how_part_labels_are_read(stored: Store) -> None:
    names: dict[str, Any] = {"pd": pd}
    exec(next(block for block in blocks("python") if "part_labels" in block), names)
    key = stored.shape(names["labels"]["shape"]).key
    found = stored.part_labels([key])[key]
    assert np.allclose(names["where"], unpack_points(found.points), atol=1e-6)
    assert names["names"].tolist() == [found.names[place] for place in found.part]
    (row,) = duckdb.sql(next(query for query in blocks("sql") if "part_labels" in query)).fetchall()
    assert row == (12, 2)


def test_every_table_is_on_the_page() -> None:
    from inrstore.store.tables import Table

    assert not {name for name in Table.metadata.tables if f"`{name}`" not in PAGE}
