"""which sequences a consent is about; and what a sequence was called before it was renamed

Until now the text of each offer promised all that it led into, which then began by itself. So what was asked for and
agreed to by now is about all of that, by the editions in force: readers under way stay as they are.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_consent = sa.table(
    "consent", sa.column("offer", sa.String), sa.column("kind", sa.String), sa.column("sequences", sa.JSON)
)
_edition = sa.table("edition", sa.column("id", sa.BigInteger), sa.column("source", sa.JSON))
_state = sa.table("sequence_state", sa.column("edition_id", sa.BigInteger))


def upgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column("consent", sa.Column("sequences", sa.JSON(), nullable=False, server_default=empty))
    op.add_column("sequence_state", sa.Column("earlier_names", sa.JSON(), nullable=False, server_default=empty))
    connection = op.get_bind()
    found = connection.execute(sa.select(_edition.c.source).join(_state, _state.c.edition_id == _edition.c.id))
    published = [json.loads(source) if isinstance(source, str) else source for (source,) in found]
    for offer in sorted({offer for each in published for offer in each["for_offers"]}):
        connection.execute(
            sa.update(_consent)
            .where(_consent.c.offer == offer, _consent.c.kind.in_(("asked", "confirmed")))
            .values(sequences=sorted(_leads_into(published, offer)))
        )
    for table in ("consent", "sequence_state"):
        with op.batch_alter_table(table) as altered:
            altered.alter_column("sequences" if table == "consent" else "earlier_names", server_default=None)


def downgrade() -> None:
    op.drop_column("sequence_state", "earlier_names")
    op.drop_column("consent", "sequences")


def _leads_into(published: list[dict], offer: str) -> set[str]:  # type: ignore[type-arg]
    """What began when this offer was confirmed, what began when that had ended, and so on."""
    found = {each["slug"] for each in published if "confirm" in each["start_on"] and offer in each["for_offers"]}
    while True:
        ends = {f"finished:{slug}" for slug in found}
        more = {each["slug"] for each in published if ends & set(each["start_on"])} - found
        if not more:
            return found
        found |= more
