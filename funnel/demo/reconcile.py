"""Deliveries against what the catcher received, mail by mail. Pure: plain values in, disagreements out.

A mail is recognised by its Message-ID, which the service can compute from a row alone, and by its recipient.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from funnel.demo.answering import answers_as_given
from funnel.demo.breaks import breaks_as_taken, lessons_in_a_break
from funnel.demo.changes import addresses_as_asked, addresses_as_chosen, languages_as_chosen
from funnel.demo.dated import dated_as_begun
from funnel.demo.evidence import (
    ACCEPTED,
    FAILED,
    SKIPPED,
    CaughtFile,
    Disagreement,
    Evidence,
    Expected,
    Fault,
    SeenRow,
)
from funnel.demo.figures import compare_figures, compare_results
from funnel.demo.permitted import after_leaving, refusing_mailboxes, without_agreement, without_consent
from funnel.demo.readings import links_as_asked, rooms_list_what_was_sent
from funnel.demo.reminded import reminded_as_agreed
from funnel.demo.rounds import rounds_as_chosen
from funnel.demo.shop import purchases_as_noted

HANDING_OVER = "handing_over"
ON_ITS_WAY = frozenset({"waiting", "claimed", HANDING_OVER})

_Lesson = tuple[str, str | None, str | None, int]


def reconcile(evidence: Evidence) -> list[Disagreement]:
    """Every disagreement, in the order of the checks below; an empty list means that all agree."""
    return [found for check in _CHECKS for found in check(evidence)]


def belonging(
    earlier: Sequence[CaughtFile], rows: Sequence[SeenRow], later: Sequence[CaughtFile], ends: datetime
) -> list[CaughtFile]:
    """The mail that belongs to these rows, where the folder was read `earlier` than they were and again `later`.

    What the rows call accepted has to be there later; what was there earlier has to be in the rows. Left out is only
    mail of after the story's end that was on the wire just then.
    """
    states = {row.key: row for row in rows}
    accepted = {key for key, row in states.items() if row.state == ACCEPTED}
    on_the_wire = {key for key, row in states.items() if row.state == HANDING_OVER and row.due > ends}
    there = [mail for mail in later if mail.key in accepted]
    return there + [mail for mail in earlier if mail.key not in accepted | on_the_wire]


def owed(evidence: Evidence) -> list[Expected]:
    """The lessons that the calendar surely owed by the end to somebody who stayed."""
    staying = {email for email, person in evidence.people.items() if person.left is None and not person.refuses}
    return [lesson for lesson in evidence.expected if lesson.email in staying and lesson.latest <= evidence.ends]


def slowest(rows: Sequence[SeenRow]) -> timedelta:
    """The longest any mail waited between its row and the mailbox, in story time."""
    waits = (row.ended_at - max(row.created_at, row.due) for row in rows if row.state == ACCEPTED and row.ended_at)
    return max(waits, default=timedelta(0))


def caught_twice(evidence: Evidence) -> Iterator[Disagreement]:
    """The same delivery reached a mailbox more than once."""
    for (message_id, recipient), n in Counter(mail.key for mail in evidence.caught).items():
        if n > 1:
            yield Disagreement(Fault.DUPLICATE, f"{recipient} received the mail {message_id} {n} times")


def lessons_twice(evidence: Evidence) -> Iterator[Disagreement]:
    """Two deliveries brought one person the same lesson, on one way through its sequence."""
    rows = {(row.message_id, row.email.casefold()): row for row in evidence.rows}
    lessons: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for mail in evidence.caught:
        row = rows.get(mail.key)
        if row is not None and row.lesson_id:
            lessons[row.email, row.name, row.round].add(mail.message_id)
    for (email, name, _), messages in lessons.items():
        if len(messages) > 1:
            yield Disagreement(Fault.DUPLICATE, f"{email} received the lesson {name} in {len(messages)} mails")


def accepted_but_not_caught(evidence: Evidence) -> Iterator[Disagreement]:
    caught = {mail.key for mail in evidence.caught}
    for row in evidence.rows:
        if row.state == ACCEPTED and row.key not in caught:
            yield Disagreement(
                Fault.MISSING,
                f"delivery {row.id} ({row.name} to {row.email}) is accepted but no mailbox has it",
            )


def caught_but_not_accepted(evidence: Evidence) -> Iterator[Disagreement]:
    rows = {row.key: row for row in evidence.rows}
    for mail in evidence.caught:
        row = rows.get(mail.key)
        if row is None:
            yield Disagreement(Fault.MISSING, f"{mail.recipient} has {mail.file}, which no delivery row accounts for")
        elif row.state != ACCEPTED:
            yield Disagreement(
                Fault.MISSING,
                f"{mail.recipient} has {row.name}, but delivery {row.id} is {row.state}, not accepted",
            )


def not_sent_though_due(evidence: Evidence) -> Iterator[Disagreement]:
    """Who confirmed and stayed has every lesson the calendar owed by the end, or a row that says why not."""
    there = {_lesson_key(row) for row in evidence.rows}
    for lesson in owed(evidence):
        if _lesson_key(lesson) not in there:
            yield Disagreement(
                Fault.MISSING,
                f"{lesson.email} should have had {lesson.sequence}/{lesson.lesson_id} by {lesson.latest:%d %b %Y} "
                "and there is neither a delivery nor a reason",
            )


def gaps_in_an_enrolment(evidence: Evidence) -> Iterator[Disagreement]:
    """Who has a later lesson of a sequence has every lesson before it, or a row that says why not."""
    there = {_lesson_key(row) for row in evidence.rows}
    enrolments: dict[tuple[str, str, int], list[Expected]] = defaultdict(list)
    for lesson in evidence.expected:
        enrolments[lesson.email, lesson.sequence, lesson.round].append(lesson)
    for lessons in enrolments.values():
        had = [_lesson_key(lesson) in there for lesson in lessons]
        for place, lesson in enumerate(lessons):
            if not had[place] and any(had[place:]):
                yield Disagreement(
                    Fault.MISSING,
                    f"{lesson.email} has later lessons but not {lesson.sequence}/{lesson.lesson_id}",
                )


def enrolments_that_stand_still(evidence: Evidence) -> Iterator[Disagreement]:
    """Nobody under way is forgotten: a lesson is coming, or a mail of that enrolment is on its way."""
    moving = {(row.email, row.sequence, row.round) for row in evidence.rows if row.state in ON_ITS_WAY}
    for enrolment in evidence.enrolments:
        if enrolment.state != "active":
            continue
        if enrolment.due is not None and enrolment.due <= evidence.ends:
            yield Disagreement(
                Fault.MISSING,
                f"{enrolment.email} was due a lesson of {enrolment.sequence} on {enrolment.due:%d %b %Y}",
            )
        elif enrolment.due is None and (enrolment.email, enrolment.sequence, enrolment.round) not in moving:
            yield Disagreement(
                Fault.MISSING, f"{enrolment.email} is under way in {enrolment.sequence} and nothing is due"
            )


def before_its_time(evidence: Evidence) -> Iterator[Disagreement]:
    """No lesson goes out before the hour on the reader's wall that the calendar names."""
    rows = {_lesson_key(row): row for row in evidence.rows if row.state == ACCEPTED}
    for lesson in evidence.expected:
        row = rows.get(_lesson_key(lesson))
        if row is None or row.ended_at is None:
            continue
        person = evidence.people.get(lesson.email)
        rested = person is not None and person.pause is not None and row.created_at > person.pause.pressed.after.story
        earliest = lesson.after_a_break if rested and lesson.after_a_break else lesson.earliest
        if row.ended_at < earliest:
            yield Disagreement(
                Fault.EARLY,
                f"{row.name} reached {row.email} at {row.ended_at:%d %b %H:%M} UTC, "
                f"which is before {earliest:%d %b %H:%M} UTC",
            )


