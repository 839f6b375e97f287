"""Run by Alembic: applies the steps over the connection that the store gives it."""

from alembic import context

from fudemoji.server.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
