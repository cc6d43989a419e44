"""A mail of which nobody knew whether it went is settled by whatever comes back of it, and by nothing forged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from funnel.bounces import read_bounce
from funnel.bounces.record import BounceOutcome, record_bounce
from funnel.links import Links, RowRef
from funnel.models import Delivery, Enrolment, Event, EventKind, Suppression
from funnel.tracking.recount import disagreements
from funnel.wiring import Service
from tests.bounces.steps import PRACTICE, bounce, complaint, return_address, unknown

DAN = "dan@example.org"

pytestmark = pytest.mark.usefixtures("outbox")


def take(service: Service, raw: bytes) -> BounceOutcome:
    return record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def state(service: Service, delivery: Delivery) -> str:
    with service.db.read() as session:
        assert disagreements(session) == []
        return session.get_one(Delivery, delivery.id).state


def enrolments(service: Service) -> list[tuple[str, str]]:
    with service.db.read() as session:
        return [(row.state, row.reason) for row in session.scalars(select(Enrolment).order_by(Enrolment.id))]


def told(service: Service) -> int:
    """How much was recorded of mail that came back."""
    kinds = (EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.DELIVERED)
    with service.db.read() as session:
        events = list(session.scalars(select(Event.id).where(Event.kind.in_(kinds))))
        return len(events) + len(list(session.scalars(select(Suppression.digest))))


@pytest.mark.parametrize(
    ("said", "fields", "outcome"),
    [
        ("550 5.1.1 User unknown", {}, BounceOutcome.SUPPRESSED),
        ("552 5.2.2 Mailbox full", {}, BounceOutcome.COUNTED),
        ("550 5.7.26 DMARC", {}, BounceOutcome.NOTED),
        ("250 2.0.0 ok", {"action": "delivered"}, BounceOutcome.NOTED),
    ],
)
def test_what_came_back_settles_a_mail_in_doubt(
    service: Service, said: str, fields: dict[str, str], outcome: BounceOutcome
) -> None:
    delivery = unknown(service)
    assert take(service, bounce(return_address(service.links, delivery), said=said, **fields)) == outcome
    assert state(service, delivery) == "accepted"


def test_a_complaint_settles_the_mail_it_is_about(service: Service) -> None:
    delivery = unknown(service, "gus@example.org")
    take(service, complaint(f"Message-ID: {service.links.message_id(delivery.ref, 'harbour.example.org')}"))
    assert state(service, delivery) == "accepted"
    assert enrolments(service) == [("stopped", "complained")]


@pytest.mark.parametrize(
    "head",
    [
        "To: {to}\nAuto-Submitted: auto-replied\nSubject: Away\n",
        "To: {to}\nX-Auto-Response-Suppress: All\nSubject: Automatic reply: Week 1\n",
        "To: letters@harbour.example.org\nIn-Reply-To: {number}\nSubject: Re: Week 1\n",
    ],
)
def test_an_answer_to_a_mail_shows_only_that_it_arrived(service: Service, head: str) -> None:
    delivery = unknown(service)
    number = service.links.message_id(delivery.ref, "harbour.example.org")
    away = head.format(to=return_address(service.links, delivery), number=number)
    raw = f"From: {DAN}\n{away}\nBack in May.\n".encode()
    assert [take(service, raw), take(service, raw)] == [BounceOutcome.SETTLED, BounceOutcome.IGNORED]
    assert state(service, delivery) == "accepted"
    assert (told(service), enrolments(service)) == (0, [("active", "")])


def test_an_answer_with_a_token_nobody_signed_settles_nothing(service: Service) -> None:
    delivery = unknown(service)
    token = Links("https://letters.example.org", ("x" * 40,)).message_id(delivery.ref, "example.org").strip("<>")
    raw = f"From: {DAN}\nTo: bounces+{token}\nAuto-Submitted: auto-replied\n\nAway.\n".encode()
    assert take(service, raw) == BounceOutcome.IGNORED
    assert state(service, delivery) == "unknown"


def test_an_answer_to_a_mail_whose_row_is_gone_does_nothing(service: Service) -> None:
    token = service.links.message_id(RowRef(10**6), "harbour.example.org").strip("<>")
    raw = f"From: {DAN}\nTo: bounces+{token}\nAuto-Submitted: auto-replied\n\nAway.\n".encode()
    assert take(service, raw) == BounceOutcome.IGNORED


def test_a_forged_bounce_settles_nothing(service: Service) -> None:
    delivery = unknown(service)
    take(service, bounce(PRACTICE))
    assert state(service, delivery) == "unknown"


def test_a_bounced_last_lesson_stops_the_course_unfinished(service: Service) -> None:
    delivery = unknown(service)
    with service.db.write() as session:
        enrolment = session.get_one(Enrolment, delivery.enrolment_id)
        enrolment.due_at = None
    take(service, bounce(return_address(service.links, delivery)))
    assert enrolments(service) == [("stopped", "bounced")]
