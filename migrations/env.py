"""Alembic's entry: runs inside the connection that `campaigns.schema` opened, in its transaction."""

from __future__ import annotations

from alembic import context

from campaigns.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
