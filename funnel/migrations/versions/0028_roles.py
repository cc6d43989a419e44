"""what each person who signs in may do: whoever could sign in before may do everything, as before"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("admin_user", sa.Column("role", sa.String(16), nullable=False, server_default="admin"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("admin_user", "role", server_default=None)


def downgrade() -> None:
    op.drop_column("admin_user", "role")
