"""Who was reminded to confirm, and who then did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from funnel.models import Signup


@dataclass(frozen=True, slots=True)
class ReminderCount:
    """How many sign-ups of an offer were reminded, and how many of those were confirmed after it."""

    reminded: int
    confirmed: int


def reminder_counts(session: Session, since: date | None = None) -> dict[str, ReminderCount]:
    """By offer, those reminded from `since` (UTC date) or from the start; an index holds them alone."""
    after = case((Signup.confirmed_at >= Signup.reminded_at, 1), else_=0)
    query = select(Signup.offer, func.count(), func.sum(after)).where(Signup.reminded_at.is_not(None))
    if since is not None:
        query = query.where(Signup.reminded_at >= datetime.combine(since, time(), ZoneInfo("UTC")))
    rows = session.execute(query.group_by(Signup.offer))
    return {offer: ReminderCount(int(reminded), int(confirmed)) for offer, reminded, confirmed in rows}
