"""Everybody on one sequence, in batches, so that a hundred thousand enrolments are planned in little memory.

Planning asks for the same few columns of every enrolment there is. A hundred thousand readers stand at a few thousand
different places, so the database puts those at the same place together, and each place is looked at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import ANY_TIME, Facts, Member, Position, PositionGroup, Progress, ReaderClock
from funnel.enrolment.progress import LOOK_BACK, takes_a_day
from funnel.enrolment.stopping import TOO_LATE
from funnel.models import OPEN_STATES, Delivery, DeliveryState, Enrolment, EnrolmentState, Lead

_BATCH = 2_000
_GROUPED = 20_000
_SOME = lru_cache(maxsize=10_000)
_IDENTITY = 6  # columns of `_enrolments` before an enrolment's place
_NOTHING: frozenset[str] = frozenset()
Wanted = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Row:
    """What identifies an enrolment beside what planning sees of it.

    `paused_until` (UTC) is the end of the reader's last pause, also of one that is over.
    """

    id: int
    lead_id: int
    signup_id: int | None
    state: str
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class EnrolmentsOn:
    """Which enrolments are wanted: those on this sequence. Of the facts conditions ask for, `asks` are looked up.

    `dated` are the ids of its dated lessons.
    """

    slug: str
    active_only: bool = False
    asks: frozenset[str] = _NOTHING
    dated: frozenset[str] = _NOTHING


def position_batches(
    session: Session, context: Context, wanted: EnrolmentsOn, now: datetime
) -> Iterator[list[tuple[Row, Position]]]:
    """These enrolments as the plan sees them, the active first; those of a paused reader are `paused`."""
    practice_zone = context.library.practice.zone
    for each in _batches(session, wanted.slug, _BATCH, active_only=wanted.active_only):
        found = session.connection().execute(_enrolments(each, now, wanted).order_by(Enrolment.id)).all()
        yield [
            (Row(number, lead_id, signup_id, state, until), _position((str(number), hint(email)), practice_zone, place))
            for number, lead_id, signup_id, state, until, email, *place in found
        ]


def position_groups(
    session: Session, context: Context, wanted: EnrolmentsOn, now: datetime
) -> Iterator[list[PositionGroup]]:
    """The same enrolments, those at one place together."""
    practice_zone = context.library.practice.zone
    for each in _batches(session, wanted.slug, _GROUPED, active_only=wanted.active_only):
        enrolments = _enrolments(each, now, wanted).subquery()
        members = func.aggregate_strings(cast(enrolments.c.id, Text) + " " + enrolments.c.email, "\n")
        # The minute it began differs for every enrolment, and only matters until the first lesson is sent.
        began = case((enrolments.c.lessons.is_(None), enrolments.c.started_at))
        place = [began if column is enrolments.c.started_at else column for column in list(enrolments.c)[_IDENTITY:]]
        found = session.connection().execute(select(members, *place).group_by(*place)).all()
        yield [_group(listed, practice_zone, columns) for listed, *columns in found]


def hint(address: str) -> str:
    """Enough of an address for the practice to know whom it is about: `a…@example.org`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"


def _batches(session: Session, slug: str, size: int, *, active_only: bool) -> Iterator[Wanted]:
    """Conditions that select the enrolments, `size` at a time."""
    if session.get_bind().dialect.name == "postgresql":
        # Otherwise it reads the whole of a large table for every batch.
        session.execute(text("SET LOCAL random_page_cost = 1.1"))
    # State by state, because that is how the index is sorted.
    for state in (EnrolmentState.ACTIVE,) if active_only else EnrolmentState:
        last = 0
        while True:
            wanted = [Enrolment.sequence == slug, Enrolment.state == state, Enrolment.id > last]
            numbers = select(Enrolment.id).where(*wanted).order_by(Enrolment.id).limit(size)
            highest = session.scalar(select(func.max(numbers.subquery().c.id)))
            if highest is None:
                break
            yield [*wanted, Enrolment.id <= highest]
            last = highest


def _enrolments(wanted: Wanted, now: datetime, of: EnrolmentsOn) -> Select[Any]:
    """What identifies each enrolment, in as many columns as `_IDENTITY` says, then its place as `_position` takes it.

    JSON is read as its text: nearly all of it is the same, so that `_ids` and `_reader` decode it once.
    """
    handled, busy = _handled(wanted, of.dated), _busy(wanted, (now - LOOK_BACK).date())
    resting = and_(Enrolment.state == EnrolmentState.ACTIVE, Lead.paused_until > now)
    return (
        select(
            Enrolment.id,
            Enrolment.lead_id,
            Enrolment.signup_id,
            Enrolment.state,
            Lead.paused_until,
            Lead.email,
            case((resting, "paused"), else_=Enrolment.state).label("standing"),
            Enrolment.started_on,
            Enrolment.started_at,
            Enrolment.shift_days,
            cast(Enrolment.skipped_by_edit, Text).label("passed"),
            Enrolment.due_at,
            Lead.zone,
            cast(Lead.quiet_days, Text).label("quiet_days"),
            Lead.slower,
            case((Lead.paused_until > now, Lead.paused_until)).label("rests_until"),
            *_facts(wanted, of.asks),
            handled.c.lessons,
            handled.c.last_on,
            busy.c.days,
        )
        .join(Lead, Lead.id == Enrolment.lead_id)
        .outerjoin(handled, handled.c.enrolment_id == Enrolment.id)
        .outerjoin(busy, busy.c.lead_id == Enrolment.lead_id)
        .where(*wanted)
    )


