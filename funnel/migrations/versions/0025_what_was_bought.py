"""who bought what, as the practice noted it, and what was refunded"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", Key, primary_key=True),
        sa.Column("lead_id", Key, sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("offer", sa.String(64), nullable=False),
        sa.Column("order_ref", sa.String(100), nullable=True),
        sa.Column("bought_at", UTCDateTime(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("noted_by", sa.String(254), nullable=False),
        sa.Column("refunded_at", UTCDateTime(), nullable=True),
        sa.Column("refunded_by", sa.String(254), nullable=False),
        sa.UniqueConstraint("offer", "order_ref"),
    )
    op.create_index("ix_purchase_lead_id", "purchase", ["lead_id"])


def downgrade() -> None:
    op.drop_table("purchase")
