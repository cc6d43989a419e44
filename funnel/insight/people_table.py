"""Everybody as rows of a table, a few hundred at a time, to be taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from funnel.insight.people import enrolments_of
from funnel.models import Lead, LeadState, Signup

COLUMNS = (
    "email", "first_name", "state", "signed_up", "confirmed", "offers", "sources", "tags", "sequences", "booked",
    "paused_until", "language", "time_zone",
)  # fmt: skip
_AT_ONCE = 500


class Reads(Protocol):
    """What opens a reading transaction: `Database`."""

    def read(self) -> AbstractContextManager[Session]: ...


def people_table(
    db: Reads, state: LeadState | None = None, among: ColumnElement[bool] | None = None
) -> Iterator[tuple[str, ...]]:
    """A row for each person, in the order of COLUMNS, the oldest first; times in ISO 8601, UTC.

    `state` keeps only people in that state, `among` those of whom this holds. Whoever's data is gone is left out. Reads
    some hundreds at a time, each in a transaction of its own: a list of a million takes no more memory.
    """
    after = 0
    while True:
        query = select(Lead).where(Lead.id > after, Lead.state != LeadState.ERASED).order_by(Lead.id).limit(_AT_ONCE)
        if state is not None:
            query = query.where(Lead.state == state)
        if among is not None:
            query = query.where(among)
        with db.read() as session:
            leads = session.scalars(query).all()
            rows = _rows(session, list(leads))
        yield from rows
        if len(leads) < _AT_ONCE:
            return
        after = leads[-1].id


def _rows(session: Session, leads: list[Lead]) -> list[tuple[str, ...]]:
    ids = [lead.id for lead in leads]
    enrolments = enrolments_of(session, ids)
    signups: dict[int, list[Signup]] = defaultdict(list)
    for signup in session.scalars(select(Signup).where(Signup.lead_id.in_(ids)).order_by(Signup.id)):
        signups[signup.lead_id].append(signup)
    return [
        (
            lead.email,
            lead.first_name,
            lead.state,
            _iso(lead.created_at),
            _iso(lead.confirmed_at),
            _list(signup.offer for signup in signups[lead.id]),
            _list(dict.fromkeys(signup.source for signup in signups[lead.id] if signup.source)),
            _list(lead.tags),
            _list(f"{each.sequence} {each.state}" for each in enrolments.get(lead.id, ())),
            _iso(lead.booked_at),
            _iso(lead.paused_until),
            lead.language or "",
            lead.zone or "",
        )
        for lead in leads
    ]


def _list(words: Iterator[str] | list[str] | dict[str, None]) -> str:
    return "; ".join(words)


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
