"""Where the kept samples of shapes lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("model_key", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["models.key"], name=op.f("fk_samples_model_key")),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_samples_shape_key"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_samples_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", "model_key", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_shard_id"), "samples", ["shard_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would not see the samples; restore the catalogue from a backup")
