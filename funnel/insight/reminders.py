"""Who was reminded to confirm, and who then did."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from funnel.insight.span import EVER, DaySpan
from funnel.models import Signup


@dataclass(frozen=True, slots=True)
class ReminderCount:
    """How many sign-ups of an offer were reminded, and how many of those were confirmed after it."""

    reminded: int
    confirmed: int


def reminder_counts(session: Session, span: DaySpan = EVER, zone: str = "UTC") -> dict[str, ReminderCount]:
    """By offer, those reminded on these days of `zone`; an index holds them alone."""
    after = case((Signup.confirmed_at >= Signup.reminded_at, 1), else_=0)
    query = select(Signup.offer, func.count(), func.sum(after)).where(Signup.reminded_at.is_not(None))
    rows = session.execute(query.where(*span.holds_time(Signup.reminded_at, zone)).group_by(Signup.offer))
    return {offer: ReminderCount(int(reminded), int(confirmed)) for offer, reminded, confirmed in rows}
