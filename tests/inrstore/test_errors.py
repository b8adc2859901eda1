"""Errors are said in one style, and the doors of a store say which they raise."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from inrstore import errors
from inrstore.store import Store

LEAVES = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
METHODS = {name: method for name, method in inspect.getmembers(Store, inspect.isfunction) if name[0] != "_"}


@pytest.mark.parametrize("name", LEAVES)
def test_every_error_is_one_sentence_and_a_builtin_too(name: str) -> None:
    kind = LEAVES[name]
    assert kind.__doc__ and kind.__doc__.endswith(".") and "\n" not in kind.__doc__
    if kind is not errors.InrstoreError:
        assert kind.__bases__[0] is errors.InrstoreError and len(kind.__bases__) == 2


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_does_and_raises(name: str) -> None:
    method: Any = METHODS[name]
    says, _, raises = (method.__doc__ or "").partition("Errors: ")
    assert says.strip(), f"Store.{name} has no docstring"
    assert "Raises" not in says
    assert set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", raises)) <= set(LEAVES), name
    if re.search(r"\b(Ref|Refs|AnyRef)\b", str(inspect.signature(method).parameters)) and name != "find":
        assert {"ShapeNotFound", "AmbiguousShape", "BadInput"} <= set(re.findall(r"\w+", raises)), name
    if "Conditions" in str(inspect.signature(method).parameters):
        assert "BadInput" in raises, name
