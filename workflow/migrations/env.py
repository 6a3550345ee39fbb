"""Alembic's entry: runs the migrations inside the transaction that `workflow.migrate` opened."""

from alembic import context

from workflow.migrate import VERSION_TABLE
from workflow.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
