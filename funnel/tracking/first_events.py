"""The first open and click by a person and by a machine, kept on the delivery, and counted once each (promise 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from funnel.models import Actor, Delivery, DeliveryKind, Event, EventKind, LessonMeasure
from funnel.people.tally import count_lessons, count_subjects

# Hits by unknown actors are on no page and have no column; the events hold them.
FIRST_EVENTS: Mapping[tuple[str, str], tuple[InstrumentedAttribute[datetime | None], LessonMeasure]] = {
    (EventKind.OPENED, Actor.HUMAN): (Delivery.opened_at, LessonMeasure.OPENED),
    (EventKind.OPENED, Actor.MACHINE): (Delivery.machine_opened_at, LessonMeasure.MACHINE_OPENED),
    (EventKind.CLICKED, Actor.HUMAN): (Delivery.clicked_at, LessonMeasure.CLICKED),
    (EventKind.CLICKED, Actor.MACHINE): (Delivery.machine_clicked_at, LessonMeasure.MACHINE_CLICKED),
}
HITS = (EventKind.OPENED, EventKind.CLICKED)


class FirstEventCounts:
    """Changes to counters, collected so that each counter is written once and always in the same order."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, str, LessonMeasure, date]] = Counter()
        self._opened: Counter[tuple[str, str, str]] = Counter()  # of lessons with several subjects, by which

    def add(self, delivery: Delivery, measure: LessonMeasure, at: datetime, n: int = 1) -> None:
        if delivery.kind == DeliveryKind.LESSON and delivery.sequence and delivery.lesson_id:
            self._changes[delivery.sequence, delivery.lesson_id, measure, at.astimezone(UTC).date()] += n
            if measure == LessonMeasure.OPENED and (subject := delivery.filled.get("subject")):
                self._opened[delivery.sequence, delivery.lesson_id, subject] += n

    def write(self, session: Session) -> None:
        for (sequence, lesson_id, measure, day), n in sorted(self._changes.items()):
            if n:
                count_lessons(session, {(sequence, lesson_id): n}, measure, datetime.combine(day, time(), UTC))
        count_subjects(session, {key: n for key, n in self._opened.items() if n}, "opened")
        self._changes.clear()
        self._opened.clear()


def note(delivery: Delivery, kind: str, actor: str, at: datetime, tally: FirstEventCounts) -> None:
    """Records a hit. It counts if it is the first of its kind by this actor, or earlier than the first one known."""
    found = FIRST_EVENTS.get((kind, actor))
    if found is None:
        return
    known: datetime | None = getattr(delivery, found[0].key)
    if known is None or at < known:
        _put(delivery, found, at, tally)


def recount_first_events(
    session: Session, deliveries: Iterable[Delivery], tally: FirstEventCounts, kept_since: datetime
) -> None:
    """Recomputes the first events of these deliveries from their events, which the caller has written.

    Where no events of a kind are left, and where the first was before `kept_since`, since when events are kept
    (`Context.events_kept_since`), the row keeps what it says.
    """
    rows = {delivery.id: delivery for delivery in deliveries}
    query = (
        select(Event.delivery_id, Event.kind, Event.actor, func.min(Event.at))
        .where(Event.delivery_id.in_(rows), Event.kind.in_(HITS))
        .group_by(Event.delivery_id, Event.kind, Event.actor)
    )
    firsts: dict[tuple[int, str, str], datetime] = {}
    has_events: set[tuple[int, str]] = set()
    for delivery_id, kind, actor, at in session.execute(query):
        firsts[delivery_id or 0, kind, actor] = at
        has_events.add((delivery_id or 0, kind))
    for delivery in rows.values():
        for (kind, actor), found in FIRST_EVENTS.items():
            known: datetime | None = getattr(delivery, found[0].key)
            is_past = known is not None and known < kept_since
            if (delivery.id, kind) in has_events and not is_past:
                _put(delivery, found, firsts.get((delivery.id, kind, actor)), tally)


def _put(
    delivery: Delivery,
    found: tuple[InstrumentedAttribute[datetime | None], LessonMeasure],
    at: datetime | None,
    tally: FirstEventCounts,
) -> None:
    column, measure = found
    known: datetime | None = getattr(delivery, column.key)
    if known == at:
        return
    if known is not None:
        tally.add(delivery, measure, known, -1)
    if at is not None:
        tally.add(delivery, measure, at)
    setattr(delivery, column.key, at)
