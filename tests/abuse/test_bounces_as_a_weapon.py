"""Somebody with an address of his own refuses our mail as he likes: nobody else waits for his."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import record_bounce
from funnel.channel.channel import resume
from funnel.curriculum.mailbox_providers import mailbox_provider
from funnel.models import ChannelState, Delivery
from funnel.sending.blocked import LEAST
from funnel.wiring import Service
from tests.bounces.steps import bounce, lessons_to, return_address
from tests.journey.steps import ask, join, rows, work

BLOCKED = "554 5.7.1 Client host blocked using a list"
PROVIDERS = ("example.org", "example.com", "example.net")


def refuse(service: Service, mails: list[Delivery]) -> None:
    for mail in mails:
        raw = bounce(return_address(service.links, mail), said=BLOCKED, number=str(mail.id))
        record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def resting(service: Service) -> list[str]:
    with service.db.read() as session:
        return list(session.scalars(select(ChannelState.adapter)))


def readers(n: int, who: str = "reader") -> list[str]:
    return [f"{who}{number}@{PROVIDERS[number % 3]}" for number in range(n)]


@pytest.fixture(autouse=True)
def _outbox(outbox: MemoryAdapter) -> None:
    """All mail stays here."""


def test_mail_to_unconfirmed_addresses_counts_for_nothing(service: Service) -> None:
    strangers = [f"ben@own{number}.example" for number in range(3 * LEAST)]
    for email in strangers:
        ask(service, email)
    work(service)
    refuse(service, [row for email in strangers for row in rows(service, email)])
    assert resting(service) == []


def test_twenty_confirmed_addresses_of_one_person_stop_nobody(service: Service) -> None:
    lessons_to(service, readers(11 * LEAST))
    own = lessons_to(service, [f"ben@own{number}.example" for number in range(LEAST)])
    refuse(service, own)
    assert resting(service) == []


def test_names_below_one_registered_domain_are_one_provider() -> None:
    found = {mailbox_provider(f"ben{number}@d{number}.example.co.uk") for number in range(9)}
    assert found == {"example.co.uk"}
    assert mailbox_provider("ada@gmail.com") == mailbox_provider("ada@googlemail.com")
    assert mailbox_provider("ada@outlook.com") == mailbox_provider("ada@hotmail.fr")


def test_who_waits_for_a_mail_gets_it_while_lessons_rest(service: Service, outbox: MemoryAdapter) -> None:
    refuse(service, lessons_to(service, readers(LEAST)))
    assert resting(service) == ["memory-lessons"]
    before = len(outbox.mails)
    ask(service, "ada@example.org")
    work(service)
    assert [mail.recipient.address for mail in outbox.mails[before:]] == ["ada@example.org"]
    join(service, "gus@example.org")
    work(service)
    assert [row.state for row in rows(service, "gus@example.org") if row.kind == "lesson"] == ["waiting"]


def test_lessons_go_once_they_have_rested(service: Service, time: time_machine.Traveller) -> None:
    refuse(service, lessons_to(service, readers(LEAST)))
    join(service, "gus@example.org")
    work(service)
    time.shift(timedelta(hours=2, minutes=1))
    work(service)
    assert [row.state for row in rows(service, "gus@example.org") if row.kind == "lesson"] == ["accepted"]
    assert resting(service) == []


def test_after_a_resume_refusals_are_counted_afresh(service: Service, time: time_machine.Traveller) -> None:
    sent = lessons_to(service, readers(LEAST + 3))
    refuse(service, sent[:LEAST])
    time.shift(timedelta(minutes=5))
    with service.db.write() as session:
        assert resume(session, "memory", service.clock.machine_now())
    refuse(service, sent[LEAST:])  # these left before somebody mended it
    assert resting(service) == []
    time.shift(timedelta(minutes=1))
    later = lessons_to(service, readers(LEAST, "later"))
    refuse(service, later[:-1])
    assert resting(service) == []
    refuse(service, later[-1:])
    assert resting(service) == ["memory-lessons"]


def test_a_resume_clears_failures_that_another_worker_remembers(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    from funnel.mail import Outcome, OutcomeKind

    one, other = make_service(), make_service()
    failed = [Outcome(OutcomeKind.TEMPORARY, "451 try later")] * (LEAST - 1)
    now = one.clock.machine_now()
    for service in (one, other):
        with service.db.write() as session:
            service.channel.record_outcomes(session, failed, now)
    with one.db.write() as session:
        one.channel.record_outcomes(session, failed[:1], now)
    assert resting(one) == ["memory"]
    time.shift(timedelta(seconds=5))
    with one.db.write() as session:
        assert resume(session, "memory", one.clock.machine_now())
    time.shift(timedelta(seconds=5))
    with other.db.write() as session:
        other.channel.record_outcomes(session, failed[:1], other.clock.machine_now())
    assert resting(one) == []
