"""a reader may change her address, and ask to be erased a day later"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("new_email", sa.String(254), nullable=False),
        sa.Column("old_email", sa.String(254), nullable=False),
        sa.Column("new_digest", sa.String(64), nullable=False),
        sa.Column("old_digest", sa.String(64), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("nonce", sa.String(8), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_address_change_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
    )
    op.create_index(op.f("ix_address_change_lead_id"), "address_change", ["lead_id"])
    op.add_column("lead", sa.Column("erase_at", UTCDateTime(), nullable=True))
    waits = sa.text("erase_at IS NOT NULL")
    op.create_index("ix_lead_erase_at", "lead", ["erase_at"], postgresql_where=waits, sqlite_where=waits)


def downgrade() -> None:
    op.drop_index("ix_lead_erase_at", table_name="lead")
    op.drop_column("lead", "erase_at")
    op.drop_index(op.f("ix_address_change_lead_id"), table_name="address_change")
    op.drop_table("address_change")
