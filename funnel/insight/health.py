"""How mail gets through: what went, what waits, what came back, and what servers said of it lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from funnel.curriculum.mailbox_providers import is_known_domain, mailbox_provider
from funnel.models import (
    OPEN_STATES,
    Delivery,
    Event,
    Lead,
    LessonCount,
    LessonMeasure,
    Suppression,
    SuppressionReason,
    in_state,
)
from funnel.replies.same_words import same_words

DAYS = 28
# Of Gmail and Yahoo (support.google.com, senders.yahooinc.com): refused from the first, advised below the second.
COMPLAINT_LINE, COMPLAINT_WARNING = 0.003, 0.001
ENOUGH = 1000  # lessons; of fewer, one complaint would be above the line
_NEWEST, _MOST_WORDS = 500, 3
# Written out, not bound: SQLite uses a partial index only if the query repeats the index's own condition.
_BOUNCED = text("event.kind = 'bounced'")


@dataclass(frozen=True, slots=True)
class ProviderTrouble:
    """How many of the newest bounces came from one mailbox provider, and what it said most, with how often."""

    provider: str
    bounces: int
    words: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """The last `DAYS` days; `waiting` and `retrying` are now, `suppressed` all there are, by reason.

    `lessons` is how many were sent. `troubles` are of the newest bounces only, the largest provider first;
    "" is every domain of no known provider.
    """

    lessons: int
    bounced: int
    complained: int
    waiting: int
    retrying: int
    suppressed: Mapping[str, int]
    troubles: tuple[ProviderTrouble, ...]

    @property
    def complaint_rate(self) -> float | None:
        """Complaints as a share of lessons sent, 0.0 to 1.0; None where too few went to speak of one."""
        return self.complained / self.lessons if self.lessons >= ENOUGH else None


def delivery_health(session: Session, now: datetime) -> DeliveryHealth:
    """How mail gets through at `now` (story time)."""
    since = now - timedelta(days=DAYS)
    sent = select(func.sum(LessonCount.n)).where(
        LessonCount.measure == LessonMeasure.ACCEPTED, LessonCount.day >= since.date()
    )
    bounced = select(func.count(func.distinct(Event.delivery_id))).where(_BOUNCED, Event.at >= since)
    complained = select(func.count()).where(Suppression.reason == SuppressionReason.COMPLAINED, Suppression.at >= since)
    waiting = select(func.count()).where(in_state(*OPEN_STATES), Delivery.not_before <= now)
    reasons = select(Suppression.reason, func.count()).group_by(Suppression.reason).order_by(Suppression.reason)
    return DeliveryHealth(
        lessons=int(session.scalar(sent) or 0),
        bounced=session.scalar(bounced) or 0,
        complained=session.scalar(complained) or 0,
        waiting=session.scalar(waiting) or 0,
        retrying=session.scalar(select(func.count()).where(in_state(*OPEN_STATES), Delivery.attempts > 0)) or 0,
        suppressed={reason: n for reason, n in session.execute(reasons)},  # noqa: C416 - rows, typed
        troubles=_troubles(session, since),
    )


def _troubles(session: Session, since: datetime) -> tuple[ProviderTrouble, ...]:
    query = (
        select(Lead.email, Event.raw, Event.reasons)
        .join(Lead, Lead.id == Event.lead_id)
        .where(_BOUNCED, Event.at >= since)
        .order_by(Event.at.desc())
        .limit(_NEWEST)
    )
    found: dict[str, Counter[str]] = {}
    for email, raw, reasons in session.execute(query):
        said = same_words(str(raw.get("words") or next(iter(reasons), "")))
        # A domain of somebody's own may be her name: those stand together.
        known = is_known_domain(email.rpartition("@")[2])
        found.setdefault(mailbox_provider(email) if known else "", Counter())[said] += 1
    troubles = [
        ProviderTrouble(name, said.total(), tuple(said.most_common(_MOST_WORDS))) for name, said in found.items()
    ]
    return tuple(sorted(troubles, key=lambda each: -each.bounces))
