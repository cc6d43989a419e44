"""who of the practice changed what"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Key, UTCDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("about_kind", sa.String(16), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["admin_user.id"], name=op.f("fk_audit_entry_actor_id_admin_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )


def downgrade() -> None:
    op.drop_table("audit_entry")
