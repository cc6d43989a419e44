"""what a reader leaves when she asks for a conversation: a few words, a telephone number, a good time

Who asked before this stands in the list too, with nothing said.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_request",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("delivery_id", Key, sa.ForeignKey("delivery.id"), nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("good_time", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
    )
    op.create_index("ix_booking_request_lead_id", "booking_request", ["lead_id"])
    op.execute(
        "INSERT INTO booking_request (lead_id, delivery_id, name, title, words, phone, good_time, at) "
        "SELECT lead.id, event.delivery_id, '', '', '', '', '', lead.booked_at FROM lead "
        "LEFT JOIN event ON event.key = 'booked:' || lead.id WHERE lead.booked_at IS NOT NULL ORDER BY lead.booked_at"
    )


def downgrade() -> None:
    op.drop_table("booking_request")
