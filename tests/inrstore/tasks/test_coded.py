"""Codes of stored shapes and of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore import queries
from inrstore.errors import BadInput, ShapeNotFound
from inrstore.model import EncoderPart, Head, Model
from inrstore.model.encoders.grid import GridEncoder
from inrstore.model.grid_decoder import GridDecoder, GridDecoderSettings
from inrstore.network.fields import FIELDS
from inrstore.records import Failure
from inrstore.store import Store
from inrstore.tasks import Codes, coded, common_field
from tests.shapes import digest, key_of, new_inr, new_shape


@pytest.fixture
def codes(store: Store, tiny_model: Any) -> Codes:
    torch.manual_seed(0)
    base = tiny_model.base
    encoder = EncoderPart.of("codes", GridEncoder.begin(base, cells=2, channels=3, widths=[8, 16]).eval(), base)
    decoder = GridDecoder(FIELDS, GridDecoderSettings(24, 2, (8, 16), 8, 16)).eval()
    return Codes.of(store, Model("codes", base, encoder, Head.of("codes", decoder, encoder.id)))


class Reader:
    """Reads a file as the shape whose number is in it, and counts how often it is asked."""

    def __init__(self, model: Any) -> None:
        self.model, self.asked = model, list[tuple[list[str], dict[str, Any]]]()

    def shapes(self, store: Store, paths: list[str], **reading: Any) -> list[Any]:
        self.asked.append((list(paths), reading))
        return [self._of(Path(path)) for path in paths]

    def _of(self, path: Path) -> Any:
        text = path.read_text()
        return new_shape(self.model, int(text)) if text.isdigit() else Failure(str(path), "it is no number")


@pytest.fixture
def reader(tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader(tiny_model)
    monkeypatch.setattr(queries, "_registered", [lambda: made])
    return made


def test_stored_shapes_and_files_in_the_order_in_which_they_were_asked_for(
    codes: Codes, reader: Reader, tiny_model: Any, tmp_path: Path
) -> None:
    codes.store.commit([new_shape(tiny_model, number) for number in range(3)])
    (tmp_path / "a.obj").write_text("1")
    (tmp_path / "b.obj").write_text("7")
    first, second = str(tmp_path / "a.obj"), str(tmp_path / "b.obj")
    found = coded(codes, [first, digest(2), second, first, digest(1)[:12]], up="z")
    assert [one.shape.name for one in found] == ["shape 1", "shape 2", "shape 7", "shape 1", "shape 1"]
    assert reader.asked == [([first, second], {"up": "z"})]  # together, and each once
    np.testing.assert_array_equal(found[1].code, codes.code(key_of(codes.store, 2)))
    expected = codes.encode("sdf", new_inr(tiny_model, 7).weights[None])[0]
    np.testing.assert_array_equal(found[2].code, expected)
    np.testing.assert_allclose(found[0].code, found[4].code, atol=1e-2)  # stored in half precision
    assert np.abs(found[2].code - found[1].code).max() > 1e-4


def test_what_is_not_there_costs_no_fit(codes: Codes, reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text("1")
    with pytest.raises(ShapeNotFound):
        coded(codes, [str(tmp_path / "a.obj"), "abcdef"])
    assert not reader.asked
    (tmp_path / "bad.obj").write_text("one")
    with pytest.raises(BadInput, match=r"bad\.obj: it is no number"):
        coded(codes, [str(tmp_path / "bad.obj")])


@pytest.mark.parametrize(
    ("fields", "expected"), [(("sdf", "udf"), "sdf"), (("udf", "udf"), "sdf"), (("occ", "sdf"), "occ")]
)
def test_the_field_of_several(codes: Codes, tiny_model: Any, fields: tuple[str, str], expected: str) -> None:
    shapes = [
        replace(new_shape(tiny_model, number, field=field), inrs=(new_inr(tiny_model, number, field=field),))
        for number, field in enumerate(fields)
    ]
    codes.store.commit(shapes)
    assert common_field(coded(codes, [digest(0), digest(1)])) == expected
