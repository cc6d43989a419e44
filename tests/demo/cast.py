"""A small story in which everything agrees, to be spoiled by each test in its own way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from funnel.demo.deeds import Deeds, Moment, Recalled
from funnel.demo.evidence import CaughtFile, Evidence, Expected, Figures, SeenEnrolment, SeenRow

BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=28)
MACHINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
COURSE, WELCOME, ALARM = "six-weeks", "welcome", "alarm"


def at(days: float) -> Moment:
    """So many story days after the beginning; a day passes in a machine second."""
    return Moment(MACHINE + timedelta(seconds=days), BEGINS + timedelta(days=days))


def row(number: int, email: str, lesson: str | None, days: float, state: str = "accepted", reason: str = "") -> SeenRow:
    return SeenRow(
        id=number,
        message_id=f"<{number}@example.org>",
        email=email,
        kind="lesson" if lesson else "confirmation",
        state=state,
        created_at=at(days).story,
        due=at(days).story,
        offer="course",
        sequence=COURSE if lesson else None,
        lesson_id=lesson,
        reason=reason,
        ended_at=at(days).story,
        round=1 if lesson else 0,
    )


def mail(number: int, email: str, days: float) -> CaughtFile:
    return CaughtFile(f"<{number}@example.org>", email, at(days + 0.1).machine, f"{number:010}.eml", address=email)


ADA, BEN, CLEO, DAN = (f"{name}@example.org" for name in ("ada", "ben", "cleo", "dan"))
PRACTICE = "hello@harbour.example.org"


def peaceful() -> Evidence:
    """Ada has confirmed and had two lessons; Ben never confirmed; Cleo left after one; Dan's mailbox refuses.

    Ada has asked for a conversation, the practice was told, and she has the link that changes it.
    """
    rows = (
        row(1, ADA, None, 0),
        row(2, BEN, None, 0),
        row(3, CLEO, None, 0),
        row(4, DAN, None, 0, "failed", "550 no such mailbox"),
        row(5, ADA, WELCOME, 1),
        row(6, CLEO, WELCOME, 1),
        row(7, ADA, ALARM, 8),
        replace(row(8, PRACTICE, None, 9), kind="notice"),
        replace(row(9, ADA, None, 9), kind="booking"),
    )
    caught = tuple(mail(each.id, each.email, (each.created_at - BEGINS) / timedelta(days=1)) for each in rows)
    return Evidence(
        rows=rows,
        caught=tuple(each for each in caught if each.recipient != DAN),
        people=_people(),
        expected=(
            Expected(ADA, COURSE, WELCOME, at(1).story, at(6).story),
            Expected(ADA, COURSE, ALARM, at(8).story, at(13).story),
            Expected(CLEO, COURSE, WELCOME, at(1).story, at(6).story),
            Expected(CLEO, COURSE, ALARM, at(8).story, at(13).story),
        ),
        ends=ENDS,
        deeds=Deeds(
            visits={"course": 4},
            signups={"course": 4},
            confirmed={"course": 2},
            booked={"course": 1},
            opens={"<5@example.org>": 2},
            clicks={"<7@example.org>": 1},
            downloads=1,
        ),
        figures=_figures(),
        staff=frozenset({PRACTICE}),
        enrolments=(SeenEnrolment(ADA, COURSE, "finished", None), SeenEnrolment(CLEO, COURSE, "stopped", None)),
    )


def _people() -> dict[str, Recalled]:
    dublin = "Europe/Dublin"
    return {
        ADA: Recalled(ADA, dublin, "course", at(0.9), at(1)),
        BEN: Recalled(BEN, dublin, "course"),
        CLEO: Recalled(CLEO, dublin, "course", at(0.9), at(1), left=at(3)),
        DAN: Recalled(DAN, dublin, "course", refuses=True),
    }


def _figures() -> Figures:
    return Figures(
        funnel={"course": {"visits": 4, "signups": 4, "confirmed": 2, "received": 2, "booked": 1}},
        lessons={
            (COURSE, WELCOME): {"accepted": 2, "opened": 1, "machine_opened": 1},
            (COURSE, ALARM): {"accepted": 1, "clicked": 1},
        },
        opens={"<5@example.org>": {"human": 1, "machine": 1}},
        clicks={"<7@example.org>": {"human": 1}},
        downloads=1,
    )


def without_row(evidence: Evidence, number: int) -> Evidence:
    return replace(evidence, rows=tuple(each for each in evidence.rows if each.id != number))


def with_row(evidence: Evidence, changed: SeenRow) -> Evidence:
    """With this row in place of the one of its number, or added."""
    return replace(evidence, rows=(*(each for each in evidence.rows if each.id != changed.id), changed))


def with_mail(evidence: Evidence, *mails: CaughtFile) -> Evidence:
    return replace(evidence, caught=(*evidence.caught, *mails))
