"""Sources may be objects in files, with a name and a transform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("file", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("parts", sa.BigInteger(), nullable=True))
    op.add_column("sources", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("transform", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would take objects for files; restore the catalogue from a backup")
