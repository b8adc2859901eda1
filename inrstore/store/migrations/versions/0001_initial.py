"""The first catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "failures",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_failures")),
    )
    op.create_table(
        "indexes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_indexes")),
    )
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("name", name=op.f("uq_labels_name")),
    )
    op.create_table(
        "models",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weights", sa.BigInteger(), nullable=False),
        sa.Column("embedding_dim", sa.BigInteger(), nullable=True),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_models")),
        sa.UniqueConstraint("id", name=op.f("uq_models_id")),
    )
    op.create_table(
        "runs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("rewritten", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state")),
    )
    op.create_table(
        "heads",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model_key", sa.Integer(), nullable=False),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["models.key"], name=op.f("fk_heads_model_key")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heads")),
    )
    op.create_table(
        "shapes",
        sa.Column("key", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("center_x", sa.Double(), nullable=False),
        sa.Column("center_y", sa.Double(), nullable=False),
        sa.Column("center_z", sa.Double(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("rotation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("label_id", sa.Integer(), nullable=True),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["labels.id"], name=op.f("fk_shapes_label_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shapes")),
        sa.UniqueConstraint("sha256", "removed", name=op.f("uq_shapes_sha256_removed")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shapes_label_id"), "shapes", ["label_id"], unique=False)
    op.create_index(op.f("ix_shapes_name"), "shapes", ["name"], unique=False)
    op.create_table(
        "shards",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("model_key", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["models.key"], name=op.f("fk_shards_model_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shards")),
        sa.UniqueConstraint("path", name=op.f("uq_shards_path")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "embeddings",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("model_key", sa.Integer(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["models.key"], name=op.f("fk_embeddings_model_key")),
        sa.ForeignKeyConstraint(
            ["shape_key"], ["shapes.key"], name=op.f("fk_embeddings_shape_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_embeddings_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", "model_key", name=op.f("pk_embeddings")),
    )
    op.create_index(op.f("ix_embeddings_shard_id"), "embeddings", ["shard_id"], unique=False)
    op.create_table(
        "inrs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("shape_key", KEY, nullable=False),
        sa.Column("model_key", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=False),
        sa.Column("error", sa.Double(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["models.key"], name=op.f("fk_inrs_model_key")),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_inrs_shape_key"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_inrs_shard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inrs")),
        sa.UniqueConstraint("shape_key", "model_key", "profile", name=op.f("uq_inrs_shape_key_model_key_profile")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inrs_shard_id"), "inrs", ["shard_id"], unique=False)
    op.create_table(
        "sources",
        sa.Column("id", KEY, nullable=False),
        sa.Column("shape_key", KEY, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_sources_shape_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("path", "shape_key", name=op.f("uq_sources_path_shape_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sources_shape_key"), "sources", ["shape_key"], unique=False)
    op.create_table(
        "tags",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_tags_shape_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shape_key", "name", name=op.f("pk_tags")),
    )
    op.create_index(op.f("ix_tags_name_value"), "tags", ["name", "value"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first revision; delete the store instead")
