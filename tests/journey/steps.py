"""What tests of the journey do in a line: sign up, confirm, let time pass."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from sqlalchemy import func, select

from funnel.curriculum.addresses import email_key
from funnel.editions import paused_since
from funnel.models import Delivery, DeliveryState, Enrolment, EnrolmentState, Lead, Signup
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.subscription.confirming import Confirmed, confirm
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service

COURSE = "anxious-attachment"  # what who signs up for `course` is sent
LESSONS = [
    "begin-here",
    "name-the-alarm",
    "where-it-was-learned",
    "one-truer-sentence",
    "letting-it-move-through",
    "one-small-request",
    "an-ordinary-secure-day",
    "keep-what-helped",
]


def ask(
    service: Service,
    email: str,
    offer: str = "course",
    *,
    name: str = "Ada",
    zone: str | None = None,
    both: bool = False,
) -> int:
    """Signs up and gives back the number of the sign-up. `both`: the second box is ticked too."""
    request = SignupRequest(offer, email, name, zone, consent=True, followed_by=both, origin="203.0.113.0")
    sign_up(service, request, service.clock.now())
    with service.db.read() as session:
        return session.scalars(
            select(Signup.id)
            .join(Lead, Lead.id == Signup.lead_id)
            .where(Lead.email_key == email_key(email), Signup.offer == offer)
        ).one()


def join(
    service: Service,
    email: str,
    offer: str = "course",
    *,
    name: str = "Ada",
    zone: str | None = None,
    both: bool = False,
) -> Confirmed:
    """Signs up and presses the button. `both`: the second box is ticked too."""
    confirmed = confirm(service, ask(service, email, offer, name=name, zone=zone, both=both), service.clock.now())
    assert confirmed is not None
    return confirmed


def work(service: Service) -> None:
    """What the clock and a worker would do now, until nothing is left to do at this minute."""
    while True:
        result = tick(service, service.clock.now())
        with service.db.read() as session:
            waiting = list(
                session.scalars(
                    select(Delivery.id).where(
                        Delivery.state == DeliveryState.WAITING, Delivery.not_before <= service.clock.now()
                    )
                )
            )
        deliver(service, waiting, "test-worker")
        if not result.more and not result.claimed:
            return


def live(service: Service, time: time_machine.Traveller, days: float, at_most_every: timedelta = timedelta(0)) -> None:
    """Lets this many days pass; the clock and a worker look in whenever something falls due.

    With `at_most_every` they then wait for so long before they look again, as with many readers is soon done.
    """
    end = service.clock.now() + timedelta(days=days)
    work(service)
    while (when := next_due(service)) is not None and when <= end:
        time.move_to(max(when, service.clock.now() + at_most_every))
        work(service)
    time.move_to(end)


def next_due(service: Service) -> datetime | None:
    """When something next happens by itself (UTC); None where nothing ever will."""
    with service.db.read() as session:
        enrolments = session.scalar(
            select(func.min(Enrolment.due_at)).where(
                Enrolment.state == EnrolmentState.ACTIVE, Enrolment.sequence.not_in(list(paused_since(session)))
            )
        )
        mail = session.scalar(select(func.min(Delivery.not_before)).where(Delivery.state == DeliveryState.WAITING))
    return min((when for when in (enrolments, mail) if when is not None), default=None)


def rows(service: Service, email: str) -> list[Delivery]:
    """All deliveries to an address, oldest first."""
    with service.db.read() as session:
        return list(
            session.scalars(
                select(Delivery)
                .join(Lead, Lead.id == Delivery.lead_id)
                .where(Lead.email_key == email_key(email))
                .order_by(Delivery.id)
            )
        )


def lessons(service: Service, email: str) -> list[tuple[str, str]]:
    """(lesson id, state) of all lessons to an address, in the order in which they were made."""
    return [(row.lesson_id or "", row.state) for row in rows(service, email) if row.kind == "lesson"]


def sent(service: Service, name: str) -> list[str]:
    """Lesson ids of all lessons to somebody of the cast, by the name in her address."""
    return [lesson for lesson, _ in lessons(service, f"{name}@example.org")]


def at(text: str) -> datetime:
    """An aware UTC datetime from `2027-01-04 09:00`."""
    return datetime.fromisoformat(f"{text}+00:00")
