"""Bases key networks and encoders key embeddings, where one model keyed both; and which network is encoded is said.

A model of format 1 becomes the parts that it was made of, saved below bases/, encoders/ and heads/ before the
catalogue names them. No shard is touched. What lay below models/ is an orphan afterwards.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ASIDE = ("embeddings", "inrs", "samples", "shards", "models", "state")
"""Tables that are copied aside, dropped with their constraints, and made anew."""


def upgrade() -> None:
    connection = op.get_bind()
    for name in ASIDE:
        op.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {name}")
    for name in ("embeddings", "inrs", "samples", "heads", "shards", "models", "state"):
        op.drop_table(name)
    _make_parts()
    _make_rows()
    _fill(connection)
    for name in ASIDE:
        op.drop_table(f"old_{name}")


def downgrade() -> None:
    raise NotImplementedError("one identity cannot be made of two; restore the catalogue from a backup")


def _make_parts() -> None:
    op.create_table(
        "bases",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weights", sa.BigInteger(), nullable=False),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bases")),
        sa.UniqueConstraint("id", name=op.f("uq_bases_id")),
    )
    op.create_table(
        "encoders",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dim", sa.BigInteger(), nullable=False),
        sa.Column("base_key", sa.Integer(), nullable=False),
        sa.Column("retired", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["base_key"], ["bases.key"], name=op.f("fk_encoders_base_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_encoders")),
        sa.UniqueConstraint("id", name=op.f("uq_encoders_id")),
    )
    op.create_table(
        "heads",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("encoder_key", sa.Integer(), nullable=False),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encoder_key"], ["encoders.key"], name=op.f("fk_heads_encoder_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_heads")),
        sa.UniqueConstraint("id", name=op.f("uq_heads_id")),
    )
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("base_id", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("encoder_id", sa.String(length=64), nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("rewritten", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state")),
    )


def _make_rows() -> None:
    op.create_table(
        "shards",
        sa.Column("id", KEY, nullable=False),
        sa.Column("folder", sa.String(length=16), nullable=False),
        sa.Column("base_key", sa.Integer(), nullable=True),
        sa.Column("encoder_key", sa.Integer(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["base_key"], ["bases.key"], name=op.f("fk_shards_base_key")),
        sa.ForeignKeyConstraint(["encoder_key"], ["encoders.key"], name=op.f("fk_shards_encoder_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shards")),
        sa.UniqueConstraint("path", name=op.f("uq_shards_path")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inrs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("shape_key", KEY, nullable=False),
        sa.Column("base_key", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("encoded", sa.Boolean(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=False),
        sa.Column("error", sa.Double(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["base_key"], ["bases.key"], name=op.f("fk_inrs_base_key")),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_inrs_shape_key"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_inrs_shard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inrs")),
        sa.UniqueConstraint("shape_key", "base_key", "profile", name=op.f("uq_inrs_shape_key_base_key_profile")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inrs_shard_id"), "inrs", ["shard_id"], unique=False)
    where = sa.text("encoded")
    op.create_index("uq_inrs_encoded", "inrs", ["shape_key"], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "embeddings",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("encoder_key", sa.Integer(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["encoder_key"], ["encoders.key"], name=op.f("fk_embeddings_encoder_key")),
        sa.ForeignKeyConstraint(
            ["shape_key"], ["shapes.key"], name=op.f("fk_embeddings_shape_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_embeddings_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", "encoder_key", name=op.f("pk_embeddings")),
    )
    op.create_index(op.f("ix_embeddings_shard_id"), "embeddings", ["shard_id"], unique=False)
    op.create_table(
        "samples",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_samples_shape_key"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_samples_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_shard_id"), "samples", ["shard_id"], unique=False)
    op.create_index(op.f("ix_sources_sha256"), "sources", ["sha256"], unique=False)
    op.execute("ALTER TABLE runs RENAME COLUMN kind TO command")


def _fill(connection: sa.Connection) -> None:
    """Rows of the new tables from those aside."""
    models = connection.execute(sa.text('SELECT "key", id FROM old_models ORDER BY "key"')).all()
    if not models:
        return  # a catalogue in the making
    from inrstore.store.adoption import adopt

    own = connection.execute(sa.text("SELECT model_id FROM old_state")).scalar_one()
    adopted = adopt(connection, context.config.attributes["storage"], [(row.key, row.id) for row in models])
    op.create_table("adopted", *(sa.Column(name, sa.Integer()) for name in ("model_key", "base_key", "encoder_key")))
    op.bulk_insert(
        sa.table("adopted", *(sa.column(name) for name in ("model_key", "base_key", "encoder_key"))),
        [
            {"model_key": key, "base_key": part.base_key, "encoder_key": part.encoder_key}
            for key, part in adopted.items()
        ],
    )
    own_key = next(row.key for row in models if row.id == own)
    _copy(connection, own_key, adopted[own_key])
    op.drop_table("adopted")
    if connection.dialect.name == "postgresql":  # the next ids come after those that were copied
        for table in ("inrs", "shards"):
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"
            )


def _copy(connection: sa.Connection, own_key: int, own: Any) -> None:
    state = (
        "INSERT INTO state (id, store_id, base_id, profile, encoder_id, generation, rewritten, created) "
        "SELECT id, store_id, :base, 'default', :encoder, generation + 1, generation + 1, created FROM old_state"
    )
    connection.execute(sa.text(state), {"base": own.base_id, "encoder": own.encoder_id})
    op.execute(
        "INSERT INTO shards (id, folder, base_key, encoder_key, path, rows, bytes, sha256, created) "
        "SELECT s.id, s.kind, CASE WHEN s.kind = 'inrs' THEN a.base_key END, "
        "CASE WHEN s.kind = 'embeddings' THEN a.encoder_key END, s.path, s.rows, s.bytes, s.sha256, s.created "
        "FROM old_shards s JOIN adopted a ON a.model_key = s.model_key"
    )
    # The oldest network of the store's own model was the one that is encoded. Models of one base may both have had a
    # network of a profile: the encoded one stays, else the newest.
    inrs = (
        "INSERT INTO inrs (id, shape_key, base_key, profile, encoded, field, error, steps, shard_id, row) "
        "SELECT id, shape_key, base_key, profile, encoded, field, error, steps, shard_id, row FROM ("
        "SELECT f.*, row_number() OVER (PARTITION BY shape_key, base_key, profile ORDER BY encoded DESC, id DESC) "
        "AS place FROM (SELECT i.*, a.base_key AS base_key, (i.model_key = :own "
        "AND i.id = coalesce(o.oldest, -1)) AS encoded "
        "FROM old_inrs i JOIN adopted a ON a.model_key = i.model_key LEFT JOIN (SELECT shape_key, min(id) AS oldest "
        "FROM old_inrs WHERE model_key = :own GROUP BY shape_key) o ON o.shape_key = i.shape_key) f) g "
        "WHERE place = 1"
    )
    connection.execute(sa.text(inrs), {"own": own_key})
    op.execute(
        "INSERT INTO embeddings (shape_key, encoder_key, shard_id, row) "
        "SELECT e.shape_key, a.encoder_key, e.shard_id, e.row FROM old_embeddings e "
        "JOIN adopted a ON a.model_key = e.model_key WHERE a.encoder_key IS NOT NULL"
    )
    op.execute(
        "INSERT INTO samples (shape_key, count, shard_id, row) "
        "SELECT shape_key, max(count), max(shard_id), max(row) FROM old_samples GROUP BY shape_key"
    )
