"""Where sign-ups came from, by the word that an embedded form or a link is given."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.models import Signup

MOST = 50


@dataclass(frozen=True, slots=True)
class SourceCount:
    """One source of one offer: how many asked from there, and how many of these have confirmed."""

    source: str
    offer: str
    asked: int
    confirmed: int


def source_counts(session: Session) -> list[SourceCount]:
    """The sources with most sign-ups, at most fifty. A source that few confirm from may be a machine's."""
    source = Signup.utm["source"].as_string().label("source")
    named = select(source, Signup.offer, Signup.id, Signup.confirmed_at).subquery()
    asked = func.count(named.c.id)
    query = (
        select(named.c.source, named.c.offer, asked, func.count(named.c.confirmed_at))
        .where(named.c.source.is_not(None))
        .group_by(named.c.source, named.c.offer)
        .order_by(asked.desc(), named.c.source, named.c.offer)
        .limit(MOST)
    )
    return [SourceCount(*row) for row in session.execute(query)]
