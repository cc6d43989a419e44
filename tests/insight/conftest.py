"""Rows made by hand, with the counters that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.db import Database
from funnel.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    EditionLesson,
    Enrolment,
    FunnelStage,
    LessonMeasure,
    Signup,
)
from funnel.people.leads import get_or_add_lead
from funnel.people.tally import count_cohort, count_lessons, reach

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
COURSE = "anxious-attachment"
FIRST_LESSON = "begin-here"


@dataclass
class Practice:
    """Somebody who writes down what happened, row and counter together, as the service does."""

    database: Database

    def lead(self, name: str, at: datetime = NOW, offer: str = "course", **origin: str) -> int:
        """A sign-up of `name`, with this `source`, `language`, `place`; gives back its number."""
        with self.database.write() as session:
            lead = get_or_add_lead(session, f"{name}@example.org", at)
            signup = Signup(lead_id=lead.id, offer=offer, utm={}, day=at.date(), created_at=at, asked_at=at, **origin)
            session.add(signup)
            session.flush()
            count_cohort(session, signup, FunnelStage.SIGNUPS)
            return signup.id

    def reaches(self, signup_id: int, *stages: FunnelStage, at: datetime = NOW) -> None:
        with self.database.write() as session:
            for stage in stages:
                reach(session, session.get_one(Signup, signup_id), stage, at)

    def mail(
        self, signup_id: int, state: DeliveryState, at: datetime = NOW, lesson: str = FIRST_LESSON, **first: datetime
    ) -> int:
        """A lesson to the owner of a sign-up, in this state; `opened_at=…` and the like say what came back."""
        with self.database.write() as session:
            signup = session.get_one(Signup, signup_id)
            delivery = Delivery(
                kind=DeliveryKind.LESSON,
                lead_id=signup.lead_id,
                signup_id=signup.id,
                enrolment_id=_enrolment(session, signup, at).id,
                sequence=COURSE,
                lesson_id=lesson,
                edition_lesson_id=session.scalar(
                    select(EditionLesson.id).where(EditionLesson.sequence == COURSE, EditionLesson.lesson_id == lesson)
                ),
                state=state,
                created_at=at,
                not_before=at,
                ended_at=None if state in (DeliveryState.WAITING, DeliveryState.HELD) else at,
                **first,
            )
            session.add(delivery)
            session.flush()
            if state != DeliveryState.WAITING:
                count_lessons(session, {(COURSE, lesson): 1}, LessonMeasure(state.value), at)
            for column, when in first.items():
                count_lessons(session, {(COURSE, lesson): 1}, LessonMeasure(column.removesuffix("_at")), when)
            return delivery.id


def _enrolment(session: Session, signup: Signup, at: datetime) -> Enrolment:
    enrolment = session.scalar(select(Enrolment).where(Enrolment.lead_id == signup.lead_id))
    if enrolment is None:
        enrolment = Enrolment(
            lead_id=signup.lead_id,
            signup_id=signup.id,
            sequence=COURSE,
            trigger="confirm",
            started_on=at.date(),
            started_at=at,
            due_at=NOW + timedelta(days=7),
        )
        session.add(enrolment)
        session.flush()
    return enrolment


@pytest.fixture
def practice(database: Database) -> Practice:
    return Practice(database)
