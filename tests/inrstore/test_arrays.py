"""What a caller brings becomes float32, or is refused by its name, what came, and what is expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from inrstore.arrays import as_floats, as_integers, as_points, check_field
from inrstore.errors import BadArray, BadInput, UnknownField


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2, 3], [4, 5, 6]],
        np.array([[1, 2, 3], [4, 5, 6]], np.float64),
        np.array([[1, 2, 3], [4, 5, 6]], np.uint8),
        torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64),
    ],
)
def test_numbers_of_any_type_become_float32(values: Any) -> None:
    found = as_points(values)
    assert found.dtype == np.float32 and found.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_what_is_right_is_not_copied() -> None:
    points = np.zeros((5, 3), np.float32)
    assert as_points(points) is points


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((5, 2)), r"p: an array of shape \(5, 2\) came, expected is \(n, 3\)"),
        (np.zeros(3), r"p: an array of shape \(3,\) came, expected is \(n, 3\)"),
        (np.zeros((1, 5, 3)), r"p: an array of shape \(1, 5, 3\) came"),
        ("here", "p: <U4 came, expected are real numbers"),
        (None, "p: object came"),
        (np.zeros((5, 3), complex), "p: complex128 came, expected are real numbers"),
        ([[1, 2, 3], [1, 2]], "p: no array can be made of this list"),
        (torch.zeros(5, 3, requires_grad=True), "p: no array can be made of this Tensor"),
        ([[1, 2, np.nan]], "p: NaN"),
        ([[1, 2, -np.inf]], "p: .* infinity"),
        ([[1, 2, 1e39]], "p: .* beyond float32"),
    ],
)
def test_what_is_wrong_is_named(values: Any, said: str) -> None:
    with pytest.raises(BadArray, match=f"^{said}") as caught:
        as_points(values, "p")
    assert isinstance(caught.value, BadInput) and isinstance(caught.value, ValueError)


def test_a_width_is_named_as_it_must_be() -> None:
    assert as_floats([1, 2], (2,), "w").tolist() == [1, 2]
    with pytest.raises(BadArray, match=r"w: an array of shape \(2,\) came, expected is \(9,\)"):
        as_floats([1, 2], (9,), "w")


def test_whole_numbers_are_whole() -> None:
    assert as_integers(np.array([3, 5], np.uint8), (None,), "keys").dtype == np.int64
    assert as_integers([], (None,), "keys").tolist() == []
    for wrong in ([1.0], [True], ["a"], [[1]], 3):
        with pytest.raises(BadArray, match="^keys: "):
            as_integers(wrong, (None,), "keys")  # type: ignore[arg-type]


def test_fields_are_known_ones() -> None:
    check_field("udf")
    with pytest.raises(UnknownField, match="field: 'sfd' is none of sdf, udf, occ"):
        check_field("sfd")
    with pytest.raises(UnknownField, match="kind: 'occ' is none of sdf, udf"):
        check_field("occ", ("sdf", "udf"), "kind")