def _facts(wanted: Wanted, asks: frozenset[str]) -> list[Label[Any]]:
    """What conditions ask of a reader; what none asks for is left empty, so that it does not split a group."""
    found: list[Label[Any]] = [
        (Lead.booked_at.is_not(None) if "booked" in asks else false()).label("booked"),
        (Lead.replied_at.is_not(None) if "replied" in asks else false()).label("replied"),
        (Lead.watched if "watched" in asks else literal(0)).label("watched"),
        (cast(Lead.tags, Text) if "tags" in asks else literal("[]")).label("tags"),
    ]
    for name, at in (("opened", Delivery.opened_at), ("clicked", Delivery.clicked_at)):
        listed = (
            select(func.aggregate_strings(Delivery.lesson_id, ","))
            .where(Delivery.lead_id == Enrolment.lead_id, at.is_not(None), Delivery.lesson_id.is_not(None))
            .correlate(Enrolment)
            .scalar_subquery()
        )
        found.append((listed if name in asks else literal("")).label(name))
    return found


def _handled(wanted: Wanted, dated: frozenset[str]) -> Subquery:
    """For each enrolment, the lessons it has handled and the local date of the calendar's last that was not skipped.

    A lesson that was not simply had is followed by a slash and what became of it.
    """
    became = case(
        (Delivery.state == DeliveryState.ACCEPTED, ""),
        (Delivery.state.in_(OPEN_STATES), "/on_its_way"),
        (Delivery.state.in_((DeliveryState.HELD, DeliveryState.UNKNOWN)), "/held"),
        (and_(Delivery.state == DeliveryState.SKIPPED, Delivery.reason.startswith(TOO_LATE)), "/passed_over"),
        else_="/not_sent",
    )
    counts = Delivery.state != DeliveryState.SKIPPED
    if dated:
        counts = and_(counts, Delivery.lesson_id.not_in(dated))
    return (
        select(
            Delivery.enrolment_id,
            func.aggregate_strings(Delivery.lesson_id + became, ",").label("lessons"),
            func.max(case((counts, Delivery.local_date))).label("last_on"),
        )
        .where(Delivery.enrolment_id.in_(select(Enrolment.id).where(*wanted)))
        .group_by(Delivery.enrolment_id)
        .subquery()
    )


def _busy(wanted: Wanted, since: date) -> Subquery:
    """For each lead, the local dates from `since` on that have a lesson already, of whatever sequence."""
    return (
        select(Delivery.lead_id, func.aggregate_strings(cast(Delivery.local_date, Text), ",").label("days"))
        .where(Delivery.lead_id.in_(select(Enrolment.lead_id).where(*wanted)), *takes_a_day(since))
        .group_by(Delivery.lead_id)
        .subquery()
    )


def _group(listed: str, practice_zone: str, place: Sequence[Any]) -> PositionGroup:
    members = [(number, hint(email)) for number, _, email in (each.partition(" ") for each in listed.split("\n"))]
    return PositionGroup(_position(members[0], practice_zone, place), members)


def _position(member: Member, practice_zone: str, place: Sequence[Any]) -> Position:
    (
        standing,
        started_on,
        started_at,
        shift_days,
        skipped_by_edit,
        due_at,
        zone,
        quiet_days,
        slower,
        paused_until,
        *more,
    ) = place
    booked, replied, watched, tags, opened, clicked, lessons, last_on, busy = more
    delivered, apart = _lessons(lessons or "")
    progress = Progress(
        started_on=started_on,
        started_at=started_at or ANY_TIME,
        shift_days=shift_days,
        delivered=delivered,
        last_delivered_on=last_on,
        busy_days=_days(busy or ""),
        skipped_by_edit=_ids(skipped_by_edit),
    )
    reader = _reader(zone or practice_zone, quiet_days, slower)
    facts = _known(bool(booked), bool(replied), watched, tags, opened or "", clicked or "")
    return Position(*member, progress, reader, due_at, standing, paused_until, apart, facts)


@_SOME
def _lessons(listed: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The lesson ids, and what became of those that were not simply sent."""
    pairs = [each.partition("/") for each in listed.split(",") if each]
    return frozenset(pair[0] for pair in pairs), frozenset((pair[0], pair[2]) for pair in pairs if pair[2])


@_SOME
def _known(booked: bool, replied: bool, watched: int, tags: str, opened: str, clicked: str) -> Facts:
    return Facts(
        tags=_ids(tags),
        booked=booked,
        replied=replied,
        watched=watched,
        opened=frozenset(filter(None, opened.split(","))),
        clicked=frozenset(filter(None, clicked.split(","))),
    )


@_SOME
def _days(listed: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, filter(None, listed.split(","))))


@_SOME
def _ids(written: str) -> frozenset[str]:
    return frozenset(json.loads(written))


@_SOME
def _reader(zone: str, quiet_days: str, slower: bool) -> ReaderClock:
    return ReaderClock(zone, frozenset(map(date.fromisoformat, json.loads(quiet_days))), slower)
