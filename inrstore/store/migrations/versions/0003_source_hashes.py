"""Sources are found by the hash of their bytes, without reading all of them."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sources_sha256"), "sources", ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sources_sha256"), "sources")
