"""What a due enrolment does: send, pass over, wait, finish or stop. Runs in the scheduler's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import (
    Facts,
    Lesson,
    LessonTurn,
    Progress,
    candidates,
    local_date,
    parse_condition,
    weeks_since,
    whose_turn,
)
from funnel.curriculum.asking import condition_answers, condition_asks_result
from funnel.deliveries.making import LessonOf, new_lesson
from funnel.editions import Published
from funnel.enrolment.enrolment import finish_if_done
from funnel.enrolment.overdue import taken_days
from funnel.enrolment.progress import delivered_lessons, progress_of
from funnel.enrolment.rounds import has_no_round, join_round
from funnel.enrolment.stopping import PASSED_OVER, TOO_LATE, skip, stop_enrolments
from funnel.models import Delivery, DeliveryKind, Enrolment, EnrolmentState, Lead
from funnel.people.answers import KeptAnswer, answers_of
from funnel.people.permission import paused_until, refusal, suppressions
from funnel.people.quiz_results import NONE as NO_RESULT
from funnel.people.quiz_results import Kept, results_of

Responses = tuple[frozenset[str], frozenset[str]]  # ids of lessons that were opened, and clicked in
_NONE: Responses = (frozenset(), frozenset())
# Longer than a burst of clicks, than hits take to be stored, and than the clock takes to classify them again.
_SETTLED, _SETTLED_MACHINE_TIME = timedelta(minutes=10), timedelta(seconds=30)


@dataclass
class EnrolmentBatch:
    """Everything `step` needs for these enrolments, read with a handful of queries."""

    published: dict[str, Published]  # by sequence; one that was never published, or was removed, is not there
    leads: dict[int, Lead]
    suppressed: dict[int, str]
    handled: Mapping[int, list[tuple[str, date | None]]]
    busy: dict[int, frozenset[date]]
    responses: Mapping[tuple[int, str], Responses]
    results: Mapping[int, Kept]  # of quizzes, by lead; read only where a condition asks for it
    answers: Mapping[int, list[KeptAnswer]]  # likewise
    practice_zone: str

    def zone_of(self, lead: Lead) -> str:
        """The reader's own zone, or else the practice's."""
        return lead.zone or self.practice_zone

    def progress(self, enrolment: Enrolment) -> Progress:
        """How far this enrolment is."""
        published = self.published.get(enrolment.sequence)
        dated = published.sequence.dated_ids if published is not None else ()
        return progress_of(enrolment, self.handled[enrolment.id], self.busy[enrolment.lead_id], dated)


def load_batch(
    session: Session, context: Context, enrolments: Iterable[Enrolment], now: datetime, *, lock: bool = True
) -> EnrolmentBatch:
    """Reads what `step` needs. `lock=False` is for looking ahead only."""
    enrolments = list(enrolments)
    lead_ids = {enrolment.lead_id for enrolment in enrolments}
    readers = select(Lead).where(Lead.id.in_(lead_ids)).order_by(Lead.id)
    # Locked, so that two clocks with two enrolments of one reader cannot both take the same free day.
    leads = {lead.id: lead for lead in session.scalars(readers.with_for_update() if lock else readers)}
    slugs = {enrolment.sequence for enrolment in enrolments}
    published = {slug: found for slug in slugs if (found := context.editions.current(session, slug)) is not None}
    conditions = {lesson.only_if for each in published.values() for lesson in each.sequence.lessons}
    asks = any(map(condition_asks_result, conditions))
    asked = frozenset().union(*map(condition_answers, conditions))
    return EnrolmentBatch(
        published=published,
        leads=leads,
        suppressed=suppressions(session, context.links, leads.values()),
        handled=delivered_lessons(session, [enrolment.id for enrolment in enrolments]),
        busy=taken_days(session, context, leads, now),
        responses=_responses(session, lead_ids, now - max(_SETTLED, _SETTLED_MACHINE_TIME * context.clock.rate)),
        results=results_of(session, lead_ids, now) if asks else {},
        answers=answers_of(session, lead_ids, asked) if asked else {},
        practice_zone=context.library.practice.zone,
    )


def step(
    session: Session, context: Context, enrolment: Enrolment, batch: EnrolmentBatch, now: datetime
) -> list[Delivery]:
    """Moves one due enrolment along; returns the deliveries it made.

    1. If the reader may not be mailed, stop the enrolment; if its round is gone, let it join another.
    2. If no lesson is left, finish it, as soon as its last mail is settled.
    3. If the lesson is early, late, or its reader has paused, set its new due time.
    4. Otherwise write the lesson's delivery; skip it if its condition does not hold or its own date was missed, and go
       on with the next lesson.
    """
    lead = batch.leads[enrolment.lead_id]
    published = batch.published.get(enrolment.sequence)
    reason = refusal(lead, DeliveryKind.LESSON, batch.suppressed)
    if reason or published is None:
        stop_enrolments(session, lead.id, reason or "sequence removed", now, only=[enrolment.sequence])
        return []
    if published.sequence.rounds and enrolment.state == EnrolmentState.ACTIVE:
        as_it_stands = batch.progress(enrolment)
        if has_no_round(published.sequence, as_it_stands, batch.zone_of(lead)):
            join_round(session, enrolment, published.sequence, batch.zone_of(lead), now)
    made: list[Delivery] = []
    while enrolment.state == EnrolmentState.ACTIVE:
        progress, reader = batch.progress(enrolment), context.reader_of(lead)
        among = candidates(published.sequence, progress, reader, context.calendar, str(enrolment.id))
        turn = whose_turn(among, enrolment.due_at, now, paused_until(lead, DeliveryKind.LESSON, now))
        if turn is None:
            enrolment.due_at = None
            finish_if_done(session, context, enrolment, now)
            return made
        if turn.later is not None:
            enrolment.due_at, enrolment.shift_days = turn.later.at, turn.later.shift_days
            return made
        made.append(_write_row(session, enrolment, turn, batch, now))
    return made


def _write_row(
    session: Session, enrolment: Enrolment, turn: LessonTurn, batch: EnrolmentBatch, now: datetime
) -> Delivery:
    """The delivery of this lesson: waiting to be sent, or skipped if it is too late or its condition does not hold."""
    lead, lesson = batch.leads[enrolment.lead_id], turn.upcoming.lesson
    today = local_date(now, batch.zone_of(lead))
    row = batch.published[enrolment.sequence].lesson_rows[lesson.id]
    lesson_of = LessonOf(lead.id, enrolment.signup_id, enrolment.id, enrolment.sequence, lesson.id, row)
    delivery = new_lesson(lesson_of, now)
    session.add(delivery)
    if not turn.too_late and applies(lesson, lead, enrolment, batch, now):
        delivery.local_date = today
        batch.busy[lead.id] |= {today}
        batch.handled[enrolment.id].append((lesson.id, today))
    else:
        skip(session, delivery, f"{TOO_LATE}{turn.too_late}" if turn.too_late else PASSED_OVER, now)
        batch.handled[enrolment.id].append((lesson.id, None))
    if not turn.too_late:  # else whatever was due then still is
        enrolment.due_at = None
    return delivery


def applies(lesson: Lesson, lead: Lead, enrolment: Enrolment, batch: EnrolmentBatch, now: datetime) -> bool:
    """Whether the lesson's condition holds for this reader at `now`."""
    if lesson.only_if is None:
        return True
    opened, clicked = batch.responses.get((lead.id, enrolment.sequence), _NONE)
    facts = Facts(
        quiz_result=batch.results.get(lead.id, NO_RESULT).result,
        tags=frozenset(lead.tags),
        booked=lead.booked_at is not None,
        replied=lead.replied_at is not None,
        watched=lead.watched,
        weeks=weeks_since(enrolment.started_on, now, batch.zone_of(lead)),
        opened=opened,
        clicked=clicked,
        answers=tuple((each.name, each.answer) for each in batch.answers.get(lead.id, ())),
    )
    return parse_condition(lesson.only_if).evaluate(facts)


