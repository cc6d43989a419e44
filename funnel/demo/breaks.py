"""Breaks that readers took, against what came and what the service has of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from funnel.demo.evidence import FAILED, SKIPPED, Disagreement, Evidence, Fault


def lessons_in_a_break(evidence: Evidence) -> Iterator[Disagreement]:
    """None is made due while a break lasts, and none comes that was not already on the wire when it began."""
    arrived = {mail.key: mail.at for mail in evidence.caught}
    for row in evidence.rows:
        person = evidence.people.get(row.email.casefold())
        if person is None or person.pause is None or not row.lesson_id:
            continue
        pressed, until = person.pause.pressed.after, person.pause.lasts_until
        if pressed.story < row.created_at < until and row.state not in (SKIPPED, FAILED):
            yield Disagreement(Fault.IN_A_BREAK, f"{row.email} had a break, and {row.name} was made due")
        at = arrived.get(row.key)
        late = at is not None and at > pressed.machine + evidence.leaving_takes
        if late and row.ended_at is not None and pressed.story < row.ended_at < until:
            yield Disagreement(Fault.IN_A_BREAK, f"{row.email} had a break, and {row.name} came all the same")


def breaks_as_taken(evidence: Evidence) -> Iterator[Disagreement]:
    """The service has the break of everybody who took one, until the time that was chosen, and of nobody else."""
    recorded = evidence.figures.paused_until
    for email in sorted({*recorded, *(email for email, person in evidence.people.items() if person.pause)}):
        person, until = evidence.people.get(email), recorded.get(email)
        pause = person.pause if person else None
        if pause is None:
            yield Disagreement(Fault.FIGURE, f"{email} took no break, and one until {until:%d %b} is recorded")
            continue
        lasts = timedelta(weeks=pause.weeks)
        if until is None:
            if pause.went_on is None:
                yield Disagreement(Fault.MISSING, f"{email} took a break of {pause.weeks} weeks, and none is recorded")
        elif not pause.pressed.before.story <= until - lasts <= pause.pressed.after.story:
            yield Disagreement(
                Fault.FIGURE, f"{email} took a break of {pause.weeks} weeks, and one until {until:%d %b} is recorded"
            )
        elif pause.went_on is not None and pause.went_on.after.story < until:
            yield Disagreement(Fault.FIGURE, f"{email} ended the break, and it is recorded until {until:%d %b}")
