"""Alembic's entry: inrstore hands over an open connection in a transaction, see inrstore/connection.py."""

from __future__ import annotations

from alembic import context

from inrstore.store.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
