"""What follows from a mail that came back: for its reader, and for nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import BounceOutcome, record_bounce
from funnel.links import RowRef
from funnel.models import (
    Delivery,
    Enrolment,
    Event,
    EventKind,
    Lead,
    LeadState,
    Suppression,
)
from funnel.people.suppression import suppressed
from funnel.sending.refused import SOFT_LIMIT, SOFT_SPAN
from funnel.wiring import Service
from tests.bounces.steps import PRACTICE, bounce, complaint, return_address, sent
from tests.journey.steps import live, rows, work

DAN = "dan@example.org"

pytestmark = pytest.mark.usefixtures("outbox")


def take(service: Service, raw: bytes) -> BounceOutcome:
    return record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def is_suppressed(service: Service, address: str = DAN) -> str | None:
    with service.db.read() as session:
        return suppressed(session, service.links, [address]).get(address)


def events(service: Service) -> list[Event]:
    kinds = (EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.DELIVERED)
    with service.db.read() as session:
        return list(session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)))


def enrolments(service: Service) -> list[tuple[str, str]]:
    with service.db.read() as session:
        return [(row.state, row.reason) for row in session.scalars(select(Enrolment).order_by(Enrolment.id))]


def soft(service: Service, delivery: Delivery, number: int) -> bytes:
    to = return_address(service.links, delivery)
    return bounce(to, said="552 5.2.2 Mailbox full", number=str(number))


def test_a_dead_address_is_not_mailed_again_and_its_walk_ends(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    delivery = sent(service)
    before = len(outbox.mails)
    assert take(service, bounce(return_address(service.links, delivery))) == BounceOutcome.SUPPRESSED
    assert is_suppressed(service) == "bounced"
    assert enrolments(service) == [("stopped", "bounced")]
    live(service, time, 30)
    assert len(outbox.mails) == before


def test_the_event_says_of_which_mail_and_why(service: Service) -> None:
    delivery = sent(service)
    take(service, bounce(return_address(service.links, delivery)))
    (event,) = events(service)
    assert (event.delivery_id, event.lead_id, event.reasons) == (delivery.id, delivery.lead_id, ["userunknown"])
    assert (event.raw["verified"], event.raw["kind"], event.raw["status"]) == (True, "hard", "5.1.1")


def test_the_same_mail_twice_counts_once(service: Service) -> None:
    raw = bounce(return_address(service.links, sent(service)))
    assert [take(service, raw), take(service, raw)] == [BounceOutcome.SUPPRESSED, BounceOutcome.KNOWN]
    assert len(events(service)) == 1


def test_a_forged_bounce_is_noted_and_suppresses_nobody(service: Service) -> None:
    sent(service)
    assert take(service, bounce(PRACTICE)) == BounceOutcome.UNVERIFIED
    assert take(service, complaint(f"To: {DAN}")) == BounceOutcome.UNVERIFIED
    assert is_suppressed(service) is None
    assert enrolments(service) == [("active", "")]


def test_of_an_unverified_address_only_a_digest_is_kept(service: Service) -> None:
    take(service, bounce(PRACTICE, address="stranger@example.org"))
    (event,) = events(service)
    assert (event.lead_id, event.delivery_id, event.raw["verified"]) == (None, None, False)
    assert "stranger" not in f"{event.raw}{event.reasons}"
    assert event.raw["addresses"] == [service.links.address_digest("stranger@example.org")]


def test_a_policy_or_a_block_is_no_fault_of_the_reader(service: Service) -> None:
    to = return_address(service.links, sent(service))
    for number, said in enumerate(
        ("550 5.7.26 DMARC", "554 5.7.1 Client host blocked using a list", "550 5.7.1 spam detected")
    ):
        assert take(service, bounce(to, said=said, number=str(number))) == BounceOutcome.NOTED
    assert is_suppressed(service) is None


@pytest.mark.parametrize("said", ["550 5.1.0 Address rejected", "550 5.4.1 Recipient address rejected: Access denied"])
def test_a_dead_address_that_is_doubted_is_only_counted(service: Service, said: str) -> None:
    raw = bounce(return_address(service.links, sent(service)), said=said)
    assert take(service, raw) == BounceOutcome.COUNTED
    assert is_suppressed(service) is None
    assert enrolments(service) == [("active", "")]
    assert events(service)[0].raw["kind"] == "hard"


def test_a_complaint_ends_everything_at_once_and_for_ever(service: Service) -> None:
    delivery = sent(service, "gus@example.org")
    raw = complaint(f"Message-ID: {service.links.message_id(delivery.ref, 'harbour.example.org')}")
    assert take(service, raw) == BounceOutcome.SUPPRESSED
    assert is_suppressed(service, "gus@example.org") == "complained"
    assert enrolments(service) == [("stopped", "complained")]


def test_a_complaint_outranks_the_bounce_before_it(service: Service) -> None:
    delivery = sent(service)
    take(service, bounce(return_address(service.links, delivery)))
    take(service, complaint(f"Message-ID: {service.links.message_id(delivery.ref, 'harbour.example.org')}"))
    assert is_suppressed(service) == "complained"


def let_lessons_come_back(
    service: Service, time: time_machine.Traveller, times: int
) -> list[tuple[datetime, BounceOutcome]]:
    """Up to so many lessons of Dan's come back on the day they were sent, until he is given up: his mailbox is full."""
    sent(service)
    found: list[tuple[datetime, BounceOutcome]] = []
    done: set[int] = set()
    for _ in range(60):
        for row in rows(service, DAN):
            if row.lesson_id and row.state == "accepted" and row.id not in done and len(found) < times:
                done.add(row.id)
                found.append((service.clock.now(), take(service, soft(service, row, row.id))))
        live(service, time, 1)
    return found


