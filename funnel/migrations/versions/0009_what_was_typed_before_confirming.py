"""what was typed at a sign-up stays with it until it is confirmed: before that it may be a stranger's"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signup", sa.Column("typed_name", sa.String(80), nullable=False, server_default=""))
    op.add_column("signup", sa.Column("typed_zone", sa.String(64), nullable=True))
    op.execute(
        "UPDATE signup SET typed_name = (SELECT first_name FROM lead WHERE lead.id = signup.lead_id), "
        "typed_zone = (SELECT zone FROM lead WHERE lead.id = signup.lead_id) "
        "WHERE confirmed_at IS NULL AND (SELECT confirmed_at FROM lead WHERE lead.id = signup.lead_id) IS NULL"
    )
    op.execute("UPDATE lead SET first_name = '', zone = NULL WHERE confirmed_at IS NULL")


def downgrade() -> None:
    op.execute(
        "UPDATE lead SET first_name = coalesce((SELECT max(typed_name) FROM signup WHERE signup.lead_id = lead.id), '') "
        "WHERE confirmed_at IS NULL"
    )
    op.drop_column("signup", "typed_zone")
    op.drop_column("signup", "typed_name")
