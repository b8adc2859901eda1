"""Settings as JSON: read into frozen dataclasses, every value of the type and in the range that its field names.

A field's annotation says what is allowed, for instance ``steps: Annotated[int, Meta(ge=1)]``. 60.5 is no number of
steps, "no" no truth value, and a setting that nobody knows is not passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
import numpy as np

from .errors import BadInput

Record = TypeVar("Record")
WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def decode(kind: type[Record], content: bytes | str, what: object, *, unknown: bool = False) -> Record:
    """The dataclass `kind` from JSON; `what`, a path say, begins every message.

    Raises
    ------
    BadInput
        If it is no JSON object, or a setting is missing, of another type, out of range, or (without `unknown`) not
        one of the dataclass's; the message names it, what came, and what is allowed.
    """
    try:
        values = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadInput(f"{what}: not JSON: {error}") from error
    return convert(kind, values, what, unknown=unknown)


def convert(kind: type[Record], values: object, what: object, *, unknown: bool = False) -> Record:
    """The dataclass `kind` from a dictionary of plain values; otherwise as `decode`."""
    try:
        if not unknown:
            _refuse_unknown(kind, values)
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"{what}: {_refusal(error, values)}") from error


def check(record: Any, what: object) -> None:
    """For `__post_init__`: every field must be what its annotation allows, and finite; 1 becomes 1.0 where it says so.

    Raises
    ------
    BadInput
        As in `decode`.
    """
    hints = get_type_hints(type(record), include_extras=True)
    for field in fields(record):
        value = _plain(getattr(record, field.name))
        try:
            _refuse_infinite(value, f"$.{field.name}")
            object.__setattr__(record, field.name, msgspec.convert(value, hints[field.name]))
        except msgspec.ValidationError as error:
            here = str(error).partition(" - at `$")
            at = error if "`$." in str(error) else f"{here[0]} - at `$.{field.name}{here[2].rstrip('`')}`"
            raise BadInput(f"{what}: {_refusal(at, {field.name: value})}") from error


def _refuse_unknown(kind: Any, values: object, path: str = "") -> None:
    """Also in dataclasses within; one that may be None is meant as well."""
    for some in (kind, *get_args(kind)):
        if not (is_dataclass(some) and isinstance(some, type) and isinstance(values, Mapping)):
            continue
        known = {field.name for field in fields(some)}
        if strange := sorted(set(map(str, values)) - known):
            at = f" - at `$.{path}`" if path else ""
            raise msgspec.ValidationError(f"unknown settings {strange}; known are {sorted(known)}{at}")
        for name, value in values.items():
            _refuse_unknown(get_type_hints(some)[name], value, f"{path}.{name}".lstrip("."))


def _refuse_infinite(value: object, path: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise msgspec.ValidationError(f"Expected `float`, got `{value}` - at `{path}`")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_infinite(item, f"{path}[{index}]")


def _plain(value: object) -> object:
    """Without NumPy's scalars, which msgspec does not know."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _refusal(error: object, values: object) -> str:
    """msgspec's error as a sentence: the setting, what it is, what it must be."""
    text, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return f"{f'{path}.{missing[1]}'.lstrip('.')} is missing"
    if not text.startswith("Expected "):
        return f"{path}: {text}" if path else text
    expected = text.removeprefix("Expected ").partition(", got ")[0]
    allowed = re.sub(r"`([^`]*)`", lambda found: " or ".join(WORDS.get(w, w) for w in found[1].split(" | ")), expected)
    return f"{path or 'the whole'} is {_at(values, path)!r}; it must be {allowed}"


def _at(values: Any, path: str) -> Any:
    """What lies at a path like ``sampling.surface[0]``."""
    for name in re.findall(r"\w+", path):
        values = values[int(name)] if isinstance(values, list) else values[name]
    return values
