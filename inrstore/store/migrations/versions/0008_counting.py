"""Indexes for what is counted, ordered and looked for among a million shapes: the answer is in the index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_shapes_field_kind_removed", "shapes", ["field", "kind", "removed"])
    op.create_index("ix_shapes_label_id_removed", "shapes", ["label_id", "removed"])
    op.drop_index("ix_shapes_label_id", "shapes")
    op.create_index("ix_shapes_created", "shapes", ["created"])
    gone = sa.text("removed != 0")
    op.create_index("ix_shapes_gone", "shapes", ["removed"], sqlite_where=gone, postgresql_where=gone)
    op.create_index("ix_tags_name_value_shape_key", "tags", ["name", "value", "shape_key"])
    op.drop_index("ix_tags_name_value", "tags")
    op.create_index(
        "ix_inrs_error",
        "inrs",
        ["error", "shape_key"],
        sqlite_where=sa.text("encoded = 1"),
        postgresql_where=sa.text("encoded"),
    )


def downgrade() -> None:
    raise NotImplementedError("an older inrstore does not know these indexes; restore the catalogue from a backup")
