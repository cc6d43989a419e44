"""rows that tokens name get a nonce, so that after a restore no old link opens another's page

Rows of before keep none, and the tokens they have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("delivery", "signup", "sign_in")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("nonce", sa.String(8), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "nonce")
