"""what a reader writes when she asks for a conversation is encrypted

Of a database with such rows the keys are needed (`FUNNEL_DATA_KEY`); the first is made here where there is none.
"""

import sqlalchemy as sa
from alembic import op

from funnel.db import Encrypted, Key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LENGTHS = {"words": None, "phone": 40, "good_time": 200}
_plain = sa.table("booking_request", sa.column("id", Key), *(sa.column(name, sa.Text) for name in _LENGTHS))
_encrypted = sa.table("booking_request", sa.column("id", Key), *(sa.column(name, Encrypted) for name in _LENGTHS))


def upgrade() -> None:
    with op.batch_alter_table("booking_request") as table:
        for name, length in _LENGTHS.items():
            if length is not None:
                table.alter_column(name, existing_type=sa.String(length), type_=sa.Text(), existing_nullable=False)
    _move(_plain, _encrypted)


def downgrade() -> None:
    _move(_encrypted, _plain)
    with op.batch_alter_table("booking_request") as table:
        for name, length in _LENGTHS.items():
            if length is not None:
                table.alter_column(name, existing_type=sa.Text(), type_=sa.String(length), existing_nullable=False)


def _move(before: sa.TableClause, after: sa.TableClause) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(before)).mappings().all():
        values = {name: row[name] for name in _LENGTHS}
        connection.execute(sa.update(after).where(after.c.id == row["id"]).values(values))
