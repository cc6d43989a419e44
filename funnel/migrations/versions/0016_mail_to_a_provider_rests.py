"""mail to a mailbox provider rests when too many addresses there are called dead, and goes on where it stood"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_rest",
        sa.Column("provider", sa.String(253), nullable=False),
        sa.Column("scope", sa.String(9), nullable=False),
        sa.Column("begins", UTCDateTime(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("machine_since", UTCDateTime(), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("decided_by", sa.String(254), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "scope", name=op.f("pk_provider_rest")),
    )
    op.create_table(
        "mail_domain",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(253), nullable=False),
        sa.Column("looked_up_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mail_domain")),
    )
    op.create_index("ix_mail_domain_looked_up_at", "mail_domain", ["looked_up_at"])
    bounced = sa.text("kind = 'bounced'")
    op.create_index("ix_event_bounced", "event", ["at"], postgresql_where=bounced, sqlite_where=bounced)
    op.add_column("enrolment", sa.Column("was_due_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("enrolment", "was_due_at")
    op.drop_index("ix_event_bounced", table_name="event")
    op.drop_table("mail_domain")
    op.drop_table("provider_rest")
