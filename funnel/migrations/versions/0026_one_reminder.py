"""when somebody who had not confirmed was reminded, once"""

import sqlalchemy as sa
from alembic import op

from funnel.db import UTCDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_OPEN, _REMINDED = sa.text("confirmed_at IS NULL AND reminded_at IS NULL"), sa.text("reminded_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("signup", sa.Column("reminded_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_signup_unconfirmed", "signup", ["asked_at"], postgresql_where=_OPEN, sqlite_where=_OPEN
    )
    op.create_index(
        "ix_signup_reminded", "signup", ["reminded_at"], postgresql_where=_REMINDED, sqlite_where=_REMINDED
    )


def downgrade() -> None:
    op.drop_index("ix_signup_reminded", "signup")
    op.drop_index("ix_signup_unconfirmed", "signup")
    op.drop_column("signup", "reminded_at")