def test_a_full_mailbox_is_given_up_after_the_documented_number(service: Service, time: time_machine.Traveller) -> None:
    found = let_lessons_come_back(service, time, 20)
    *before, (given_up_at, last) = found
    assert last == BounceOutcome.SUPPRESSED
    assert {outcome for _, outcome in before} == {BounceOutcome.COUNTED}
    assert len(found) >= SOFT_LIMIT
    assert given_up_at - found[0][0] >= SOFT_SPAN
    assert is_suppressed(service) == "bounced"


def test_many_soft_bounces_of_one_mail_are_one(service: Service, time: time_machine.Traveller) -> None:
    delivery = sent(service)
    for number in range(10):
        assert take(service, soft(service, delivery, number)) == BounceOutcome.COUNTED
        time.shift(timedelta(days=1))


def test_one_mail_that_comes_back_twice_is_no_second_hit(service: Service, time: time_machine.Traveller) -> None:
    """Several servers on the way may each report the same mail, days apart."""
    to = return_address(service.links, sent(service))
    assert take(service, bounce(to, said="550 No such user", number="first")) == BounceOutcome.COUNTED
    time.shift(timedelta(days=4))
    assert take(service, bounce(to, said="550 No such user", number="second")) == BounceOutcome.COUNTED
    assert is_suppressed(service) is None


def test_a_mail_that_arrived_begins_the_count_anew(service: Service, time: time_machine.Traveller) -> None:
    let_lessons_come_back(service, time, SOFT_LIMIT - 1)
    *_, arrived, last = (row for row in rows(service, DAN) if row.lesson_id and row.state == "accepted")
    told = bounce(return_address(service.links, arrived), said="250 2.0.0 ok", action="delivered", number="arrived")
    assert take(service, told) == BounceOutcome.NOTED
    assert take(service, soft(service, last, 999)) == BounceOutcome.COUNTED
    assert is_suppressed(service) is None


def test_a_mail_that_never_came_back_begins_the_count_anew(service: Service, time: time_machine.Traveller) -> None:
    """RFC 5321, 4.5.4.1: servers give up after four to five days, so one without a bounce by then has arrived."""
    let_lessons_come_back(service, time, SOFT_LIMIT - 1)
    *_, last = (row for row in rows(service, DAN) if row.lesson_id and row.state == "accepted")
    assert take(service, soft(service, last, 999)) == BounceOutcome.COUNTED


def test_a_forwarded_mails_bounce_counts_for_whom_we_wrote_to(service: Service) -> None:
    to = return_address(service.links, sent(service))
    assert take(service, bounce(to, address="dan@new.example.org")) == BounceOutcome.SUPPRESSED
    assert is_suppressed(service) == "bounced"
    assert is_suppressed(service, "dan@new.example.org") is None


def test_an_answer_and_a_delay_change_nothing(service: Service) -> None:
    to = return_address(service.links, sent(service))
    away = f"From: {DAN}\nTo: {to}\nAuto-Submitted: auto-replied\nSubject: Away\n\nBack in May.\n".encode()
    assert take(service, away) == BounceOutcome.IGNORED
    assert take(service, bounce(to, said="450 4.2.0 busy", action="delayed")) == BounceOutcome.IGNORED
    assert events(service) == []


def test_a_bounce_for_somebody_erased_suppresses_nothing_new(service: Service) -> None:
    delivery = sent(service)
    with service.db.write() as session:
        session.get_one(Lead, delivery.lead_id).state = LeadState.ERASED
    assert take(service, bounce(return_address(service.links, delivery))) == BounceOutcome.NOTED
    with service.db.read() as session:
        assert list(session.scalars(select(Suppression))) == []


def test_a_token_of_a_mail_that_never_was_verifies_nothing(service: Service) -> None:
    token = service.links.message_id(RowRef(10**6), "harbour.example.org").strip("<>")
    work(service)
    assert take(service, bounce(f"bounces+{token}")) == BounceOutcome.UNVERIFIED
