"""Run by Alembic: migrates over the connection that `funnel.migrations.upgrade` hands in."""

from alembic import context

from funnel.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
