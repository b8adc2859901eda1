"""The catalogue's tables: the only truth about what a store holds.

Every change of a table needs a revision in `inrstore/store/migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .columns import KEY, NEVER_REUSED
from .columns import Table as Table
from .columns import now as now


class StateRow(Table):
    """One row: which store this is, what its networks and embeddings are of, and how often the latter changed."""

    __tablename__ = "state"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    store_id: Mapped[str] = mapped_column(String(32))
    base_id: Mapped[str] = mapped_column(String(64))
    profile: Mapped[str] = mapped_column(Text)  # of the networks that are fitted as the base says
    encoder_id: Mapped[str | None] = mapped_column(String(64))
    generation: Mapped[int]
    rewritten: Mapped[int]  # generation of the last change of an embedding that was already there
    created: Mapped[datetime]


class BaseRow(Table):
    """A base: what networks start from."""

    __tablename__ = "bases"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    weights: Mapped[int]  # W, the size of its networks
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class EncoderRow(Table):
    """An encoder: what embeddings are made by, from networks of one base."""

    __tablename__ = "encoders"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    dim: Mapped[int]
    base_key: Mapped[int] = mapped_column(Integer, ForeignKey("bases.key"))
    retired: Mapped[datetime | None]  # when another took its place; the next compaction drops its embeddings
    created: Mapped[datetime]


class HeadRow(Table):
    """A network on the embeddings of an encoder; `decoder` is the kind of those that give fields."""

    __tablename__ = "heads"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    encoder_key: Mapped[int] = mapped_column(Integer, ForeignKey("encoders.key"))
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class LabelRow(Table):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class ShapeRow(Table):
    """A shape. Removing sets `removed` to its own key, which frees the content's hash for a new row.

    No index may begin with `removed`: it is 0 in nearly every row, but SQLite would think it selective and
    take that index before the right one. The one of removed shapes alone cannot be taken for others.
    """

    __tablename__ = "shapes"
    __table_args__ = (
        UniqueConstraint("sha256", "removed"),
        Index(None, "field", "kind", "removed"),
        Index(None, "label_id", "removed"),
        Index("ix_shapes_gone", "removed", sqlite_where=text("removed != 0"), postgresql_where=text("removed != 0")),
        NEVER_REUSED,
    )
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
    label_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("labels.id"))
    quality: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(index=True)


class TagRow(Table):
    __tablename__ = "tags"
    __table_args__ = (Index(None, "name", "value", "shape_key"),)
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class TermRow(Table):
    """A word that shapes have or had, see `inrstore.words`; what is looked for is compared with these."""

    __tablename__ = "terms"
    __table_args__ = (Index(None, "letters", "term"),)
    term: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True)
    letters: Mapped[int] = mapped_column(Integer)  # 0 for a stem alone, and for what has more than letters


class SourceRow(Table):
    """A place where a shape's content was found. A path belongs to the shape that it named last."""

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("path", "shape_key"), NEVER_REUSED)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    shape_key: Mapped[int] = mapped_column(KEY, ForeignKey("shapes.key", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    file: Mapped[str | None] = mapped_column(
        Text
    )  # that holds the object, which has the next three; see `records.Part`
    parts: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(Text)
    transform: Mapped[list[Any] | None]


class ShardRow(Table):
    """A committed Parquet file: networks of a base, embeddings of an encoder, samples, part labels or thumbnails."""

    __tablename__ = "shards"
    __table_args__ = (NEVER_REUSED,)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    folder: Mapped[str] = mapped_column(String(16))  # inrs, embeddings, samples, part_labels or thumbnails
    base_key: Mapped[int | None] = mapped_column(Integer, ForeignKey("bases.key"))
    encoder_key: Mapped[int | None] = mapped_column(Integer, ForeignKey("encoders.key"))
    path: Mapped[str] = mapped_column(Text, unique=True)  # below the store's root, with /
    rows: Mapped[int]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]


class InrRow(Table):
    """Where one network of a shape lies; `encoded` marks the one that encoders read."""

    __tablename__ = "inrs"
    __table_args__ = (
        UniqueConstraint("shape_key", "base_key", "profile"),
        Index(
            "uq_inrs_encoded", "shape_key", unique=True, sqlite_where=text("encoded"), postgresql_where=text("encoded")
        ),
        Index(
            "ix_inrs_error",
            "error",
            "shape_key",
            sqlite_where=text("encoded = 1"),  # as SQLAlchemy writes it there
            postgresql_where=text("encoded"),
        ),
        NEVER_REUSED,
    )
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    shape_key: Mapped[int] = mapped_column(KEY, ForeignKey("shapes.key", ondelete="CASCADE"))
    base_key: Mapped[int] = mapped_column(Integer, ForeignKey("bases.key"))
    profile: Mapped[str] = mapped_column(Text)
    encoded: Mapped[bool]
    field: Mapped[str] = mapped_column(String(8))
    error: Mapped[float]
    steps: Mapped[int]
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class EmbeddingRow(Table):
    """Where the embedding of a shape lies."""

    __tablename__ = "embeddings"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    encoder_key: Mapped[int] = mapped_column(Integer, ForeignKey("encoders.key"), primary_key=True)
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class SampleRow(Table):
    """Where the kept samples of a shape lie."""

    __tablename__ = "samples"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    count: Mapped[int]  # of the samples; the same in all of a shard
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class PartLabelRow(Table):
    """Where the part labels of a shape lie."""

    __tablename__ = "part_labels"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class ThumbnailRow(Table):
    """Where the picture of a shape's source lies."""

    __tablename__ = "thumbnails"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    shard_id: Mapped[int] = mapped_column(KEY, ForeignKey("shards.id"), index=True)
    row: Mapped[int]


class DecisionRow(Table):
    """What somebody decided that two shapes are to each other."""

    __tablename__ = "decisions"
    __table_args__ = (CheckConstraint("first_key < second_key", name="ck_decisions_ordered"),)  # each pair is one row
    first_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    second_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    decision: Mapped[str] = mapped_column(String(16))  # same, variant or different
    decided: Mapped[datetime]


class RefusalRow(Table):
    """A label that somebody has said is not right for a shape."""

    __tablename__ = "refusals"
    shape_key: Mapped[int] = mapped_column(
        KEY, ForeignKey("shapes.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)  # label, or the tag whose value it would be
    label: Mapped[str] = mapped_column(Text, primary_key=True)
    refused: Mapped[datetime]


class IndexRow(Table):
    __tablename__ = "indexes"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    backend: Mapped[str] = mapped_column(Text)
    generation: Mapped[int]
    info: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class FailureRow(Table):
    __tablename__ = "failures"
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime]


class RunRow(Table):
    __tablename__ = "runs"
    __table_args__ = (NEVER_REUSED,)
    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    command: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    time: Mapped[datetime]
