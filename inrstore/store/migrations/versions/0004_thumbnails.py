"""Where the pictures of the shapes' sources lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "thumbnails",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shape_key"], ["shapes.key"], name=op.f("fk_thumbnails_shape_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_thumbnails_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", name=op.f("pk_thumbnails")),
    )
    op.create_index(op.f("ix_thumbnails_shard_id"), "thumbnails", ["shard_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would not see the pictures; restore the catalogue from a backup")
