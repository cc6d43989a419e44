"""Mail that is turned away because of us: the channel rests where it is many of them, and no reader pays for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import record_bounce
from funnel.models import ChannelState, Delivery, Suppression
from funnel.replies import BounceKind
from funnel.sending.blocked import LEAST, PROVIDERS, REST, turns_us_away
from funnel.webhooks.events import ProviderEvent, ProviderKind
from funnel.webhooks.record import apply_event
from funnel.wiring import Service
from tests.bounces.steps import bounce, lessons_to, return_address, sent
from tests.journey.steps import join, work

ENDINGS = ("example.org", "example.com", "example.net")
BLOCKED = "554 5.7.1 Client host blocked using a list"


A, B, C = "a.example", "b.example", "c.example"


@pytest.mark.parametrize(
    ("sent", "refused", "rests"),
    [
        ({A: 40, B: 30, C: 30}, {A: 7, B: 7, C: 7}, True),
        ({A: 7, B: 6, C: 6}, {A: 7, B: 6, C: 6}, False),  # too few to say anything
        ({A: 200, B: 200, C: 200}, {A: 16, B: 16, C: 16}, False),  # less than a tenth
        ({A: 250, B: 250}, {A: 100, B: 100}, False),  # two providers, less than half
        ({A: 250, B: 250}, {A: 250}, True),  # half of everything
        ({A: 10}, {}, False),
        ({}, {}, False),
    ],
)
def test_the_rate_decides(sent: dict[str, int], refused: dict[str, int], rests: bool) -> None:
    assert turns_us_away(sent, refused, usual=sent) is rests


def test_a_provider_weighs_as_much_as_its_usual_mail() -> None:
    own = {f"own{number}.example": 2 for number in range(20)}
    assert not turns_us_away(sent=own, refused=own, usual={A: 500, B: 300, C: 200} | own)
    assert turns_us_away(sent={A: 10, B: 10, C: 10}, refused={A: 7, B: 7, C: 7}, usual={A: 500, B: 300, C: 200} | own)


def readers(n: int, domains: int, who: str = "reader") -> list[str]:
    """So many of them, at so many providers."""
    return [f"{who}{number}@{ENDINGS[number % domains]}" for number in range(n)]


def come_back(service: Service, deliveries: list[Delivery], said: str = BLOCKED) -> None:
    for delivery in deliveries:
        raw = bounce(return_address(service.links, delivery), said=said, number=str(delivery.id))
        record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def rest(service: Service) -> ChannelState | None:
    with service.db.read() as session:
        return session.scalars(select(ChannelState)).one_or_none()


def test_many_blocks_at_several_domains_let_the_channel_rest(service: Service, outbox: MemoryAdapter) -> None:
    sent = lessons_to(service, readers(LEAST + 4, PROVIDERS))
    come_back(service, sent[: LEAST - 1])
    assert rest(service) is None
    come_back(service, sent[LEAST - 1 : LEAST])
    found = rest(service)
    assert found is not None
    assert (found.adapter, found.kind, found.until) == ("memory-lessons", "blocked", service.clock.machine_now() + REST)
    assert found.detail.startswith(f"{LEAST} of the last ")
    assert "@" not in found.detail
    with service.db.read() as session:
        assert session.scalar(select(Suppression)) is None
    before = len(outbox.mails)
    join(service, "ada@example.org")
    work(service)
    assert [mail.subject for mail in outbox.mails[before:]] == [mail.subject for mail in outbox.mails[:1]]
    come_back(service, sent[LEAST:])  # what else comes back meanwhile does not make it longer
    again = rest(service)
    assert again is not None
    assert again.until == found.until


def test_after_the_rest_mail_goes_and_old_blocks_do_not_count(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    sent = lessons_to(service, readers(LEAST + 4, PROVIDERS))
    come_back(service, sent[:LEAST])
    time.shift(REST + timedelta(minutes=1))
    join(service, "ada@example.org")
    work(service)
    assert rest(service) is None
    assert any(mail.recipient.address == "ada@example.org" for mail in outbox.mails)
    come_back(service, sent[LEAST:])
    assert rest(service) is None


def test_one_server_that_will_not_have_us_stops_nobody_else(service: Service, outbox: MemoryAdapter) -> None:
    lessons_to(service, readers(LEAST + 2, PROVIDERS))
    sent = lessons_to(service, readers(LEAST, 1, "other"))
    come_back(service, sent)
    assert rest(service) is None


def test_dead_and_full_mailboxes_are_no_blocks(service: Service, outbox: MemoryAdapter) -> None:
    sent = lessons_to(service, readers(LEAST + 4, PROVIDERS))
    come_back(service, sent[:12], "550 5.1.1 User unknown")
    come_back(service, sent[12:], "552 5.2.2 Mailbox full")
    assert rest(service) is None


@pytest.mark.parametrize("kind", [ProviderKind.BOUNCED, ProviderKind.REJECTED])
def test_webhooks_count_as_bounce_mails_do(service: Service, outbox: MemoryAdapter, kind: ProviderKind) -> None:
    for delivery in lessons_to(service, readers(LEAST, PROVIDERS)):
        event = ProviderEvent(
            kind=kind,
            event_key=str(delivery.id),
            message_id=service.links.message_id(delivery.ref, "x.example.org"),
            bounce_kind=BounceKind.BLOCK,
            reason="blocked: reader@d1.example.org",
            status="5.7.1",
        )
        apply_event(service, "postmark", event, service.clock.now())
    found = rest(service)
    assert found is not None
    assert found.detail.endswith("the last: 5.7.1")


def test_with_two_ways_out_only_the_one_it_left_by_rests(make_service: Callable[..., Service], time: object) -> None:
    service = make_service(course_mail_url="memory://")
    assert service.channel.course is not None
    service.channel.use(MemoryAdapter())
    service.channel.course.use(MemoryAdapter())
    come_back(service, [sent(service, email) for email in readers(LEAST, PROVIDERS)])
    found = rest(service)
    assert found is not None
    assert service.channel.course.name == "memory-courses"
    assert found.adapter == "memory-courses-lessons"
