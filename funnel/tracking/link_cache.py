"""Where links lead, remembered before anybody asks, so that a click needs no database from the first one on."""

from __future__ import annotations

from sqlalchemy import select

from funnel.context import Context
from funnel.models import EditionLesson

_MOST = 512  # as many as a process keeps


def remember_links(context: Context) -> int:
    """Reads the newest published lessons into this process's memory, and gives back how many."""
    with context.db.read() as session:
        ids = session.scalars(select(EditionLesson.id).order_by(EditionLesson.id.desc()).limit(_MOST)).all()
        for row in reversed(ids):
            context.editions.compiled(session, row)
    return len(ids)
