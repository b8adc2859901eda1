"""Where the part labels of shapes lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "part_labels",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("shard_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shape_key"], ["shapes.key"], name=op.f("fk_part_labels_shape_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shard_id"], ["shards.id"], name=op.f("fk_part_labels_shard_id")),
        sa.PrimaryKeyConstraint("shape_key", name=op.f("pk_part_labels")),
    )
    op.create_index(op.f("ix_part_labels_shard_id"), "part_labels", ["shard_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would not see the part labels; restore the catalogue from a backup")
