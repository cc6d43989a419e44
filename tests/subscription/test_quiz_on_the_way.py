"""Conditions and starts that ask for a quiz's result, on the real path: sign up, confirm, be sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from funnel.curriculum import Sequence
from funnel.models import Delivery, DeliveryState, Enrolment, Signup
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.subscription.keeping import forget_result
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service
from tests.curriculum.examples import EVERY_DAY, lesson, sequence
from tests.journey.steps import live, work


def published(service: Service, course: Sequence) -> None:
    library = replace(service.library, sequences={course.slug: course}, files={})
    publish(service, library, "ada", service.clock.now())


def course_of(
    *conditions: str | None, start_on: tuple[str, ...] = ("confirm",), offers: tuple[str, ...] = ("quiz",)
) -> Sequence:
    lessons = [replace(lesson(f"l{day}", day), only_if=asked) for day, asked in enumerate(conditions)]
    made = sequence(*lessons)
    return replace(made, start_on=start_on, for_offers=offers, send=replace(made.send, days=EVERY_DAY))


def take(service: Service, result: str, *, keeps: bool = True) -> None:
    """Takes the quiz, signs up and confirms."""
    request = SignupRequest("quiz", "ada@example.org", "Ada", None, consent=True, result=result, keeps=keeps)
    sign_up(service, request, service.clock.now())
    with service.db.read() as session:
        signup = session.scalars(select(Signup.id)).one()
    assert confirm(service, signup, service.clock.now()) is not None
    work(service)


def sent(service: Service) -> dict[str, str]:
    with service.db.read() as session:
        rows = session.scalars(select(Delivery).where(Delivery.lesson_id.is_not(None)).order_by(Delivery.id))
        return {row.lesson_id or "": row.state for row in rows}


@pytest.mark.usefixtures("outbox")
@pytest.mark.parametrize(
    ("result", "keeps", "goes"),
    [("anxious", True, True), ("secure", True, False), ("anxious", False, False), ("in_between", True, False)],
)
def test_a_condition_on_the_result_holds_for_who_has_it_kept(
    service: Service, time: time_machine.Traveller, result: str, keeps: bool, goes: bool
) -> None:
    published(service, course_of(None, "quiz.result == 'anxious'", "quiz.result == ''"))
    take(service, result, keeps=keeps)
    live(service, time, 5)
    neutral = not keeps or result == "in_between"
    assert sent(service) == {
        "l0": DeliveryState.ACCEPTED,
        "l1": DeliveryState.ACCEPTED if goes else DeliveryState.SKIPPED,
        "l2": DeliveryState.ACCEPTED if neutral else DeliveryState.SKIPPED,
    }


@pytest.mark.usefixtures("outbox")
def test_a_result_that_was_deleted_is_no_condition_any_more(service: Service, time: time_machine.Traveller) -> None:
    published(service, course_of(None, None, "quiz.result == 'anxious'"))
    take(service, "anxious")
    with service.db.read() as session:
        lead_id = session.scalars(select(Enrolment.lead_id)).one()
    live(service, time, 1)
    assert forget_result(service, lead_id)
    assert not forget_result(service, lead_id)
    live(service, time, 4)
    assert sent(service)["l2"] == DeliveryState.SKIPPED


@pytest.mark.usefixtures("outbox", "time")
@pytest.mark.parametrize(
    ("offers", "result", "starts"),
    [(("quiz",), "anxious", True), (("quiz",), "in_between", True), (("quiz",), "", False), ((), "mixed", True),
     (("ebook",), "mixed", True)],
)  # fmt: skip
def test_the_quiz_starts_what_it_is_to_start(
    service: Service, offers: tuple[str, ...], result: str, starts: bool
) -> None:
    published(service, course_of(None, start_on=("quiz_result",), offers=offers))
    take(service, result, keeps=False)
    with service.db.read() as session:
        triggers = list(session.scalars(select(Enrolment.trigger)))
    assert triggers == (["quiz_result"] if starts else [])
