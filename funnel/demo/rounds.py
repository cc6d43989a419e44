"""The course of the demonstration that begins together: its days, who waits for which, and what they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from funnel.curriculum import Library, Sequence, local_date
from funnel.curriculum.schedule.rounds import first_day
from funnel.demo.deeds import Recalled
from funnel.demo.evidence import Disagreement, Evidence, Fault

TOGETHER = "together"
"""The offer of that course, where the starter is played."""

WHEN_IT_BEGINS = "round"
"""The kind of mail that tells somebody who waits."""

_WAITING = "waiting"  # for a date to be set
# Of eight weeks: when the two rounds begin, and when somebody comes who is in time for the first, or too late for it.
_OF = timedelta(weeks=8)
_ROUNDS = (timedelta(days=12), timedelta(days=26))
IN_TIME, TOO_LATE = 0.0, 14 / 56
"""At which part of the story somebody comes who waits for the first round, or who only gets the second."""


def with_rounds_ahead(library: Library, now: datetime, lasts: timedelta) -> Library:
    """The same practice, with the two days of that course in this story, which begins `now` and lasts so long."""
    today = local_date(now, library.practice.zone)
    days = tuple(sorted({today + max(timedelta(days=1), each * (lasts / _OF)) for each in _ROUNDS}))
    sequences = {
        slug: _on_the_day_after(replace(each, rounds=days)) if each.rounds and TOGETHER in each.for_offers else each
        for slug, each in library.sequences.items()
    }
    return library if sequences == library.sequences else replace(library, sequences=sequences)


def _on_the_day_after(sequence: Sequence) -> Sequence:
    """The same, with each lesson that has a date of its own on the day after the first round."""
    day = sequence.rounds[0] + timedelta(days=1)
    lessons = tuple(each if each.on is None else replace(each, on=day) for each in sequence.lessons)
    return replace(sequence, lessons=lessons)


def dated_lessons(library: Library) -> dict[tuple[str, str], date]:
    """The lessons with a date of their own, by sequence and id."""
    every = ((slug, lesson) for slug, each in library.sequences.items() for lesson in each.dated)
    return {(slug, lesson.id): lesson.on for slug, lesson in every if lesson.on is not None}


def chosen_by_confirming(library: Library) -> dict[str, Sequence]:
    """The sequences that begin together for those who confirm, and for nobody else."""
    return {slug: each for slug, each in library.sequences.items() if each.rounds and each.start_on == ("confirm",)}


def rounds_as_chosen(evidence: Evidence) -> Iterator[Disagreement]:
    """Everybody who confirmed has the round that was the next one then; who had to wait for it was told so, once."""
    told = Counter(row.email.casefold() for row in evidence.rows if row.kind == WHEN_IT_BEGINS)
    for enrolment in evidence.enrolments:
        person, sequence = evidence.people.get(enrolment.email.casefold()), evidence.together.get(enrolment.sequence)
        if person is None or sequence is None or enrolment.round > 1:
            continue
        days = _possible(sequence, person)
        began_on = None if enrolment.state == _WAITING else enrolment.began_on
        if began_on not in {begins for begins, _ in days}:
            yield Disagreement(
                Fault.ROUND, f"{enrolment.email} joined the round of {began_on} in {enrolment.sequence}, not the next"
            )
        if told[person.email.casefold()] not in {int(begins is None or begins > today) for begins, today in days}:
            times = told[person.email.casefold()]
            yield Disagreement(
                Fault.ROUND, f"{enrolment.email} was told {times} times when {enrolment.sequence} begins for everybody"
            )


def joined(evidence: Evidence) -> dict[date, int]:
    """How many began with each round, in order."""
    counted = Counter(
        each.began_on for each in evidence.enrolments if each.sequence in evidence.together and each.state != _WAITING
    )
    return {day: n for day, n in sorted(counted.items()) if day is not None}


def waited(evidence: Evidence) -> int:
    """How many were told when it begins."""
    return sum(row.kind == WHEN_IT_BEGINS for row in evidence.rows)


def _possible(sequence: Sequence, person: Recalled) -> set[tuple[date | None, date]]:
    """Day 0 and the day on the reader's wall, at both times between which the button was pressed."""
    pressed = [at.story for at in (person.confirming, person.confirmed) if at is not None]
    return {(first_day(sequence, today), today) for today in (local_date(at, person.zone) for at in pressed)}
