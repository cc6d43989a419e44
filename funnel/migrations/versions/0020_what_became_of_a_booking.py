"""what becomes of a conversation that was asked for: more words, a time, another time, cancelled, taken back

A link names it from now on. Until now each time that somebody wrote more was a request of its own; these become what
was added to the first of the same name.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FIRST = (
    "SELECT min(first.id) FROM booking_request AS first "
    "WHERE first.lead_id = booking_request.lead_id AND first.name = booking_request.name"
)


def upgrade() -> None:
    op.add_column("booking_request", sa.Column("nonce", sa.String(8), nullable=True))
    op.add_column("booking_request", sa.Column("act", sa.String(16), nullable=False, server_default="asked"))
    op.add_column("booking_request", sa.Column("booking_id", Key, nullable=True))
    op.add_column("booking_request", sa.Column("minutes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("booking_request", sa.Column("starts_at", UTCDateTime(), nullable=True))
    op.add_column("booking_request", sa.Column("cancelled_at", UTCDateTime(), nullable=True))
    # Both are texts of this file: nothing of anybody's stands in them.
    op.execute(f"UPDATE booking_request SET act = 'added', booking_id = ({_FIRST}) WHERE id > ({_FIRST})")  # noqa: S608  # nosec B608
    op.create_index("ix_booking_request_booking_id", "booking_request", ["booking_id"])
    with op.batch_alter_table("booking_request") as table:
        for name in ("act", "minutes"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    op.drop_index("ix_booking_request_booking_id", table_name="booking_request")
    for name in ("cancelled_at", "starts_at", "minutes", "booking_id", "act", "nonce"):
        op.drop_column("booking_request", name)
