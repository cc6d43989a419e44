"""What Postfix 3.7 itself wrote about our mail, from refusal to expiry: read, and followed.

`postfix/` holds the mails as they came to the return path. The number of our mail in them is TOKEN, Dan is whom it was
for, and of the returned lesson only the headers are left.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from funnel.bounces import BounceReading, read_bounce
from funnel.bounces.record import BounceOutcome, record_bounce
from funnel.models import Delivery, Event, Suppression
from funnel.replies import BounceKind
from funnel.tracking.recount import disagreements
from funnel.wiring import Service
from tests.bounces.steps import sent, unknown

DAN = "dan@example.org"
DELAYED = ("over-quota-and-delayed", "greylisted-and-delayed")
FAILED = [
    ("no-such-mailbox", "userunknown", BounceKind.HARD, BounceOutcome.SUPPRESSED),
    ("mailbox-full", "mailboxfull", BounceKind.SOFT, BounceOutcome.COUNTED),
    ("over-quota-until-it-expired", "mailboxfull", BounceKind.SOFT, BounceOutcome.COUNTED),
    ("nobody-listens-until-it-expired", "networkerror", BounceKind.SOFT, BounceOutcome.COUNTED),
    ("policy-after-the-mail", "policyviolation", BounceKind.POLICY, BounceOutcome.NOTED),
    ("larger-than-is-taken", "mesgtoobig", BounceKind.POLICY, BounceOutcome.NOTED),
    ("sender-refused", "rejected", BounceKind.POLICY, BounceOutcome.NOTED),
    ("blocked-by-a-list", "blocked", BounceKind.BLOCK, BounceOutcome.NOTED),
    ("turned-away-at-the-greeting", "badreputation", BounceKind.BLOCK, BounceOutcome.NOTED),
]
_MAILS = Path(__file__).parent / "postfix"

pytestmark = pytest.mark.usefixtures("outbox")


def brought(service: Service, name: str, delivery: Delivery) -> tuple[bytes, BounceReading]:
    token = service.links.message_id(delivery.ref, "x.example.org").strip("<>").partition("@")[0]
    raw = (_MAILS / f"{name}.eml").read_bytes().replace(b"TOKEN", token.encode())
    return raw, read_bounce(raw, service.links.open_message_id)


def take(service: Service, name: str, delivery: Delivery) -> BounceOutcome:
    return record_bounce(service, *brought(service, name, delivery), service.clock.now())


def state(service: Service, delivery: Delivery) -> str:
    with service.db.read() as session:
        assert disagreements(session) == []
        return session.get_one(Delivery, delivery.id).state


def kept(service: Service, model: type[Event] | type[Suppression]) -> int:
    with service.db.read() as session:
        return len(list(session.scalars(select(model))))


@pytest.mark.parametrize(("name", "reason", "kind", "outcome"), FAILED)
def test_each_bounce_finds_its_mail_and_gives_up_only_the_dead(
    service: Service, name: str, reason: str, kind: BounceKind, outcome: BounceOutcome
) -> None:
    delivery = sent(service, DAN)
    raw, reading = brought(service, name, delivery)
    (recipient,) = reading.recipients
    assert (reading.is_bounce, reading.is_delay, reading.is_auto_reply) == (True, False, False)
    assert (reading.delivery_id, recipient.address) == (delivery.id, DAN)
    assert (recipient.reason, recipient.kind) == (reason, kind)
    assert record_bounce(service, raw, reading, service.clock.now()) == outcome
    assert kept(service, Suppression) == (outcome == BounceOutcome.SUPPRESSED)


@pytest.mark.parametrize("name", DELAYED)
def test_a_delay_notice_is_no_bounce_and_suppresses_nobody(service: Service, name: str) -> None:
    delivery = sent(service, DAN)
    before = kept(service, Event)
    _, reading = brought(service, name, delivery)
    assert (reading.is_bounce, reading.is_delay, reading.delivery_id) == (False, True, delivery.id)
    assert take(service, name, delivery) == BounceOutcome.IGNORED
    assert (kept(service, Event), kept(service, Suppression)) == (before, 0)


def test_a_delay_notice_settles_an_unknown_mail(service: Service) -> None:
    delivery = unknown(service)
    assert take(service, DELAYED[0], delivery) == BounceOutcome.SETTLED
    assert state(service, delivery) == "accepted"
    # The bounce that follows when the relay gives up is counted as ever.
    assert take(service, "over-quota-until-it-expired", delivery) == BounceOutcome.COUNTED
    assert state(service, delivery) == "accepted"


def test_a_delay_notice_without_our_token_settles_nothing(service: Service) -> None:
    delivery = unknown(service)
    raw = (_MAILS / f"{DELAYED[0]}.eml").read_bytes()
    reading = read_bounce(raw, service.links.open_message_id)
    assert record_bounce(service, raw, reading, service.clock.now()) == BounceOutcome.IGNORED
    assert state(service, delivery) == "unknown"
