"""One reminder to who has not confirmed after two days, where the practice wants it; never a second to one person."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from funnel.context import Context
from funnel.curriculum import wall_time
from funnel.deliveries.making import new_mail
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead, LeadState, Signup
from funnel.people.mailboxes import Turn, add_in_turn
from funnel.people.permission import refusal, suppressions

AFTER = timedelta(days=2)
# Nobody is reminded of what she asked for longer ago: not where the practice has just begun to remind, nor where our
# machines stood still.
NOT_AFTER = timedelta(days=4)
# Quiet days may hold a reminder back this long after she asked; then there is none, as it would only surprise her.
_LATEST = timedelta(days=7)
_FROM, _TO = time(9), time(19)  # on her own wall: when a mail about a form she filled in disturbs nobody
_MOST = 100
_ONE_DAY = timedelta(days=1)


def remind(context: Context, now: datetime) -> int:
    """Makes the reminders that are due; returns how many. The clock enqueues them when their hour has come.

    Batch by batch, each its own transaction, so that memory stays flat and a clock that dies loses nothing: that she
    was reminded is written with the mail. Who may not be written to is passed over.
    """
    if not context.library.practice.remind:
        return 0
    made, place = 0, (now - NOT_AFTER, 0)
    while True:
        with context.db.write() as session:
            found = session.execute(_due(place, now)).all()
            refused = suppressions(session, context.links, [lead for _, lead in found])
            for signup, lead in found:
                if refusal(lead, DeliveryKind.REMINDER, refused) is None:
                    made += _remind(session, context, signup, lead, now)
            if len(found) < _MOST:
                return made
            place = found[-1][0].asked_at, found[-1][0].id


def _due(place: tuple[datetime, int], now: datetime) -> Select[Signup, Lead]:
    """The next sign-ups after this place, by when they were asked for, that are unanswered for two days."""
    asked_at, number = place
    other = aliased(Signup)
    was_reminded = select(other.id).where(other.lead_id == Signup.lead_id, other.reminded_at.is_not(None))
    return (
        select(Signup, Lead)
        .join(Lead, Lead.id == Signup.lead_id)
        .where(
            Signup.confirmed_at.is_(None),
            Signup.reminded_at.is_(None),
            Signup.asked_at <= now - AFTER,
            (Signup.asked_at > asked_at) | ((Signup.asked_at == asked_at) & (Signup.id > number)),
            Lead.state == LeadState.ASKED,
            ~was_reminded.exists(),
        )
        .order_by(Signup.asked_at, Signup.id)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
    )


def _remind(session: Session, context: Context, signup: Signup, lead: Lead, now: datetime) -> int:
    """Makes the reminder of one sign-up: 1, or 0 where the first mail never arrived, or she was just reminded.

    It asks for what was asked last. A mailbox whose owner said "never" gets none, and neither does who would have it
    only after a week of quiet days.
    """
    asked = _last_asked(session, signup)
    if asked is None or any(_reminders(session, lead)):
        return 0
    zone, quiet = signup.typed_zone or context.zone_of(lead), context.reader_of(lead).quiet_days
    quiet |= context.calendar.quiet_days
    if kind_hour(now, zone, quiet) > signup.asked_at + _LATEST:
        return 0
    mail = new_mail(DeliveryKind.REMINDER, now, lead_id=lead.id, signup_id=signup.id, detail=dict(asked.detail))
    if add_in_turn(session, context.links, lead.email, mail, now) not in (Turn.NOW, Turn.LATER):
        return 0
    signup.reminded_at = now
    # It is dated by the hour at which it goes, as is the link in it.
    mail.not_before = mail.created_at = kind_hour(max(now, mail.not_before), zone, quiet)
    session.flush()
    return 1


def kind_hour(at: datetime, zone: str, quiet: AbstractSet[date] = frozenset()) -> datetime:
    """The first moment from `at` on (UTC) between nine in the morning and seven at night on the wall in `zone`.

    It is on none of the `quiet` days of that wall.
    """
    local = at.astimezone(ZoneInfo(zone))
    day = local.date()
    if _FROM <= local.time() < _TO and day not in quiet:
        return at
    if local.time() >= _FROM:
        day += _ONE_DAY
    while day in quiet:
        day += _ONE_DAY
    return wall_time(day, _FROM, zone)


def _last_asked(session: Session, signup: Signup) -> Delivery | None:
    """The mail that asked last, if her mailbox took it."""
    asked = select(Delivery).where(
        Delivery.lead_id == signup.lead_id,
        Delivery.signup_id == signup.id,
        Delivery.kind == DeliveryKind.CONFIRMATION,
    )
    last = session.scalar(asked.order_by(Delivery.id.desc()).limit(1))
    return last if last is not None and last.state == DeliveryState.ACCEPTED else None


def _reminders(session: Session, lead: Lead) -> Iterator[int]:
    yield from session.scalars(
        select(Delivery.id).where(Delivery.lead_id == lead.id, Delivery.kind == DeliveryKind.REMINDER).limit(1)
    )