def _responses(session: Session, lead_ids: set[int], before: datetime) -> dict[tuple[int, str], Responses]:
    """By lead and sequence, the lessons a person opened and clicked in; machines do not count (promise 9).

    Only events from `before`, when the burst they belong to was complete: a scanner's first hits look human. Lesson ids
    may repeat in another sequence, so the sequence is part of the key.
    """
    rows = session.execute(
        select(Delivery.lead_id, Delivery.sequence, Delivery.lesson_id, Delivery.opened_at, Delivery.clicked_at).where(
            Delivery.lead_id.in_(lead_ids),
            Delivery.lesson_id.is_not(None),
            (Delivery.opened_at.is_not(None) | Delivery.clicked_at.is_not(None)),
        )
    )
    found: dict[tuple[int, str], tuple[set[str], set[str]]] = {}
    for lead_id, sequence, lesson_id, opened_at, clicked_at in rows:
        if lead_id is None or sequence is None or lesson_id is None:
            continue
        opened, clicked = found.setdefault((lead_id, sequence), (set(), set()))
        if opened_at is not None and opened_at <= before:
            opened.add(lesson_id)
        if clicked_at is not None and clicked_at <= before:
            clicked.add(lesson_id)
    return {key: (frozenset(opened), frozenset(clicked)) for key, (opened, clicked) in found.items()}
