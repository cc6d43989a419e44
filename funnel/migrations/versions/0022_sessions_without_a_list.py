"""sessions that anybody asks for, on no list: under which name, from which page, and how often"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Encrypted

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("booking_request") as table:
        table.alter_column("name", type_=sa.String(80), existing_type=sa.String(64), existing_nullable=False)
        table.add_column(sa.Column("typed_name", Encrypted, nullable=False, server_default=""))
        table.add_column(sa.Column("source", sa.String(140), nullable=False, server_default=""))
    with op.batch_alter_table("booking_request") as table:
        for name in ("typed_name", "source"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "session_count",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(140), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("session_count")
    for name in ("source", "typed_name"):
        op.drop_column("booking_request", name)
