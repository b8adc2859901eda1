"""The catalogue's tables: the only truth about what a store holds.

Every change of a table needs a revision in `inrstore/store/migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
KEY = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a column of type INTEGER
NEVER_REUSED = {"sqlite_autoincrement": True}


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, aware of its zone on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        int: BigInteger(),
        float: Double(),
        datetime: Utc(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(none_as_null=True),
    }


class StateRow(Base):
    """One row: which store this is, and how often its embeddings changed."""

    __tablename__ = "state"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    store_id: Mapped[str] = mapped_column(String(32))
    model_id: Mapped[str] = mapped_column(String(64))
    generation: Mapped[int]
    rewritten: Mapped[int]  # generation of the last change of an embedding that was already there
    created: Mapped[datetime]


class ModelRow(Base):
    __tablename__ = "models"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    weights: Mapped[int]  # W, the size of its networks
    embedding_dim: Mapped[int | None]
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class LabelRow(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class ShapeRow(Base):
    """A shape. Removing sets `removed` to its own key, which frees the content's hash for a new row.

    No index may begin with `removed`: it is 0 in nearly every row, but SQLite would think it selective and
    take that index before the right one.
    """

    __tablename__ = "shapes"
    __table_args__ = (UniqueConstraint("sha256", "removed"), NEVER_REUSED)
    key: Mapped[int] = mapped_column(KEY, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    removed: Mapped[int]  # 0 while the shape is there
    name: Mapped[str] = mapped_column(Text, index=True)
    field: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    center_x: Mapped[float]
    center_y: Mapped[float]
    center_z: Mapped[float]
    scale: Mapped[float]
    rotation: Mapped[list[Any] | None]
    label_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("labels.id"), index=True)
    quality: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class TagRow(Base):
    __tablename__ = "tags"
    __table_args__ = (Index(None, "name", "value"),)
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class SourceRow(Base):
    """A place where a shape's content was found. A path belongs to the shape that it named last."""

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("path", "shape_key"), NEVER_REUSED)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    shape_key: Mapped[int] = mapped_column(KEY, ForeignKey("shapes.key", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]


class ShardRow(Base):
    """A committed Parquet file."""

    __tablename__ = "shards"
    __table_args__ = (NEVER_REUSED,)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # inrs, embeddings or samples
    model_key: Mapped[int] = mapped_column(Integer, ForeignKey("models.key"))
    path: Mapped[str] = mapped_column(Text, unique=True)  # below the store's root, with /
    rows: Mapped[int]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]


class InrRow(Base):
    """Where one network of a shape lies; the highest id of a shape is its newest network."""

    __tablename__ = "inrs"
    __table_args__ = (UniqueConstraint("shape_key", "model_key", "profile"), NEVER_REUSED)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    shape_key: Mapped[int] = mapped_column(KEY, ForeignKey("shapes.key", ondelete="CASCADE"))
    model_key: Mapped[int] = mapped_column(Integer, ForeignKey("models.key"))
    profile: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(8))
    error: Mapped[float]
    steps: Mapped[int]
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class EmbeddingRow(Base):
    """Where the embedding of a shape lies."""

    __tablename__ = "embeddings"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_key: Mapped[int] = mapped_column(Integer, ForeignKey("models.key"), primary_key=True)
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class SampleRow(Base):
    """Where the kept samples of a shape lie."""

    __tablename__ = "samples"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_key: Mapped[int] = mapped_column(Integer, ForeignKey("models.key"), primary_key=True)
    count: Mapped[int]  # of the samples; the same in all of a shard
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class HeadRow(Base):
    __tablename__ = "heads"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    model_key: Mapped[int] = mapped_column(Integer, ForeignKey("models.key"))
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class IndexRow(Base):
    __tablename__ = "indexes"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    backend: Mapped[str] = mapped_column(Text)
    generation: Mapped[int]
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class FailureRow(Base):
    __tablename__ = "failures"
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime]


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = (NEVER_REUSED,)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    time: Mapped[datetime]
