"""What people decided: what two shapes are to each other, and which labels are not right for a shape."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("first_key", KEY, autoincrement=False, nullable=False),
        sa.Column("second_key", KEY, autoincrement=False, nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_key < second_key", name=op.f("ck_decisions_ordered")),
        sa.ForeignKeyConstraint(["first_key"], ["shapes.key"], name=op.f("fk_decisions_first_key"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["second_key"], ["shapes.key"], name=op.f("fk_decisions_second_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first_key", "second_key", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_second_key"), "decisions", ["second_key"], unique=False)
    op.create_table(
        "refusals",
        sa.Column("shape_key", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("refused", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shape_key"], ["shapes.key"], name=op.f("fk_refusals_shape_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shape_key", "name", "label", name=op.f("pk_refusals")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would not see what was decided; restore the catalogue from a backup")
