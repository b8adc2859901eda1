"""The index of words: of what shapes are called, and of which words there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inrstore.store import fulltext, texts

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    term = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "terms",
        sa.Column("term", term, nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("term", name="pk_terms"),
    )
    op.create_index("ix_terms_letters_term", "terms", ["letters", "term"])
    fulltext.create(op.get_bind())
    texts.enter_all(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("an older inrstore would leave the index of words behind; restore a backup")
