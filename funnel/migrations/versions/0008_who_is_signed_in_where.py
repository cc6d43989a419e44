"""which browsers admins are signed in with, so that signing out ends the session here and not only there"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("admin_id", Key, sa.ForeignKey("admin_user.id", ondelete="CASCADE"), nullable=False),
        sa.Column("started_at", UTCDateTime, nullable=False),
    )
    op.create_index("ix_admin_session_admin_id", "admin_session", ["admin_id"])
    op.drop_column("admin_user", "session_epoch")


def downgrade() -> None:
    op.add_column("admin_user", sa.Column("session_epoch", sa.Integer, nullable=False, server_default="0"))
    op.drop_table("admin_session")
