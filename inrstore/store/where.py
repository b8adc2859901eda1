"""Conditions on shapes: ``label=chair|table``, ``split!=test``, ``error>0.02``; from text to an expression of SQL.

A condition is a key, an operator and a value. Keys are the facts of a shape (`TEXTS`, `NUMBERS`), the names of
tags, and the names of quality figures; ``tag:NAME`` and ``quality:NAME`` always mean one of the latter two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.engine import Connection

from inrstore.conditions import alternatives, written
from inrstore.errors import BadInput

from . import fulltext
from . import wording as wordings
from .read import LIVE, storable
from .tables import InrRow, LabelRow, ShapeRow, SourceRow, TagRow

Conditions = Mapping[str, Any] | Sequence[str] | str
"""What methods take as `where`: texts, of which each must hold, or by key a value or a list of which any will do, where
None means none."""

MARKS = ("proposed", "proposed_by")
"""Tags that mark labels which were proposed and accepted; a condition may name them also where nothing has them."""
TEXTS = ("id", "name", "label", "field", "kind", "profile", "source")
WORDS = "words"
"""What is looked for in names, labels, tags and source paths: each word must be in one of them, see `wording`."""
NUMBERS = ("scale", "error", "steps")
SIZES: Mapping[str, Any] = {"scale": ShapeRow.scale.expression, "size": 2 * ShapeRow.scale.expression}
"""Radius and diameter of the ball in which a shape lies, in the units of its source."""
DAYS = ("created",)
"""Days or moments on which shapes were stored, as 2026-11-27 or 2026-11-27T15:30, in UTC."""
OF_NETWORKS: Mapping[str, Any] = {"error": InrRow.error, "steps": InrRow.steps}
"""Numbers of the network that encoders read."""
RESERVED = (*TEXTS, *NUMBERS)
"""No tag may be called so."""
LATER = (WORDS, "size", *DAYS)
"""What tags may be called too: = and != mean the tag then, as <, >, <= and >= are of no text."""
OPERATORS = ("!=", ">=", "<=", "=", ">", "<")
SYNTAX = re.compile(r"\s*([^=<>!]+?)\s*(!=|>=|<=|=|>|<)(.*)", re.DOTALL)
ADVICE = "write key=value, key!=value or key>value (also <, >= and <=)"
TAG, QUALITY = "tag:", "quality:"
_FIGURE = func.json_each(ShapeRow.quality).table_valued("key")


@dataclass(frozen=True)
class Condition:
    """``key operator value``, such as ``label = ch*``: * stands for anything, and an empty value for none.

    A text may have alternatives, as ``label = chair|table``; a | that is meant is written ``\\|``.
    """

    key: str
    operator: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Errors: BadInput."""
        found = SYNTAX.fullmatch(text) if isinstance(text, str) else None
        if not found:
            raise BadInput(f"where: {text!r} is no condition; {ADVICE}")
        return cls(*found.groups())

    def __str__(self) -> str:
        return f"{self.key}{self.operator}{self.value}"

    def sql(self, connection: Connection) -> ColumnElement[bool]:
        """The condition on `ShapeRow`. Errors: BadInput."""
        key = _known(connection, self.key, self.operator)
        if key in OF_NETWORKS:
            return self._of_network(OF_NETWORKS[key])
        if key in SIZES:
            return self._number(SIZES[key])
        if key in DAYS:
            return self._moment(ShapeRow.created.expression)
        if key.startswith(QUALITY):
            return self._number(ShapeRow.quality[key.removeprefix(QUALITY)].as_float())
        if self.operator not in ("=", "!="):
            raise BadInput(f"where: {self}: {key} is text, which goes with = and != only")
        values = alternatives(storable(self.value))
        equal = _called(connection, values) if key == WORDS else or_(*(_text(key, one) for one in values))
        return equal if self.operator == "=" else not_(func.coalesce(equal, false()))

    def members(self, connection: Connection) -> tuple[Select[Any], Any] | None:
        """The keys of all that fulfil it, removed shapes among them, and their column; None if `sql` alone can say it.

        Errors: BadInput.
        """
        key, column = _known(connection, self.key, self.operator), OF_NETWORKS.get(self.key)
        if column is not None:
            if self.operator == "!=" or not self.value.strip():
                return None
            return select(InrRow.shape_key).where(InrRow.encoded, self._number(column)), InrRow.shape_key
        if self.operator != "=" or key.startswith(QUALITY) or key in (*NUMBERS, *LATER[1:]):
            return None
        values = alternatives(storable(self.value))
        if key == WORDS:
            return select(ShapeRow.key).where(_called(connection, values)), ShapeRow.key
        return _members(key, values) if all(values) else None

    def _of_network(self, column: Any) -> ColumnElement[bool]:
        """A condition on the network that encoders read, from the index of all such networks."""
        networks = select(InrRow.shape_key).where(InrRow.encoded)
        if not self.value.strip() and self.operator in ("=", "!="):
            return ShapeRow.key.not_in(networks) if self.operator == "=" else ShapeRow.key.in_(networks)
        if self.operator == "!=":
            equal = Condition(self.key, "=", self.value)
            return not_(ShapeRow.key.in_(networks.where(equal._number(column))))
        return ShapeRow.key.in_(networks.where(self._number(column)))

    def _number(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        if self.operator in ("=", "!=") and not self.value.strip():
            return column.is_(None) if self.operator == "=" else column.is_not(None)
        try:
            value = float(self.value)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BadInput(f"where: {self}: {self.value!r} is no number, which {self.key} is")
        equal = func.coalesce(column == value, false())
        orders = {">": column > value, ">=": column >= value, "<": column < value, "<=": column <= value}
        return {"=": equal, "!=": not_(equal), **orders}[self.operator]

    def _moment(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """A day is the whole of it: from its first moment, until that of the next."""
        try:
            begins = datetime.fromisoformat(self.value.strip())
        except ValueError as error:
            raise BadInput(f"where: {self}: {self.value!r} is no day such as 2026-11-27, in UTC") from error
        begins = begins if begins.tzinfo else begins.replace(tzinfo=UTC)
        try:
            ends = begins + timedelta(days=1) if len(self.value.strip()) <= len("2026-11-27") else begins
        except OverflowError as error:
            raise BadInput(f"where: {self}: there is no day after {self.value!r}") from error
        within = and_(column >= begins, column < ends) if ends > begins else column == begins
        after = column >= ends if ends > begins else column > begins
        until = column < ends if ends > begins else column <= begins
        orders = {">": after, ">=": column >= begins, "<": column < begins, "<=": until}
        return {"=": within, "!=": not_(within), **orders}[self.operator]


@dataclass(frozen=True)
class Where:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, given: Conditions | Where | None) -> Where:
        """Errors: BadInput when a text is no condition."""
        if isinstance(given, Where):
            return given
        if isinstance(given, Mapping):
            return cls(tuple(Condition(key, "=", written(value)) for key, value in given.items()))
        texts = [given] if isinstance(given, str) else given or ()
        return cls(tuple(Condition.parse(text) for text in texts))

    def sql(self, connection: Connection) -> list[ColumnElement[bool]]:
        """The conditions on `ShapeRow`. Errors: BadInput when nothing has a key, or a value does not fit it."""
        return [condition.sql(connection) for condition in self.conditions]


def check_tag_names(names: Iterable[str], who: str) -> None:
    """A tag that is called like another fact could not be asked for. Errors: BadInput; `who` begins the message."""
    for name in names:
        if name in RESERVED or not name:
            raise BadInput(f"{who}: no tag can be called {name!r}; {', '.join(RESERVED)} are taken")


def tag_names(connection: Connection) -> list[str]:
    """Names of the tags that shapes have; from one to the next in their index, for there are few."""
    names: list[str] = []
    query = select(func.min(TagRow.name))
    name = connection.execute(query).scalar()
    while name is not None:
        names.append(name)
        name = connection.execute(query.where(TagRow.name > name)).scalar()
    return [name for name in names if _has(connection, TAG + name)]


def quality_names(connection: Connection) -> list[str]:
    """Names of the figures of quality that shapes have."""
    query = select(_FIGURE.c.key).select_from(ShapeRow).join(_FIGURE, true()).where(LIVE).distinct()
    return sorted(connection.execute(query).scalars())


def _known(connection: Connection, key: str, operator: str) -> str:
    """The key, with its prefix if it is a tag's or else a figure's: the one has an index. Errors: BadInput."""
    if key in RESERVED or (key in LATER and (operator not in ("=", "!=") or not _has(connection, TAG + key))):
        return key
    if key in MARKS:
        return TAG + key
    candidates = [key] if key.startswith((TAG, QUALITY)) else [TAG + key, QUALITY + key]
    found = next((name for name in candidates if _has(connection, name)), None)
    if found is None:
        raise BadInput(_unknown(connection, key))
    return found


def _has(connection: Connection, name: str) -> bool:
    """Whether any shape has this tag or figure."""
    if name.startswith(TAG):
        query = select(exists().where(TagRow.name == name.removeprefix(TAG), ShapeRow.key == TagRow.shape_key, LIVE))
        return bool(connection.execute(query).scalar())
    figure = select(_FIGURE.c.key).select_from(ShapeRow).join(_FIGURE, true())
    figure = figure.where(LIVE, _FIGURE.c.key == name.removeprefix(QUALITY)).limit(1)
    return connection.execute(figure).first() is not None


def _unknown(connection: Connection, key: str) -> str:
    tags, figures = tag_names(connection), quality_names(connection)
    close = get_close_matches(key, [*RESERVED, *LATER, *tags, *figures], 1)
    hint = f"; did you mean {close[0]}?" if close else "."
    kinds = (("facts", (*RESERVED, *LATER)), ("tags", tags), ("figures of quality", figures))
    known = "; ".join(f"{what} {', '.join(names)}" for what, names in kinds if names)
    return f"where: no shape has {key!r}{hint} There are the {known}"


def _text(key: str, value: str) -> ColumnElement[bool]:
    """Whether a text fact is `value`, which may be a pattern; with "", whether there is none."""
    columns = {"name": ShapeRow.name, "field": ShapeRow.field, "kind": ShapeRow.kind, "id": ShapeRow.sha256}
    if key in columns:
        return _matches(columns[key].expression, value)
    if key == "label":  # a subquery finds the few label ids first, so the index on label_id serves
        labels = select(LabelRow.id).where(_matches(LabelRow.name.expression, value))
        return ShapeRow.label_id.in_(labels) if value else ShapeRow.label_id.is_(None)
    owner, column, among = _rows(key)
    if not value:
        return ShapeRow.key.not_in(select(owner).where(among, column != ""))
    return ShapeRow.key.in_(select(owner).where(among, _matches(column.expression, value)))


def _rows(key: str) -> tuple[Any, Any, ColumnElement[bool]]:
    """Where a text fact lies that a shape may have several of: the column of its key, that of the value, and which."""
    if key == "profile":
        return InrRow.shape_key, InrRow.profile, true()
    if key == "source":
        return SourceRow.shape_key, SourceRow.path, true()
    return TagRow.shape_key, TagRow.value, TagRow.name == key.removeprefix(TAG)


def _members(key: str, values: Sequence[str]) -> tuple[Select[Any], Any]:
    """Keys of what has one of some values as a text fact, and their column; from an index where there is one."""
    columns = {"name": ShapeRow.name, "field": ShapeRow.field, "kind": ShapeRow.kind, "id": ShapeRow.sha256}
    if key in columns:
        return select(ShapeRow.key).where(LIVE, _any(columns[key], values)), ShapeRow.key
    if key == "label":
        labels = select(LabelRow.id).where(_any(LabelRow.name, values))
        return select(ShapeRow.key).where(LIVE, ShapeRow.label_id.in_(labels)), ShapeRow.key
    owner, column, among = _rows(key)
    return select(owner).where(among, _any(column, values)), owner


def _any(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(_matches(column.expression, value) for value in values))


def _called(connection: Connection, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a shape is called by every word of one of some texts, of which an empty one asks for nothing."""
    found: list[ColumnElement[bool]] = [false()]
    for text in values:
        wording = wordings.read(connection, text)
        if not text.strip():
            found.append(true())
        elif wording.words and not wording.unknown:
            found.append(ShapeRow.key.in_(fulltext.having(connection, wording.clauses)[0]))
    return or_(*found)


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _matches(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    """Equal, or like a pattern where * stands for anything."""
    if "*" not in value:
        return column == value
    return column.like(_escaped(value).replace("*", "%"), escape="\\")
