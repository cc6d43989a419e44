"""mail is looked for by a column that does not change while it is on its way, and by no index on its state

PostgreSQL writes a row whose indexed columns stay as they are beside the old one and leaves the indexes alone (HOT). A
row that is claimed and handed over changes its state twice; two indexes held that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LOOKUP = (
    "CASE WHEN state IN ('waiting', 'claimed', 'handing_over') THEN 'open' WHEN state <> 'accepted' THEN state END"
)
_OPEN = "state in ('waiting', 'claimed', 'handing_over')"


def upgrade() -> None:
    # First, or PostgreSQL, which writes the whole table again for the column, would make them anew.
    for name in ("ix_delivery_open", "ix_delivery_state", "ix_delivery_provider_id"):
        op.drop_index(name, "delivery")
    # SQLite can add only a column that is worked out when it is read; in an index it is kept all the same.
    kept = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f"ALTER TABLE delivery ADD COLUMN lookup_state VARCHAR(16) GENERATED ALWAYS AS ({_LOOKUP}) {kept}")
    _index("ix_delivery_lookup", ["lookup_state", "not_before"], "lookup_state IS NOT NULL")
    _index("ix_delivery_provider_id", ["provider_id"], "provider_id IS NOT NULL")


def downgrade() -> None:
    for name in ("ix_delivery_lookup", "ix_delivery_provider_id"):
        op.drop_index(name, "delivery")
    op.execute("ALTER TABLE delivery DROP COLUMN lookup_state")
    _index("ix_delivery_open", ["state", "not_before"], _OPEN)
    op.create_index("ix_delivery_state", "delivery", ["state", "sequence"])
    op.create_index("ix_delivery_provider_id", "delivery", ["provider_id"])


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "delivery", columns, postgresql_where=condition, sqlite_where=condition)
