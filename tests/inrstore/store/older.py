"""Catalogues as earlier revisions had them, made of today's."""

from __future__ import annotations

import sqlite3

LATER = ("part_labels", "decisions", "refusals", "words", "terms")
"""Tables that revision 0005 did not have."""
INDEXES = (
    "ix_shapes_field_kind_removed",
    "ix_shapes_label_id_removed",
    "ix_shapes_created",
    "ix_shapes_gone",
    "ix_tags_name_value_shape_key",
    "ix_inrs_error",
)
"""Of revision 0008, which took the place of two."""


def make_older(catalogue: sqlite3.Connection, revision: str) -> None:
    """What revisions from 0006 on added is taken out."""
    for table in LATER:
        catalogue.execute(f"DROP TABLE {table}")
    for index in INDEXES:
        catalogue.execute(f"DROP INDEX {index}")
    catalogue.execute("CREATE INDEX ix_shapes_label_id ON shapes (label_id)")
    catalogue.execute("CREATE INDEX ix_tags_name_value ON tags (name, value)")
    catalogue.execute("UPDATE alembic_version SET version_num = ?", [revision])
