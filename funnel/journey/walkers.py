"""Everybody on one sequence, in batches, so that a hundred thousand walks are planned in little memory.

Planning asks for the same few columns of every walk there is, so they are read as plain rows, and what many readers
have in common (the same lessons, the same quiet days) is made once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select, text
from sqlalchemy.orm import Session

from funnel.curriculum import Reader, Walk, Walker
from funnel.journey.context import Context
from funnel.journey.enrolment import busy_days
from funnel.models import Delivery, DeliveryState, Enrolment, EnrolmentState, Lead

_BATCH = 2_000
_LOOK_BACK = timedelta(days=2)
_SOME = lru_cache(maxsize=10_000)
_NOBODY: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """What identifies a walk beside what planning sees of it."""

    id: int
    lead_id: int
    signup_id: int | None
    state: str


def batches(
    session: Session, context: Context, slug: str, now: datetime, *, active_only: bool = False
) -> Iterator[list[tuple[Row, Walker]]]:
    """All walks of a sequence, the active ones first, as the plan sees them; those of a paused reader are `paused`."""
    if session.get_bind().dialect.name == "postgresql":
        # Else it takes every batch of a large table for a reason to read the table whole.
        session.execute(text("SET LOCAL random_page_cost = 1.1"))
    # State by state, because the index the database walks along is sorted so.
    for state in (EnrolmentState.ACTIVE,) if active_only else EnrolmentState:
        last = 0
        while True:
            wanted = [Enrolment.sequence == slug, Enrolment.state == state, Enrolment.id > last]
            numbers = select(Enrolment.id).where(*wanted).order_by(Enrolment.id).limit(_BATCH)
            highest = session.scalar(select(func.max(numbers.subquery().c.id)))
            if highest is None:
                break
            yield _walkers(session, context, [*wanted, Enrolment.id <= highest], now)
            last = highest


def hint(address: str) -> str:
    """Enough of an address for the practice to know whom it is about: `a…@example.org`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"


def _walkers(
    session: Session, context: Context, wanted: Sequence[ColumnElement[bool]], now: datetime
) -> list[tuple[Row, Walker]]:
    busy = busy_days(session, select(Enrolment.lead_id).where(*wanted), (now - _LOOK_BACK).date())
    connection = session.connection()
    dealt_with = _dealt_with(connection, wanted)
    practice_zone = context.library.practice.zone
    found = []
    for columns in connection.execute(_WALKS.where(*wanted).order_by(Enrolment.id)).all():
        number, lead_id, signup_id, state, started_on, started_at, shift_days, passed, due_at = columns[:9]
        email, zone, quiet_days, slower, paused_until = columns[9:]
        lessons, last_day = dealt_with.get(number, (_ids("[]"), None))
        walk = Walk(started_on, started_at, shift_days, lessons, last_day, busy.get(lead_id, _NOBODY), _ids(passed))
        resting = state == EnrolmentState.ACTIVE and paused_until is not None and paused_until > now
        reader = _reader(zone or practice_zone, quiet_days, slower)
        walker = Walker(str(number), hint(email), walk, reader, due_at, "paused" if resting else state)
        found.append((Row(number, lead_id, signup_id, state), walker))
    return found


# JSON is read as its text: nearly all of it is the same, so `_ids` and `_reader` decode it once.
_WALKS = select(
    Enrolment.id,
    Enrolment.lead_id,
    Enrolment.signup_id,
    Enrolment.state,
    Enrolment.started_on,
    Enrolment.started_at,
    Enrolment.shift_days,
    cast(Enrolment.passed, Text),
    Enrolment.due_at,
    Lead.email,
    Lead.zone,
    cast(Lead.quiet_days, Text),
    Lead.slower,
    Lead.paused_until,
).join(Lead, Lead.id == Enrolment.lead_id)


def _dealt_with(
    connection: Connection, wanted: Sequence[ColumnElement[bool]]
) -> dict[int, tuple[frozenset[str], date | None]]:
    """For each walk, the lessons it has dealt with and the local date of the last that was not skipped."""
    query = (
        select(
            Delivery.enrolment_id,
            func.aggregate_strings(Delivery.lesson_id, ","),
            func.max(case((Delivery.state != DeliveryState.SKIPPED, Delivery.local_date))),
        )
        .where(Delivery.enrolment_id.in_(select(Enrolment.id).where(*wanted)))
        .group_by(Delivery.enrolment_id)
    )
    return {number: (_lessons(lessons or ""), last) for number, lessons, last in connection.execute(query).all()}


@_SOME
def _lessons(listed: str) -> frozenset[str]:
    return frozenset(filter(None, listed.split(",")))


@_SOME
def _ids(written: str) -> frozenset[str]:
    return frozenset(json.loads(written))


@_SOME
def _reader(zone: str, quiet_days: str, slower: bool) -> Reader:
    return Reader(zone, frozenset(map(date.fromisoformat, json.loads(quiet_days))), slower)