def unfinished_rows(evidence: Evidence) -> Iterator[Disagreement]:
    """Every row has an end that can be explained: nothing was killed here, so nothing may be unknown or held."""
    for row in evidence.rows:
        person = evidence.people.get(row.email.casefold())
        if row.state in ON_ITS_WAY:
            if row.due <= evidence.ends:
                yield Disagreement(Fault.STATE, f"delivery {row.id} ({row.name} to {row.email}) is still {row.state}")
        elif row.state == FAILED:
            if person is None or not person.refuses:
                yield Disagreement(Fault.STATE, f"{row.name} to {row.email} failed: {row.reason or 'no reason given'}")
        elif row.state == SKIPPED:
            if not row.reason:
                yield Disagreement(Fault.STATE, f"{row.name} to {row.email} was skipped and no reason is given")
        elif row.state != ACCEPTED:
            why = row.reason or "no reason given"
            yield Disagreement(Fault.STATE, f"delivery {row.id} ({row.name} to {row.email}) is {row.state}: {why}")


def the_figures(evidence: Evidence) -> Iterator[Disagreement]:
    yield from compare_figures(evidence.rows, evidence.deeds, evidence.figures)
    yield from compare_results(evidence.deeds, evidence.figures, evidence.people)


def _lesson_key(lesson: SeenRow | Expected) -> _Lesson:
    return lesson.email, lesson.sequence, lesson.lesson_id, lesson.round


_CHECKS: tuple[Callable[[Evidence], Iterator[Disagreement]], ...] = (
    caught_twice,
    lessons_twice,
    accepted_but_not_caught,
    caught_but_not_accepted,
    not_sent_though_due,
    gaps_in_an_enrolment,
    enrolments_that_stand_still,
    before_its_time,
    rounds_as_chosen,
    dated_as_begun,
    reminded_as_agreed,
    answers_as_given,
    purchases_as_noted,
    without_consent,
    without_agreement,
    after_leaving,
    lessons_in_a_break,
    breaks_as_taken,
    links_as_asked,
    rooms_list_what_was_sent,
    addresses_as_asked,
    addresses_as_chosen,
    languages_as_chosen,
    refusing_mailboxes,
    unfinished_rows,
    the_figures,
)
