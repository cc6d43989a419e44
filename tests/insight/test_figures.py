"""The figures say what the rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from funnel.insight import LessonReport, agreement, people_counts, sequence_reports
from funnel.insight.cohorts import cohorts
from funnel.models import (
    CohortCount,
    Delivery,
    DeliveryState,
    EditionLesson,
    FunnelStage,
    LeadState,
    LessonCount,
    LessonMeasure,
    SequenceState,
    Signup,
)
from funnel.people.tally import count_lessons

from .conftest import COURSE, FIRST_LESSON, NOW, Practice

DAY = timedelta(days=1)


def _lesson(practice: Practice) -> LessonReport:
    with practice.database.read() as session:
        (report,) = sequence_reports(session, sequence=COURSE)
    return next(lesson for lesson in report.lessons if lesson.lesson_id == FIRST_LESSON)


def test_a_service_nobody_has_come_to_agrees_with_itself(practice: Practice) -> None:
    with practice.database.read() as session:
        assert agreement(session) == []
        assert cohorts(session) == []


def test_a_lesson_shows_sent_and_returned_with_machines_apart(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED, opened_at=NOW + DAY, clicked_at=NOW + DAY)
    practice.mail(practice.lead("eve"), DeliveryState.ACCEPTED, machine_opened_at=NOW, machine_clicked_at=NOW)
    practice.mail(practice.lead("cleo"), DeliveryState.ACCEPTED, left_at=NOW)
    practice.mail(practice.lead("dan"), DeliveryState.FAILED)
    practice.mail(practice.lead("gus"), DeliveryState.SKIPPED)
    practice.mail(practice.lead("ben"), DeliveryState.HELD)
    practice.mail(practice.lead("hana"), DeliveryState.UNKNOWN)
    practice.mail(practice.lead("fay"), DeliveryState.WAITING)

    lesson = _lesson(practice)
    assert {measure: n for measure, n in lesson.counts.items() if n} == {
        LessonMeasure.ACCEPTED: 3,
        LessonMeasure.FAILED: 1,
        LessonMeasure.SKIPPED: 1,
        LessonMeasure.HELD: 1,
        LessonMeasure.UNKNOWN: 1,
        LessonMeasure.OPENED: 1,
        LessonMeasure.CLICKED: 1,
        LessonMeasure.MACHINE_OPENED: 1,
        LessonMeasure.MACHINE_CLICKED: 1,
        LessonMeasure.LEFT: 1,
    }
    assert (lesson.waiting, lesson.held, lesson.unknown) == (1, 1, 1)
    assert lesson.share(LessonMeasure.OPENED) == pytest.approx(1 / 3)
    with practice.database.read() as session:
        assert agreement(session) == []


def test_the_counters_equal_what_plain_sql_counts(practice: Practice) -> None:
    for number, state in enumerate([DeliveryState.ACCEPTED] * 5 + [DeliveryState.FAILED] * 2):
        practice.mail(practice.lead(f"reader{number}"), state, NOW - number * DAY)
    lesson = _lesson(practice)
    with practice.database.read() as session:
        counted = session.execute(text("SELECT state, count(*) FROM delivery GROUP BY state")).all()
    assert dict(counted) == {
        "accepted": lesson.counts[LessonMeasure.ACCEPTED],
        "failed": lesson.counts[LessonMeasure.FAILED],
    }


def test_walks_are_counted_as_they_stand_now(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED)
    practice.mail(practice.lead("cleo"), DeliveryState.ACCEPTED)
    with practice.database.write() as session:
        session.execute(text("UPDATE enrolment SET state = 'stopped' WHERE id = (SELECT max(id) FROM enrolment)"))
    with practice.database.read() as session:
        (report,) = sequence_reports(session, sequence=COURSE)
    assert (report.walking, report.finished, report.stopped) == (1, 0, 1)


def test_lessons_follow_the_edition_and_a_gone_one_comes_last(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED)
    with practice.database.write() as session:
        count_lessons(session, {(COURSE, "an-old-lesson"): 1}, LessonMeasure.ACCEPTED, NOW)
    with practice.database.read() as session:
        (report,) = sequence_reports(session, sequence=COURSE)
        state = session.get_one(SequenceState, COURSE)
        rows = session.query(EditionLesson).filter_by(edition_id=state.edition_id).order_by(EditionLesson.position)
        order = [row.lesson_id for row in rows]
    assert [lesson.lesson_id for lesson in report.lessons] == [*order, "an-old-lesson"]
    assert [lesson.current for lesson in report.lessons] == [True] * len(order) + [False]
    assert report.lessons[0].subject != FIRST_LESSON


def test_a_published_sequence_is_reported_before_any_mail(practice: Practice) -> None:
    with practice.database.read() as session:
        reports = sequence_reports(session)
    assert [report.sequence for report in reports] == ["anxious-attachment", "ebook-welcome", "training-follow-up"]
    assert all(not any(lesson.counts.values()) for report in reports for lesson in report.lessons)


def test_people_are_counted_by_their_state(practice: Practice) -> None:
    practice.lead("ada")
    practice.lead("ben")
    with practice.database.read() as session:
        counts = people_counts(session)
    assert counts == {
        LeadState.GUEST: 0,
        LeadState.ASKED: 2,
        LeadState.CONFIRMED: 0,
        LeadState.LEFT: 0,
        LeadState.ERASED: 0,
    }


def test_a_counter_that_is_one_too_high_is_found_and_named(practice: Practice) -> None:
    practice.lead("ada")
    with practice.database.write() as session:
        session.execute(update(CohortCount).values(n=2))
    with practice.database.read() as session:
        assert agreement(session) == ["course / signups / 2027-01-04: the counter says 2, the rows say 1"]


def test_a_counter_kept_on_the_wrong_day_is_found(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED)
    with practice.database.write() as session:
        session.execute(update(LessonCount).values(day=(NOW + DAY).date()))
    with practice.database.read() as session:
        found = agreement(session)
    assert found == [
        f"{COURSE} / {FIRST_LESSON} / accepted / 2027-01-04: the counter says 0, the rows say 1",
        f"{COURSE} / {FIRST_LESSON} / accepted / 2027-01-05: the counter says 1, the rows say 0",
    ]


def test_a_delivery_that_vanished_is_found(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED)
    with practice.database.write() as session:
        session.execute(delete(Delivery))
    with practice.database.read() as session:
        assert len(agreement(session)) == 1


def test_unknown_mail_that_was_settled_later_still_agrees(practice: Practice) -> None:
    mail = practice.mail(practice.lead("ada"), DeliveryState.UNKNOWN)
    with practice.database.write() as session:
        row = session.get_one(Delivery, mail)
        row.state, row.ended_at = DeliveryState.ACCEPTED, NOW + DAY
        count_lessons(session, {(COURSE, FIRST_LESSON): -1}, LessonMeasure.UNKNOWN, NOW + DAY)
        count_lessons(session, {(COURSE, FIRST_LESSON): 1}, LessonMeasure.ACCEPTED, NOW + DAY)
    with practice.database.read() as session:
        assert agreement(session) == []


def test_a_sign_up_that_finished_without_confirming_is_found(practice: Practice) -> None:
    practice.reaches(practice.lead("ben"), FunnelStage.FINISHED)
    with practice.database.read() as session:
        assert agreement(session) == ["1 sign-ups are finished but not confirmed"]


def test_days_are_days_in_utc_in_any_zone_of_the_database(practice: Practice) -> None:
    practice.lead("fay", NOW.replace(hour=23, minute=59))
    with practice.database.read() as session:
        if not practice.database.is_sqlite:
            session.execute(text("SET LOCAL TIME ZONE 'Australia/Sydney'"))
        assert agreement(session) == []
        assert session.query(Signup).count() == 1
